package scoped

import (
	"context"

	"github.com/sqlscope/sqlscope/session"
)

// Scope is one part in a scope, for code that cannot be the function of
// [Registry.Do], such as middleware: [Registry.Begin] opens it and
// [Scope.End] must end it. Do is made of the two.
type Scope struct {
	in        *carrier // nil: a part without a scope
	joined    bool
	done      bool               // of one that has joined; guarded by work.mu
	depth     int                // savepoints that were open when it joined, its own included
	savepoint *session.Savepoint // of a part that is one
	own       carrier            // of one that was opened
}

// Begin opens a scope, or joins the one in ctx, as [Registry.Do] does, and
// returns the context that carries it. It sends nothing. After an error the
// context is ctx, and there is nothing to end. It does not take
// [session.Retry], having nothing to run again.
func (r *Registry) Begin(ctx context.Context, opts ...Option) (context.Context, *Scope, error) {
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
func (r *Registry) BeginIn(ctx context.Context, s *Scope, opts ...Option) (context.Context, error) {
	o, err := parse(opts)
	if err == nil && o.retry != nil {
		err = errRetryBegin
	}
	if err != nil {
		return ctx, err
	}
	return r.begin(ctx, s, &o, nil)
}

// begin is BeginIn; with is the session to use if a scope is opened, nil for one
// that is opened with the first statement.
func (r *Registry) begin(ctx context.Context, s *Scope, o *options, with *session.Session) (
	context.Context, error) {
	at := r.at(ctx)
	switch around := at.scope(); {
	case around != nil && o.as.joins():
		err := around.join(s, o)
		if err == nil && o.as == Nested {
			err = around.nest(s, (*session.Session).Savepoint)
		}
		return ctx, err
	case o.as == Mandatory:
		return ctx, r.noScope()
	case !o.as.opens():
		return ctx, nil
	}
	s.in = &s.own
	s.own.Context, s.own.registry, s.own.engine = ctx, r, r.engineAt(at)
	if o.tx != nil {
		given := *o.tx
		s.own.work.given = &given
	}
	if with != nil {
		s.own.useLocked(with)
	}
	return s.in, nil
}

// run runs fn in the part and ends it.
func (s *Scope) run(ctx context.Context, fn func(context.Context) error) error {
	returned := false
	defer func() {
		if !returned {
			_ = s.End(ctx, errNotReturned) // the panic says more
		}
	}()
	err := fn(ctx)
	returned = true
	return s.End(ctx, err)
}

// End ends what Begin began. A scope is committed if err is nil, and rolled
// back without waiting for the server if it is not. A part that has joined
// leaves the end to the scope around it; its err makes that one fit for a
// rollback only. A part that is [Nested] is undone alone.
//
// End returns err if it is not nil, else why nothing was committed: the error
// of [session.Session.Commit], which depends on ctx as said there, or
// [ErrRollbackOnly]. A second End does nothing and returns [ErrScopeEnded], so
// that an End with an error can be deferred as a safeguard. For a part whose
// scope ended before it, End(ctx, nil) returns nil if the scope was committed
// and ErrScopeEnded otherwise.
func (s *Scope) End(ctx context.Context, err error) error {
	if s.in == nil {
		return err
	}
	w := &s.in.work
	switch {
	case s.savepoint != nil:
		return w.endNested(s, err)
	case s.joined:
		return w.leave(s, err)
	}
	return w.end(ctx, err)
}

// Explain sets what [ErrScopeEnded] says of the scope's end to those who come
// too late, such as "the response has begun"; without it the error says whether
// the scope was committed. On a part that has joined, or that has no scope, it
// does nothing.
func (s *Scope) Explain(how string) {
	if s.in != nil && !s.joined && how != "" {
		s.in.work.explain(how)
	}
}
