package fakedriver

import (
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
)

// Error is what the fake server answers when a step fails.
type Error struct {
	// Fault says what went wrong.
	Fault drivers.Fault
	// Err is the context's error when the context ended the work.
	Err error
}

// Error returns the message.
func (e *Error) Error() string {
	if e.Err != nil {
		return "fake: " + e.Fault.Message + ": " + e.Err.Error()
	}
	return "fake: " + e.Fault.Message
}

// Unwrap returns the context's error, if any.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an error of the kind, for a [Reaction].
func Errorf(kind drivers.Kind, format string, args ...any) *Error {
	return &Error{Fault: drivers.Fault{
		Kind: kind, Code: fmt.Sprintf("F%02d", kind), Message: fmt.Sprintf(format, args...)}}
}

func (e *Error) naming(constraint, table, column string) *Error {
	e.Fault.Constraint, e.Fault.Table, e.Fault.Column = constraint, table, column
	return e
}

// lost is the error of a connection that is gone.
func lost(cause error) *Error {
	e := Errorf(drivers.KindConnLost, "the connection is lost")
	e.Err = cause
	return e
}

func cancelled(cause error) *Error {
	e := Errorf(drivers.KindCancelled, "cancelled")
	e.Err = cause
	return e
}

func kindOf(err error) drivers.Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Fault.Kind
	}
	return drivers.KindUnknown
}

// Classify implements [drivers.Pool].
func (p *Pool) Classify(err error) drivers.Fault {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Fault
	}
	return drivers.Fault{Message: err.Error()}
}
