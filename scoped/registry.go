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
// error is [ErrScopeEnded], and [Registry.Outside] helps. A [Propagation] among
// the options asks for something else.
//
// To join, the scope must have what the options ask for, or more: the isolation
// or a stricter one, the timeouts or shorter ones, the same settings; options
// without ReadOnly ask to write. Without options a part asks for nothing.
// Otherwise fn is not run and the error is [ErrJoin].
//
// With a [session.Retry] among the options, fn is run again in a new scope when
// that may help. A part that has joined never runs again alone: it is the
// scope's Do that has to be given the option.
func (r *Registry) Do(ctx context.Context, fn func(ctx context.Context) error, opts ...Option) error {
	o, err := parse(opts)
	if err != nil {
		return err
	}
	if o.retry != nil && r.willOpen(ctx, o.as) {
		return r.retry(ctx, fn, &o)
	}
	scope := new(Scope)
	ctx, err = r.begin(ctx, scope, &o, nil)
	if err != nil {
		return err
	}
	return scope.run(ctx, fn)
}

// DoValue is [Registry.Do] for a function that returns a value as well. The
// value is the zero T unless the error is nil.
func DoValue[T any](ctx context.Context, r *Registry, fn func(ctx context.Context) (T, error),
	opts ...Option) (T, error) {
	var value T
	err := r.Do(ctx, func(ctx context.Context) (err error) {
		value, err = fn(ctx)
		return err
	}, opts...)
	if err != nil {
		return *new(T), err
	}
	return value, nil
}

func (r *Registry) willOpen(ctx context.Context, as Propagation) bool {
	return as.opens() && (r.at(ctx).scope() == nil || !as.joins())
}

// retry runs fn in a scope that is opened anew for each try.
func (r *Registry) retry(ctx context.Context, fn func(context.Context) error, o *options) error {
	var tx []session.TxOptions
	if o.tx != nil {
		tx = append(tx, *o.tx)
	}
	return r.Engine(ctx).Retry(ctx, *o.retry, func(_ context.Context, s *session.Session) error {
		scope := new(Scope)
		ctx, err := r.begin(ctx, scope, o, s)
		if err != nil {
			return err
		}
		return scope.run(ctx, fn)
	}, tx...)
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

// open is the scope in ctx, if statements can be given to it.
func (r *Registry) open(ctx context.Context) (*work, error) {
	c := r.at(ctx).scope()
	if c == nil {
		return nil, r.noScope()
	}
	return c.enter()
}
