package scoped

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// PanicError is a panic of a function that ran on a goroutine of its own. Who
// waits for the function panics with it, as a pointer.
type PanicError struct {
	// Value is what the function panicked with.
	Value any
	// Stack is the stack of its goroutine, as [debug.Stack] gives it.
	Stack []byte
}

// Error has the value and the stack.
func (e *PanicError) Error() string {
	return fmt.Sprintf("scoped: a function that ran concurrently panicked: %v\n\n%s", e.Value, e.Stack)
}

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// panicError is made of a panic that is being recovered. One that comes from a
// goroutine further inside keeps its stack.
func panicError(value any) *PanicError {
	if err, ok := value.(error); ok {
		if inner := (*PanicError)(nil); errors.As(err, &inner) {
			return inner
		}
	}
	return &PanicError{Value: value, Stack: debug.Stack()}
}
