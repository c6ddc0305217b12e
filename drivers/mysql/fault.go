package mysql

import (
	"database/sql/driver"
	"errors"

	gomysql "github.com/go-sql-driver/mysql"
)

// lostError is a connection that cannot be used any more. The library says
// little more than "invalid connection"; why is what the network said.
type lostError struct{ err, why error }

// Error returns both texts.
func (e *lostError) Error() string {
	if e.why == nil {
		return e.err.Error()
	}
	return e.err.Error() + ": " + e.why.Error()
}

// Unwrap returns both errors.
func (e *lostError) Unwrap() []error {
	if e.why == nil {
		return []error{e.err}
	}
	return []error{e.err, e.why}
}

// cancelError is what became of a statement whose context ended: errors.Is
// finds the context's error, errors.As the server's.
type cancelError struct{ end, err error }

// Error returns both texts.
func (e *cancelError) Error() string { return e.end.Error() + ": " + e.err.Error() }

// Unwrap returns both errors.
func (e *cancelError) Unwrap() []error { return []error{e.end, e.err} }

func isLost(err error) bool {
	_, ok := errors.AsType[*lostError](err)
	return ok
}

// isLoss reports whether an error of the library means that the connection is
// gone, or the server says that it is about to be.
func isLoss(err error) bool {
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, gomysql.ErrInvalidConn) ||
		ends(numberOf(err))
}

// numberOf returns the server's number of an error; 0 if it is not the server's.
func numberOf(err error) uint16 {
	if e, ok := errors.AsType[*gomysql.MySQLError](err); ok {
		return e.Number
	}
	return 0
}
