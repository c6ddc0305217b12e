package scoped

import (
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/session"
)

// What a registry refuses by itself. Test with [errors.Is].
var (
	// ErrNoScope: the context has no scope of this registry. Another
	// registry's scope does not count.
	ErrNoScope = errors.New("scoped: no scope of this registry in this context")
	// ErrScopeEnded: the scope in the context has ended; the error says how.
	// It is a session.ErrClosed too.
	ErrScopeEnded = errors.New("scoped: the scope has ended")
	// ErrRollbackOnly: a part that had joined the scope failed, so the scope,
	// or the savepoint around that part, was rolled back although its function
	// returned nil. The error unwraps to the first cause, and names the place
	// of that part.
	ErrRollbackOnly = errors.New("scoped: a part has failed, and the whole was rolled back")
	// ErrJoin: a part asks for more than the scope around has, or must not run
	// in one.
	ErrJoin = errors.New("scoped: cannot join the scope around")
)

// errNotReturned is the cause when nothing better is known: what a panic says
// can be learned only by stopping it.
var errNotReturned = errors.New("scoped: the function did not return: " +
	"it panicked or ended its goroutine")

func (r *Registry) noScope() error {
	d := r.engine.Describe()
	return fmt.Errorf("%w (%s, %s); make the call inside of Registry.Do or the middleware, "+
		"with the context that they give", ErrNoScope, d.Driver, d.Address)
}

// endedError is ErrScopeEnded with the way the scope ended.
type endedError struct{ how string }

func (e *endedError) Error() string {
	return ErrScopeEnded.Error() + ": " + e.how + "; see Registry.Outside for work that goes on"
}

func (e *endedError) Unwrap() []error { return []error{ErrScopeEnded, session.ErrClosed} }
