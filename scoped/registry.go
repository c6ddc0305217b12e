package scoped

import (
	"context"

	"github.com/sqlscope/sqlscope/session"
)

// Registry hands out the sessions of one engine: one for each scope. It is made
// once and shared, and it is safe for concurrent use. It holds on to no scope:
// a context carries its scope, and both go when the last user lets go of them.
type Registry struct {
	// The registry's address is the context key, so that no two registries can
	// be mistaken for each other; two of one engine are different too.
	engine *session.Engine
}

// New makes a registry of the engine's sessions. The engine stays its owner's
// to close. It panics without an engine.
func New(engine *session.Engine) *Registry {
	if engine == nil {
		panic("scoped: New needs an engine, got nil")
	}
	return &Registry{engine: engine}
}

// Do runs fn in a scope. The context that fn gets, and those derived from it,
// share one session, which takes no connection before its first statement.
//
// When fn returns nil, Do commits and returns the commit's error; see
// [session.Session.Commit]. When fn returns an error, Do rolls back, without
// waiting for the server, and returns that error as it is. When fn panics, Do
// rolls back and the panic goes on. fn must not use its context's scope after
// it returned; what does gets [ErrScopeEnded].
//
// If ctx has a scope of this registry, Do joins it: fn runs in it, and its end
// is left to whoever opened it. An error or a panic of fn then makes the scope
// fit for a rollback only; see [ErrRollbackOnly]. If that scope has ended the
// error is [ErrScopeEnded], and [Registry.Outside] helps.
//
// At most one opts is given; without, the engine's Options.Tx hold. To join,
// opts must be those that the scope was opened with, or left out; otherwise fn
// is not run and the error is [ErrJoin].
func (r *Registry) Do(ctx context.Context, fn func(ctx context.Context) error,
	opts ...session.TxOptions) error {
	ctx, scope, err := r.Begin(ctx, opts...)
	if err != nil {
		return err
	}
	returned := false
	defer func() {
		if !returned {
			_ = scope.End(ctx, errNotReturned) // the panic says more
		}
	}()
	err = fn(ctx)
	returned = true
	return scope.End(ctx, err)
}

// From returns the session of the scope in ctx, for what the registry itself
// does not offer. It is [ErrNoScope] or [ErrScopeEnded] if there is none.
//
// The session is still the scope's: whoever commits it, rolls it back or closes
// it does so to everybody in the scope.
func (r *Registry) From(ctx context.Context) (*session.Session, error) {
	w, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	return w.session, nil
}

// Outside returns ctx without its scope of this registry; the scopes of others
// stay. Do with it opens a scope of its own: for what is to be kept even if the
// scope is rolled back, for a goroutine of its own, and for what a handler does
// after its response has begun. While the scope is open that takes a second
// connection; a wait for it that would never end is
// [session.ErrWouldDeadlock].
func (r *Registry) Outside(ctx context.Context) context.Context {
	if r.work(ctx) == nil {
		return ctx
	}
	return context.WithValue(ctx, r, (*carrier)(nil))
}

// work is the scope in ctx, ended or not; nil if there is none.
func (r *Registry) work(ctx context.Context) *work {
	if c, _ := ctx.Value(r).(*carrier); c != nil {
		return &c.work
	}
	return nil
}

// open is the scope in ctx, if statements can be given to it.
func (r *Registry) open(ctx context.Context) (*work, error) {
	c, _ := ctx.Value(r).(*carrier)
	if c == nil {
		return nil, r.noScope()
	}
	return c.enter()
}
