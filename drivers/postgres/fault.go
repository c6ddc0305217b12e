package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

var (
	errBusy         = errors.New("postgres: the connection is busy with other rows")
	errNoRow        = errors.New("postgres: there is no current row")
	errCopyOut      = errors.New("postgres: the data of COPY TO STDOUT needs the native connection")
	errCancelUnsure = errors.New("cancel request got no answer in time")
)

// lostError is a connection that cannot be used any more. Its text is the
// cause's.
type lostError struct{ err error }

func (e *lostError) Error() string { return e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

// timeoutError is a limit of our own that was reached. It unwraps to nothing,
// because what is inside is context.DeadlineExceeded, but errors.As looks in.
type timeoutError struct{ err error }

func (e *timeoutError) Error() string      { return e.err.Error() }
func (e *timeoutError) Timeout() bool      { return true }
func (e *timeoutError) As(target any) bool { return errors.As(e.err, target) }

// argumentError is an argument that cannot be sent; the statement was not run, but
// the steps before it may have been, up to its description.
type argumentError struct{ err error }

func (e *argumentError) Error() string { return e.err.Error() }
func (e *argumentError) Unwrap() error { return e.err }

// cancelError is what the server made of a statement whose context ended:
// errors.Is finds the context's error, errors.As the server's.
type cancelError struct{ cause, err error }

func (e *cancelError) Error() string   { return e.cause.Error() + ": " + e.err.Error() }
func (e *cancelError) Unwrap() []error { return []error{e.cause, e.err} }

// staleError is what the server says of a statement of which it knew better when it
// was prepared: the types of a table have changed since.
type staleError struct{ err error }

func (e *staleError) Error() string { return e.err.Error() }
func (e *staleError) Unwrap() error { return e.err }

// limitError is a statement that StatementTimeout stopped.
type limitError struct{ err error }

func (e *limitError) Error() string { return e.err.Error() }
func (e *limitError) Unwrap() error { return e.err }

// columnCountError is a Scan with the wrong number of destinations.
type columnCountError struct{ columns, destinations int }

func (e *columnCountError) Error() string {
	return fmt.Sprintf("postgres: scan of %d columns into %d destinations", e.columns, e.destinations)
}

// columnError is pgx's error with the column in front.
type columnError struct{ pgx.ScanArgError }

func (e *columnError) Error() string { return fmt.Sprintf("column %q: %v", e.FieldName, e.Err) }
func (e *columnError) Unwrap() error { return e.ScanArgError }

func scanError(i int, column string, err error) error {
	return &columnError{pgx.ScanArgError{ColumnIndex: i, FieldName: column, Err: err}}
}
