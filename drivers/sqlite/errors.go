package sqlite

import (
	"context"
	"errors"
	"strconv"

	modernc "modernc.org/sqlite"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
	"github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// The result codes the driver itself looks at, https://www.sqlite.org/rescode.html.
const (
	codeError     = 1
	codeBusy      = 5
	codeReadOnly  = 8
	codeInterrupt = 9
	codeSchema    = 17 // a prepared statement's table has gone, for example
	codeCantOpen  = 14

	codeMoved = 1032 // READONLY_DBMOVED: the file was renamed or deleted
)

// kinds is looked up by extended code first and by primary code then.
var kinds = map[int]drivers.Kind{
	2067: drivers.KindUnique,     // CONSTRAINT_UNIQUE
	1555: drivers.KindUnique,     // CONSTRAINT_PRIMARYKEY
	2579: drivers.KindUnique,     // CONSTRAINT_ROWID
	787:  drivers.KindForeignKey, // CONSTRAINT_FOREIGNKEY
	1299: drivers.KindNotNull,    // CONSTRAINT_NOTNULL
	275:  drivers.KindCheck,      // CONSTRAINT_CHECK
	1811: drivers.KindCheck,      // CONSTRAINT_TRIGGER: RAISE in a trigger
	3091: drivers.KindData,       // CONSTRAINT_DATATYPE: a STRICT table
	517:  drivers.KindSerialization,
	516:  drivers.KindTxAborted, // ABORT_ROLLBACK

	codeError:     drivers.KindSyntax,
	3:             drivers.KindPermission,
	4:             drivers.KindTxAborted,
	codeBusy:      drivers.KindLockTimeout,
	6:             drivers.KindLockTimeout, // LOCKED
	7:             drivers.KindResource,    // NOMEM
	codeReadOnly:  drivers.KindReadOnly,
	codeInterrupt: drivers.KindCancelled,
	10:            drivers.KindResource, // IOERR
	13:            drivers.KindResource, // FULL
	codeCantOpen:  drivers.KindConnLost,
	18:            drivers.KindData,       // TOOBIG
	20:            drivers.KindData,       // MISMATCH
	23:            drivers.KindPermission, // AUTH
	25:            drivers.KindSyntax,     // RANGE: an argument too many
}

// cancelError is an error of SQLite's that the end of a context brought about.
type cancelError struct {
	end error // the context's error
	err error // SQLite's
}

// Error returns SQLite's text.
func (e *cancelError) Error() string { return e.err.Error() }

// Unwrap returns both, so that errors.Is finds the context's error.
func (e *cancelError) Unwrap() []error { return []error{e.err, e.end} }

// endedByContext reports whether a code may come from the end of a context: the
// statement was interrupted, or gave up a wait for a lock.
func endedByContext(code int) bool {
	return code&0xff == codeInterrupt || code&0xff == codeBusy
}

// unhealthy reports whether a connection must not be used after an error.
func unhealthy(code int) bool {
	switch code & 0xff {
	case 2, 7, 10, 11, 21, 26: // INTERNAL, NOMEM, IOERR, CORRUPT, MISUSE, NOTADB
		return true
	}
	return code == codeMoved
}

// codeOf returns the extended result code of an error; 0 if it is not SQLite's.
func codeOf(err error) int {
	if e, ok := errors.AsType[*modernc.Error](err); ok {
		return e.Code()
	}
	return 0
}

func classify(err error) drivers.Fault {
	var cancelled *cancelError
	switch {
	case err == nil:
		return drivers.Fault{}
	case errors.Is(err, connpool.ErrConnectTimeout):
		return drivers.Fault{Kind: drivers.KindConnLost, Message: err.Error()}
	case errors.As(err, &cancelled):
		f := fault(cancelled.err)
		f.Kind = drivers.KindCancelled
		return f
	case codeOf(err) != 0:
		return fault(err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return drivers.Fault{Kind: drivers.KindCancelled, Message: err.Error()}
	}
	return drivers.Fault{Message: err.Error()}
}

func kindOf(code int) drivers.Kind {
	if kind, ok := kinds[code]; ok {
		return kind
	}
	return kinds[code&0xff]
}

func fault(err error) drivers.Fault {
	e, _ := errors.AsType[*modernc.Error](err)
	if e == nil {
		return drivers.Fault{Message: err.Error()}
	}
	f := drivers.Fault{Kind: kindOf(e.Code()), Code: strconv.Itoa(e.Code()), Message: bare(e)}
	if e.Code() == codeError || e.Code() == codeSchema {
		f.Kind = dialect.SQLiteGeneric(f.Message)
	}
	return dialect.SQLiteNames(f)
}
