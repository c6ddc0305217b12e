package session

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
)

// What a session refuses by itself. Test with [errors.Is].
var (
	// ErrClosed: the session, the savepoint or the engine has ended.
	ErrClosed = errors.New("session: used after its end")
	// ErrTxFailed: an earlier statement failed, and the transaction or the
	// savepoint must be rolled back. The error unwraps to the first cause.
	ErrTxFailed = errors.New("session: transaction has failed and must be rolled back")
	// ErrTxEnded: a statement that did not fail ended the transaction by itself: a
	// COMMIT written by hand, or DDL on a database that commits before it. What it
	// did is done, and so is what came before it, unless it was a ROLLBACK. It comes
	// with ErrTxFailed, whose cause it is.
	ErrTxEnded = errors.New("session: the transaction has ended by itself")
	// ErrTxBegun: options were given for a transaction that has begun.
	ErrTxBegun = errors.New("session: transaction has already begun")
	// ErrCommitUnknown: the connection was lost after COMMIT was sent and
	// before its answer came, or the answer was that the database does not know.
	// Whether it was committed is not known; it must not be retried blindly.
	ErrCommitUnknown = errors.New("session: the outcome of COMMIT is unknown")
	// ErrImplicitCommit: a statement failed that commits before it does its work, as
	// DDL does on MySQL and Oracle. What came before it in the transaction stays, so
	// the unit of work must not be run again from its beginning.
	ErrImplicitCommit = errors.New("session: what came before the statement has been committed by it")
	// ErrConcurrentUse: two goroutines used one session at the same time.
	ErrConcurrentUse = errors.New("session: used by two goroutines at once")
	// ErrRowsOpen: the rows of an earlier query have not been closed.
	ErrRowsOpen = errors.New("session: rows of an earlier query are still open")
	// ErrSavepointOpen: what is around a savepoint of [Session.SavepointFor] was
	// to be kept while it was open. It was rolled back.
	ErrSavepointOpen = errors.New("session: a transaction begun inside was left open, and all was rolled back")
	// ErrPoolTimeout: no connection became free in time.
	ErrPoolTimeout = errors.New("session: no connection became free in time")
	// ErrWouldDeadlock: every connection is held by a scope that is itself
	// waiting for one, this scope included.
	ErrWouldDeadlock = errors.New("session: waiting for a connection would never end")
	// ErrLockLost: the connection that had the lock of a RunSync is gone, and
	// the lock with it. Nothing was run after that.
	ErrLockLost = errors.New("session: the connection that had the lock is lost")
	// ErrUnsupported: the database has no such thing.
	ErrUnsupported = errors.New("session: not supported by this database")
	// ErrNoRows: One found no row.
	ErrNoRows = errors.New("session: no rows")
	// ErrManyRows: One found more than one row.
	ErrManyRows = errors.New("session: more than one row")
	// ErrArguments: the arguments do not fit the statement. Nothing was sent.
	ErrArguments = errors.New("session: arguments do not fit the statement")
	// ErrScan: a row does not fit its destination.
	ErrScan = errors.New("session: row does not fit its destination")
)

// Kind is what went wrong on the database, the same on every database.
type Kind = drivers.Kind

// The kinds of database error.
const (
	KindUnknown          = drivers.KindUnknown
	KindUnique           = drivers.KindUnique
	KindForeignKey       = drivers.KindForeignKey
	KindNotNull          = drivers.KindNotNull
	KindCheck            = drivers.KindCheck
	KindData             = drivers.KindData
	KindSyntax           = drivers.KindSyntax
	KindPermission       = drivers.KindPermission
	KindSerialization    = drivers.KindSerialization
	KindDeadlock         = drivers.KindDeadlock
	KindLockTimeout      = drivers.KindLockTimeout
	KindStatementTimeout = drivers.KindStatementTimeout
	KindCancelled        = drivers.KindCancelled
	KindReadOnly         = drivers.KindReadOnly
	KindTxAborted        = drivers.KindTxAborted
	KindResource         = drivers.KindResource
	KindConnLost         = drivers.KindConnLost
	KindOutcomeUnknown   = drivers.KindOutcomeUnknown
)

// Error is an error of the database or of the way to it.
type Error struct {
	// Kind is what went wrong, the same on every database.
	Kind Kind
	// Op is what was being done: "query", "commit", "connect", ….
	Op string
	// SQL is the statement as the database got it, without arguments.
	SQL string
	// Code is the database's own code: an SQLSTATE or a number.
	Code string
	// Message is the database's message.
	Message string
	// Position is where in SQL the database saw the trouble, in characters from
	// 1; 0 when it does not say.
	Position int
	// Constraint, Table and Column are what the database named.
	Constraint, Table, Column string
	// Err is the driver's own error.
	Err error
}

// Error says what was being done, what went wrong and in which statement.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("session: ")
	b.WriteString(e.Op)
	if e.Kind != KindUnknown {
		fmt.Fprintf(&b, ": %s", e.Kind)
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	if e.SQL != "" {
		fmt.Fprintf(&b, " [%s]", abridge(e.SQL))
	}
	return b.String()
}

// Unwrap returns the driver's own error.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the first [*Error] in err's tree, or KindUnknown.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindUnknown
}

// IsRetryable reports whether the whole unit of work may be run again from its
// beginning: it was not committed, and what stopped it may not happen again.
// It is false for an unknown or an implicit commit, for a [*PartialError] and for a
// context that ended.
func IsRetryable(err error) bool {
	var partial *PartialError
	kept := errors.Is(err, ErrCommitUnknown) || errors.Is(err, ErrImplicitCommit)
	if kept || isContext(err) || errors.As(err, &partial) {
		return false
	}
	switch KindOf(err) {
	case KindSerialization, KindDeadlock, KindLockTimeout, KindConnLost:
		return true
	}
	return false
}

// IsConstraint reports whether err is the violation of a constraint.
func IsConstraint(err error) bool {
	switch KindOf(err) {
	case KindUnique, KindForeignKey, KindNotNull, KindCheck:
		return true
	}
	return false
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// wrap makes an *Error of a driver's error. It is the only place that does.
func (e *Engine) wrap(op, sql string, err error) error {
	f := e.pool.Classify(err)
	if isContext(err) {
		f.Kind = KindCancelled
	}
	return &Error{Kind: f.Kind, Op: op, SQL: sql, Code: f.Code, Message: f.Message,
		Position:   f.Position,
		Constraint: f.Constraint, Table: f.Table, Column: f.Column, Err: err}
}

// failure is a sentinel with its reason.
type failure struct {
	is    error // the sentinel
	text  string
	cause error
	hint  string // what would have been right, at the end
}

func (f *failure) Error() string {
	switch {
	case f.cause == nil:
		return f.is.Error() + ": " + f.text
	case f.text == "":
		return f.is.Error() + ": " + f.cause.Error() + f.hint
	}
	return f.is.Error() + ": " + f.text + ": " + f.cause.Error()
}

func (f *failure) Unwrap() []error {
	if f.cause == nil {
		return []error{f.is}
	}
	return []error{f.is, f.cause}
}

func refuse(is error, format string, args ...any) error {
	return &failure{is: is, text: fmt.Sprintf(format, args...)}
}

// abridge shortens a statement for a message.
func abridge(sql string) string {
	sql = strings.Join(strings.Fields(sql), " ")
	const limit = 200
	if len(sql) <= limit {
		return sql
	}
	return strings.ToValidUTF8(sql[:limit], "") + "…"
}
