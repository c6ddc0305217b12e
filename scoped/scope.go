package scoped

import (
	"context"

	"github.com/sqlscope/sqlscope/session"
)

// Scope is one part in a scope, for code that cannot be the function of
// [Registry.Do], such as middleware: [Registry.Begin] opens it and
// [Scope.End] must end it. Do is made of the two.
type Scope struct {
	work   *work
	joined bool
	depth  int     // savepoints that were open when it joined
	done   bool    // of one that has joined; guarded by work.mu
	own    carrier // of one that was opened
}

// Begin opens a scope, or joins the one in ctx, as [Registry.Do] does, and
// returns the context that carries it. It sends nothing. After an error the
// context is ctx, and there is nothing to end.
func (r *Registry) Begin(ctx context.Context, opts ...session.TxOptions) (
	context.Context, *Scope, error) {
	s := new(Scope)
	ctx, err := r.BeginIn(ctx, s, opts...)
	if err != nil {
		return ctx, nil, err
	}
	return ctx, s, nil
}

// BeginIn is [Registry.Begin] in memory of the caller's, for middleware that
// has a struct for each request anyway: a scope in it allocates nothing before
// its first statement. s must be zero, and must not be copied or used again;
// the context holds on to it.
func (r *Registry) BeginIn(ctx context.Context, s *Scope, opts ...session.TxOptions) (
	context.Context, error) {
	if around := r.work(ctx); around != nil {
		return ctx, around.join(s, opts)
	}
	s.own.Context, s.own.registry = ctx, r
	s.work = &s.own.work
	if len(opts) > 0 {
		given := opts[0]
		s.work.given = &given
	}
	return &s.own, nil
}

// End ends what Begin began. A scope is committed if err is nil, and rolled
// back without waiting for the server if it is not. A part that has joined
// leaves the end to the scope around it; its err makes that one fit for a
// rollback only.
//
// End returns err if it is not nil, else why nothing was committed: the error
// of [session.Session.Commit], which depends on ctx as said there, or
// [ErrRollbackOnly]. A second End does nothing and returns [ErrScopeEnded], so
// that an End with an error can be deferred as a safeguard. For a part whose
// scope ended before it, End(ctx, nil) returns nil if the scope was committed
// and ErrScopeEnded otherwise.
func (s *Scope) End(ctx context.Context, err error) error {
	if s.joined {
		return s.work.leave(s, err)
	}
	return s.work.end(ctx, err)
}

// Explain sets what [ErrScopeEnded] says of the scope's end to those who come
// too late, such as "the response has begun"; without it the error says whether
// the scope was committed. On a part that has joined it does nothing.
func (s *Scope) Explain(how string) {
	if !s.joined {
		s.work.explain(how)
	}
}
