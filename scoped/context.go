package scoped

import (
	"context"

	"github.com/sqlscope/sqlscope/session"
)

// Outside returns ctx without its scope of this registry; the scopes of others
// stay. Do with it opens a scope of its own: for a goroutine of its own, and for
// what a handler does after its response has begun. To open a scope for what is
// to be kept even if the one around is rolled back, [RequiresNew] does the same.
// While the scope is open that takes a second connection; a wait for it that
// would never end is [session.ErrWouldDeadlock].
func (r *Registry) Outside(ctx context.Context) context.Context {
	switch at := r.at(ctx); {
	case at.scope() == nil:
		return ctx
	case at.engine == r.engine:
		return context.WithValue(ctx, r, (*carrier)(nil))
	default:
		return r.Using(ctx, at.engine)
	}
}

// Using returns ctx, without its scope of this registry, for scopes that get
// their sessions from another engine: of the tenant whose request it is, or of
// a test (see package scopedtest). A scope that is open around stays with its
// own. It panics without an engine.
func (r *Registry) Using(ctx context.Context, engine *session.Engine) context.Context {
	if engine == nil {
		panic("scoped: Using needs an engine, got nil")
	}
	return context.WithValue(ctx, r, &carrier{engine: engine})
}

// Engine is the engine that scopes opened under ctx get their sessions from: the
// one given to New, unless [Registry.Using] says otherwise.
func (r *Registry) Engine(ctx context.Context) *session.Engine { return r.engineAt(r.at(ctx)) }

// at is what ctx carries for this registry: a scope, ended or not, a note of the
// engine, or nil.
func (r *Registry) at(ctx context.Context) *carrier {
	c, _ := ctx.Value(r).(*carrier)
	return c
}

func (r *Registry) engineAt(at *carrier) *session.Engine {
	if at == nil {
		return r.engine
	}
	return at.engine
}
