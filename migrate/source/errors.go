package source

import (
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// ErrNoMigrations is returned for a directory in which there are none.
var ErrNoMigrations = errors.New("source: no migrations")

// ErrInTransaction is what a script is refused for that runs in a transaction and begins
// or ends one, or has a statement that cannot run in one. Test with [errors.Is].
var ErrInTransaction = errors.New("cannot run in a transaction")

// transactionError is an ErrInTransaction with a message of its own.
type transactionError struct{ error }

func (transactionError) Is(target error) bool { return target == ErrInTransaction }

// Error says what is wrong with a file.
type Error struct {
	// File is its path in the file system.
	File string
	// Line and Column are where it is, from 1; 0 if it is about more than a place.
	Line, Column int
	// Err is what is wrong, and what would be right.
	Err error
}

// Error is the place, as file:line:column, and the message.
func (e *Error) Error() string {
	at := e.File
	for _, n := range []int{e.Line, e.Column} {
		if n > 0 {
			at = fmt.Sprintf("%s:%d", at, n)
		}
	}
	return fmt.Sprintf("%s: %v", at, e.Err)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// in says which file an error is about.
func in(file string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return &Error{File: file, Line: e.Line, Column: e.Column, Err: e.Err}
	}
	if e, ok := errors.AsType[*sqlsplit.SyntaxError](err); ok {
		return &Error{File: file, Line: e.Line, Column: e.Column, Err: errors.New(e.Message)}
	}
	return &Error{File: file, Err: err}
}
