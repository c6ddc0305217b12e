package scoped

import (
	"context"
	"errors"

	"github.com/sqlscope/sqlscope/session"
)

var _ session.Querier = (*Registry)(nil)

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

// Nested runs fn in a savepoint of the scope of ctx: all statements that the
// scope is given meanwhile belong to it. When fn returns nil what it did is
// kept, as far as the scope is; when it returns an error or panics that alone
// is undone, and the scope goes on. The error is returned, the panic goes on.
//
// If a Do inside of it failed and fn returns nil all the same, the savepoint is
// rolled back and the error is [ErrRollbackOnly]. Without a scope it is
// [ErrNoScope] or [ErrScopeEnded].
func (r *Registry) Nested(ctx context.Context, fn func(ctx context.Context) error) error {
	w, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer w.out()
	return w.nested(ctx, fn)
}

func (w *work) nested(ctx context.Context, fn func(context.Context) error) error {
	err := w.inSavepoint(ctx, fn)
	if errors.Is(err, session.ErrConcurrentUse) {
		// The session may have refused the rollback to the savepoint as well:
		// what is in it must not be committed with the rest.
		w.spoil(err)
	}
	return err
}

func (w *work) inSavepoint(ctx context.Context, fn func(context.Context) error) error {
	level := w.descend()
	defer w.ascend(level)
	return w.session.Nested(ctx, func(ctx context.Context, _ *session.Savepoint) error {
		if err := fn(ctx); err != nil {
			return err
		}
		return w.spoilt(level)
	})
}

// descend enters a savepoint and returns its level, 1 for the outermost.
func (w *work) descend() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.depth++
	return w.depth
}

// ascend leaves the savepoint. What was spoilt inside of it has been rolled
// back with it.
func (w *work) ascend(level int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.depth = level - 1
	if w.causeAt >= level {
		w.cause, w.causeAt = nil, 0
	}
}
