package scopedsql

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// conn is a connection of a *sql.DB. It holds no session: each call finds its
// own. database/sql lets one goroutine at a time in.
type conn struct {
	*connector
	taken context.Context // of the call that took it from the pool
	tx    *tx             // the *sql.Tx that has it, nil without
}

// ResetSession implements [driver.SessionResetter]: it is called when the
// connection is taken from the pool.
func (c *conn) ResetSession(ctx context.Context) error {
	c.taken = ctx
	return nil
}

// IsValid implements [driver.Validator]: it is called when the connection goes
// back to the pool, which must not hold on to a scope.
func (c *conn) IsValid() bool {
	c.taken, c.tx = nil, nil
	return true
}

// Close implements [driver.Conn].
func (c *conn) Close() error { return nil }

// place is where a call runs.
type place struct {
	session.Querier
	ctx context.Context
	own *scoped.Scope // one that was opened for the call, nil in a scope
}

// place finds the place for a call: that of the transaction, the scope of the
// call's context, the scope of the context with which a *sql.Conn was taken, or a
// scope of its own.
func (c *conn) place(ctx context.Context) (place, error) {
	if c.tx != nil {
		return c.tx.place(ctx)
	}
	s, err := c.registry.From(ctx)
	if errors.Is(err, scoped.ErrNoScope) {
		s, err = c.registry.From(c.within(ctx))
	}
	if errors.Is(err, scoped.ErrNoScope) && c.opts.Alone {
		inside, own, err := c.registry.Begin(ctx)
		return place{c.registry, inside, own}, err
	}
	return place{Querier: s, ctx: ctx}, err
}

// within is ctx with what the context with which the connection was taken has
// besides.
func (c *conn) within(ctx context.Context) context.Context {
	if c.taken == nil || c.taken == ctx {
		return ctx
	}
	return &twofold{ctx, c.taken}
}

type twofold struct {
	context.Context
	also context.Context
}

func (c *twofold) Value(key any) any {
	if v := c.Context.Value(key); v != nil {
		return v
	}
	return c.also.Value(key)
}

// end ends a scope that was opened for the call.
func (p *place) end(err error) error {
	if p.own == nil {
		return err
	}
	return p.own.End(p.ctx, err)
}

// executed ends a scope that was opened for a statement without rows. Outside of
// a transaction DDL does no harm by ending one.
func (p *place) executed(err error) error {
	err = p.end(err)
	if p.own != nil && errors.Is(err, session.ErrTxEnded) {
		return nil
	}
	return err
}

// ExecContext implements [driver.ExecerContext].
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	values, err := values(args)
	if err != nil {
		return nil, err
	}
	p, err := c.place(ctx)
	if err != nil {
		return nil, err
	}
	if c.tx != nil {
		if done, err := c.tx.savepoint(query); done {
			return driver.RowsAffected(0), final(err)
		}
	}
	res, err := p.Exec(p.ctx, query, values...)
	if err = p.executed(err); err != nil {
		return nil, final(err)
	}
	return &result{res, c.registry.Engine(ctx).Describe()}, nil
}

// QueryContext implements [driver.QueryerContext].
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	values, err := values(args)
	if err != nil {
		return nil, err
	}
	p, err := c.place(ctx)
	if err != nil {
		return nil, err
	}
	open, err := p.Query(p.ctx, query, values...)
	if err != nil {
		return nil, final(p.end(err))
	}
	r := &rows{rows: open, place: p, asked: ctx, limit: c.opts.BufferBytes}
	if c.tx != nil {
		r.txCtx = c.tx.ctx
	}
	open.Share(r.recall)
	return r, nil
}

// Ping implements [driver.Pinger]: in a scope it asks the scope's connection.
func (c *conn) Ping(ctx context.Context) error {
	if s, err := c.registry.From(ctx); err == nil {
		_, err = s.Exec(ctx, "SELECT 1")
		return final(err)
	}
	return final(c.registry.Engine(ctx).Ping(ctx))
}

// CheckNamedValue implements [driver.NamedValueChecker]: the session takes
// arguments as the application gave them.
func (c *conn) CheckNamedValue(*driver.NamedValue) error { return nil }
