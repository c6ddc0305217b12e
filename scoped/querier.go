package scoped

import (
	"context"
	"iter"

	"github.com/sqlscope/sqlscope/session"
)

var (
	_ session.Querier    = (*Registry)(nil)
	_ session.ManyExecer = (*Registry)(nil)
)

// Query runs a statement in the scope of ctx and returns its rows, which must
// be closed; see [session.Session.Query]. Without a scope it is [ErrNoScope] or
// [ErrScopeEnded].
func (r *Registry) Query(ctx context.Context, sql string, args ...any) (*session.Rows, error) {
	w, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer w.out()
	return w.session.Query(ctx, sql, args...)
}

// Exec runs a statement in the scope of ctx and discards its rows; see
// [session.Session.Exec]. Without a scope it is [ErrNoScope] or
// [ErrScopeEnded].
func (r *Registry) Exec(ctx context.Context, sql string, args ...any) (session.Result, error) {
	w, err := r.open(ctx)
	if err != nil {
		return session.Result{}, err
	}
	defer w.out()
	return w.session.Exec(ctx, sql, args...)
}

// ExecMany runs a statement in the scope of ctx once for each row; see
// [session.Session.ExecMany]. Without a scope it is [ErrNoScope] or
// [ErrScopeEnded].
func (r *Registry) ExecMany(ctx context.Context, sql string, rows iter.Seq[[]any]) (session.Result, error) {
	w, err := r.open(ctx)
	if err != nil {
		return session.Result{}, err
	}
	defer w.out()
	return w.session.ExecMany(ctx, sql, rows)
}

// Queue runs a statement in the scope of ctx whose result nobody waits for: it
// travels with the next statement or with COMMIT, and its error surfaces there;
// see [session.Session.Queue]. Without a scope it is [ErrNoScope] or
// [ErrScopeEnded].
func (r *Registry) Queue(ctx context.Context, sql string, args ...any) error {
	w, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer w.out()
	return w.session.Queue(sql, args...)
}
