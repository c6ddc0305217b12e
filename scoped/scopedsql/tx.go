package scopedsql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// tx is a *sql.Tx: a savepoint of a scope, or with Options.Alone a scope.
type tx struct {
	conn   *conn
	ctx    context.Context // of BeginTx, with the scope
	part   *scoped.Scope
	joined bool
	saves  []savepoint // that code has made in it, those inside of others last
}

var (
	errTwice = errors.New("scopedsql: this connection has a transaction already; " +
		"end it first, or begin the other one with the *sql.DB")
	errRolledBack = errors.New("scopedsql: rolled back")
)

// BeginTx implements [driver.ConnBeginTx].
func (c *conn) BeginTx(ctx context.Context, asked driver.TxOptions) (driver.Tx, error) {
	if c.tx != nil {
		return nil, errTwice
	}
	opts, err := txOptions(asked)
	if err != nil {
		return nil, err
	}
	t := &tx{conn: c, ctx: ctx, joined: true}
	t.part, err = c.registry.Savepoint(c.within(ctx), opts...)
	if errors.Is(err, scoped.ErrNoScope) && c.opts.Alone {
		err = t.beginAlone(ctx, opts)
	}
	if err != nil {
		return nil, final(err)
	}
	c.tx = t
	return t, nil
}

func (t *tx) beginAlone(ctx context.Context, opts []session.TxOptions) (err error) {
	t.joined = false
	if len(opts) == 0 {
		t.ctx, t.part, err = t.conn.registry.Begin(ctx)
		return err
	}
	t.ctx, t.part, err = t.conn.registry.Begin(ctx, opts[0])
	return err
}

// Begin implements [driver.Conn]; database/sql calls BeginTx.
func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// place is where the transaction's statements run, whatever their context.
func (t *tx) place(ctx context.Context) (place, error) {
	if !t.joined {
		s, err := t.conn.registry.From(t.ctx)
		return place{Querier: s, ctx: ctx}, err
	}
	sp, err := t.part.Savepoint()
	return place{Querier: sp, ctx: ctx}, err
}

// Commit implements [driver.Tx].
func (t *tx) Commit() error {
	t.conn.tx = nil
	// One that fails does so for what is around it too.
	return final(t.part.End(t.ctx, t.releaseFrom(0)))
}

// Rollback implements [driver.Tx]. When the context of BeginTx has ended it may
// come from a goroutine of database/sql's, which must not enter a session that
// others use: whoever uses that next finds the savepoint over.
func (t *tx) Rollback() error {
	t.conn.tx = nil
	if t.joined && t.ctx.Err() != nil {
		return nil //nolint:nilerr // it is undone all the same
	}
	if err := t.part.End(t.ctx, errRolledBack); err != errRolledBack { //nolint:errorlint // it comes back as it is
		return final(err)
	}
	return nil
}

var isolations = map[sql.IsolationLevel]session.Isolation{
	sql.LevelDefault:         session.DefaultIsolation,
	sql.LevelReadUncommitted: session.ReadUncommitted,
	sql.LevelReadCommitted:   session.ReadCommitted,
	sql.LevelRepeatableRead:  session.RepeatableRead,
	sql.LevelSerializable:    session.Serializable,
}

// txOptions are the options that were asked for, none if they ask for nothing.
func txOptions(asked driver.TxOptions) ([]session.TxOptions, error) {
	level, ok := isolations[sql.IsolationLevel(asked.Isolation)]
	if !ok {
		return nil, fmt.Errorf("%w: isolation level %v; there are Read Uncommitted to Repeatable Read, "+
			"and Serializable", session.ErrUnsupported, sql.IsolationLevel(asked.Isolation))
	}
	if level == session.DefaultIsolation && !asked.ReadOnly {
		return nil, nil
	}
	return []session.TxOptions{{Isolation: level, ReadOnly: asked.ReadOnly}}, nil
}
