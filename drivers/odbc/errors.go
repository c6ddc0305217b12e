package odbc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

// Error is what an ODBC driver, or the driver manager, said went wrong.
type Error struct {
	// Op is what was being done, such as "connect".
	Op string
	// Records are the diagnostic records, at least one.
	Records []Record
}

// Record is one diagnostic record.
type Record struct {
	// State is the SQLSTATE, five characters.
	State string
	// Native is the database's own number; some drivers always say 1.
	Native int
	// Message is the text, with the names of those that it went through.
	Message string
}

// Error returns all records.
func (e *Error) Error() string {
	parts := make([]string, len(e.Records))
	for i, r := range e.Records {
		parts[i] = fmt.Sprintf("%s (%s, %d)", r.Message, r.State, r.Native)
	}
	return "odbc: " + e.Op + ": " + strings.Join(parts, "; ")
}

// first is the record that counts.
func (e *Error) first() Record {
	if len(e.Records) == 0 {
		return Record{State: "HY000"}
	}
	return e.Records[0]
}

// Bare returns the message without the names in brackets in front of it, which
// the driver manager and the driver put there.
func (r Record) Bare() string {
	text := r.Message
	for strings.HasPrefix(text, "[") {
		_, after, ok := strings.Cut(text, "]")
		if !ok {
			break
		}
		text = strings.TrimLeft(after, " ")
	}
	return strings.TrimSpace(text)
}

// lostError is a connection that cannot be used any more.
type lostError struct{ err error }

// Error returns the reason.
func (e *lostError) Error() string { return e.err.Error() }

// Unwrap returns the reason.
func (e *lostError) Unwrap() error { return e.err }

// cancelError is what became of a statement whose context ended: errors.Is
// finds the context's error, errors.As the driver's.
type cancelError struct{ end, err error }

// Error returns both texts.
func (e *cancelError) Error() string { return e.end.Error() + ": " + e.err.Error() }

// Unwrap returns both errors.
func (e *cancelError) Unwrap() []error { return []error{e.end, e.err} }

var (
	// ErrAbandoned is the error of a call that did not return within
	// PoolOptions.CancelGrace after it was cancelled. Its connection is given up.
	ErrAbandoned = errors.New("odbc: the ODBC driver did not return in time after it was told to " +
		"cancel; the connection was given up")
	// ErrTooManyAbandoned refuses a new connection while Options.MaxAbandoned
	// calls have been given up and do not return.
	ErrTooManyAbandoned = errors.New("odbc: too many calls that were given up have not returned yet; " +
		"no new connection is opened until some have")
)

func isLost(err error) bool {
	_, ok := errors.AsType[*lostError](err)
	return ok
}

// classify tells what an error means: by the dialect's table if it is the
// database's own.
func (d *dialect) classify(err error) drivers.Fault {
	if err == nil {
		return drivers.Fault{}
	}
	_, cancelled := errors.AsType[*cancelError](err)
	if e, ok := errors.AsType[*Error](err); ok {
		f := d.fault(e)
		switch {
		case cancelled:
			f.Kind = drivers.KindCancelled
		case isLost(err):
			f.Kind = drivers.KindConnLost
		}
		if limit := (*limitError)(nil); errors.As(err, &limit) {
			f.Kind = drivers.KindStatementTimeout
		}
		return f
	}
	f := drivers.Fault{Kind: kindOfOther(err)}
	if cancelled {
		f.Kind = drivers.KindCancelled
	}
	if f.Kind != drivers.KindUnknown {
		f.Message = err.Error()
	}
	return f
}

// kindOfOther looks at errors that are not the database's.
func kindOfOther(err error) drivers.Kind {
	var arg *stdvalue.ArgumentError
	switch {
	case isLost(err), errors.Is(err, ErrTooManyAbandoned), errors.Is(err, ErrAbandoned),
		errors.Is(err, connpool.ErrConnectTimeout), errors.Is(err, connpool.ErrClosed):
		return drivers.KindConnLost
	case errors.As(err, &arg):
		return drivers.KindData
	case errors.Is(err, errCommitFailed):
		return drivers.KindTxAborted
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return drivers.KindCancelled
	}
	return drivers.KindUnknown
}

var errCommitFailed = errors.New("odbc: the transaction has failed and cannot be committed")

// limitError is a statement that StatementTimeout ended, where the database has
// one code for that and for a cancellation.
type limitError struct{ error }

// Unwrap returns the database's error.
func (e *limitError) Unwrap() error { return e.error }

// kindOfState is what an SQLSTATE means when the dialect has no word for the
// error. See
// https://learn.microsoft.com/sql/odbc/reference/appendixes/appendix-a-odbc-error-codes
func kindOfState(state string) drivers.Kind {
	return cmp.Or(states[state], classes[state[:min(len(state), 2)]])
}

var states = map[string]drivers.Kind{
	"07001": drivers.KindSyntax, // question marks and arguments do not fit each other
	"07002": drivers.KindSyntax,
	"23000": drivers.KindUnknown, // a constraint, and nobody says which
	"25006": drivers.KindReadOnly,
	"40001": drivers.KindSerialization,
	"HY008": drivers.KindCancelled,
	"HY013": drivers.KindResource,
	"HY014": drivers.KindResource,
	"HY117": drivers.KindConnLost, // the connection is suspended
	"HYT00": drivers.KindStatementTimeout,
	"HYT01": drivers.KindConnLost, // the connection's own timeout
	"IM002": drivers.KindConnLost, // no such data source
	"IM003": drivers.KindConnLost, // the ODBC driver cannot be loaded
	"IM004": drivers.KindConnLost,
}

var classes = map[string]drivers.Kind{
	"08": drivers.KindConnLost,
	"22": drivers.KindData,
	"28": drivers.KindPermission,
	"3D": drivers.KindSyntax,
	"3F": drivers.KindSyntax,
	"40": drivers.KindSerialization,
	"42": drivers.KindSyntax,
	"53": drivers.KindResource,
	"54": drivers.KindResource,
	"S0": drivers.KindSyntax, // ODBC 2: tables and columns that are there or not
}
