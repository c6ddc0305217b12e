package scopedsql

import (
	"database/sql/driver"
	"errors"
)

// final makes sure that database/sql does not run the statement again: it does
// so, on another connection, for an error that is driver.ErrBadConn, and some
// client libraries say that of a statement that was sent.
func final(err error) error {
	if err != nil && errors.Is(err, driver.ErrBadConn) {
		return &finalError{err}
	}
	return err
}

// finalError is an error without driver.ErrBadConn in it.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }

func (e *finalError) Is(target error) bool {
	return target != driver.ErrBadConn && errors.Is(e.err, target)
}

func (e *finalError) As(target any) bool { return errors.As(e.err, target) }
