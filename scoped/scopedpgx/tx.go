package scopedpgx

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// ErrNotYours says that the transaction is the scope's, which commits it or rolls
// it back when its function has returned. It is also a pgx.ErrTxClosed when the
// scope has ended.
var ErrNotYours = errors.New("scopedpgx: the scope ends this transaction; " +
	"return an error to have it rolled back, or use Begin for a savepoint")

// whole implements [pgx.Tx]: the scope's transaction.
type whole struct {
	bound
	registry *scoped.Registry
	ctx      context.Context // that carries the scope
}

// Begin implements [pgx.Tx].
func (t *whole) Begin(ctx context.Context) (pgx.Tx, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return begin(t.ctx, t.registry)
}

// Commit implements [pgx.Tx].
func (t *whole) Commit(context.Context) error { return t.refuse() }

// Rollback implements [pgx.Tx].
func (t *whole) Rollback(context.Context) error { return t.refuse() }

func (t *whole) refuse() error {
	if _, err := t.registry.From(t.ctx); err != nil {
		return fmt.Errorf("%w: %w", pgx.ErrTxClosed, err)
	}
	return ErrNotYours
}

// bound are the methods of a transaction alone: they have no context to find a
// scope by.
type bound struct{ calls }

// Conn implements [pgx.Tx]. It is nil when the connection cannot be had; another
// call says why. The session looks at the connection before its next statement.
func (c *bound) Conn() (conn *pgx.Conn) {
	ctx := context.Background()
	s, err := c.at(ctx)
	if err == nil {
		_ = session.Native(ctx, s, func(native *pgx.Conn) error { conn = native; return nil })
	}
	return conn
}

// LargeObjects implements [pgx.Tx]. They belong to the connection, which must
// not be used for anything else at the same time; they are pgx's own and ask
// the session nothing. Where Conn is nil there are none, and a use of them
// panics: pgx gives them no error to return.
func (c *bound) LargeObjects() (objects pgx.LargeObjects) {
	ctx := context.Background()
	_ = c.run(ctx, "large objects", func(ctx context.Context, conn *pgx.Conn) error {
		tx, err := conn.BeginTx(ctx, pgx.TxOptions{BeginQuery: "SELECT 1"}) // it has begun already
		if err == nil {
			objects = tx.LargeObjects()
		}
		return err
	})
	return objects
}

// part implements [pgx.Tx]: a savepoint.
type part struct {
	bound
	registry *scoped.Registry
	ctx      context.Context // that carries the scope
	scope    *scoped.Scope
	done     bool
}

var errRolledBack = errors.New("scopedpgx: rolled back")

func begin(ctx context.Context, r *scoped.Registry, opts ...session.TxOptions) (pgx.Tx, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	// A transaction of pgx does not end with the context of Begin.
	t := &part{registry: r, ctx: context.WithoutCancel(ctx)}
	var err error
	if t.scope, err = r.Savepoint(t.ctx, opts...); err != nil {
		return nil, err
	}
	t.calls.at = t.session
	return t, nil
}

// session is the scope's as long as the savepoint is open.
func (t *part) session(context.Context) (*session.Session, error) {
	sp, err := t.scope.Savepoint()
	switch {
	case err != nil:
		return nil, err
	case t.done || sp.Ended():
		return nil, pgx.ErrTxClosed
	}
	return t.registry.From(t.ctx)
}

// Begin implements [pgx.Tx].
func (t *part) Begin(ctx context.Context) (pgx.Tx, error) {
	if _, err := t.session(ctx); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return begin(t.ctx, t.registry)
}

// Commit implements [pgx.Tx].
func (t *part) Commit(ctx context.Context) error {
	if t.done {
		return pgx.ErrTxClosed
	}
	t.done = true
	err := t.scope.End(ctx, nil)
	if errors.Is(err, session.ErrTxFailed) {
		return fmt.Errorf("%w: %w", pgx.ErrTxCommitRollback, err)
	}
	return err
}

// Rollback implements [pgx.Tx].
func (t *part) Rollback(ctx context.Context) error {
	if t.done {
		return pgx.ErrTxClosed
	}
	t.done = true
	if err := t.scope.End(ctx, errRolledBack); err != errRolledBack { //nolint:errorlint // it comes back as it is
		return err
	}
	return nil
}
