package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers"
)

// pingLater makes a note of the connections that have to be pinged before they
// are handed out. pgxpool's own ping has the connection closed in the
// background when it gets no answer, and the connection keeps its place in the
// pool for up to 15 seconds.
func (p *pool) pingLater(o *drivers.PoolOptions) func(context.Context, pgxpool.ShouldPingParams) bool {
	return func(_ context.Context, s pgxpool.ShouldPingParams) bool {
		p.known(s.Conn).doubtful = o.PrePing == drivers.PingAlways ||
			o.PrePing == drivers.PingIfIdle && s.IdleDuration > o.PingIdleAfter
		return false
	}
}

// verify pings c. It does not depend on a context's end: the ping of a healthy
// connection is over soon, and interrupting it would cost the connection.
func (p *pool) verify(ctx context.Context, c *conn) error {
	err := c.ping()
	if err != nil {
		p.outdate(c) // the others are as old: one unanswered ping is enough
		c.Destroy()
	} else if ctx.Err() != nil {
		c.Release()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// ping asks the server for an answer within the pool's limit.
func (c *conn) ping() error {
	_ = c.pg.Conn().SetDeadline(time.Now().Add(c.pool.pingTimeout)) // a dead socket fails below
	c.out.reset()
	err := c.out.sync()
	if err == nil {
		err = c.flush()
	}
	if err == nil {
		err = c.readReady()
	}
	if !c.pg.IsClosed() {
		_ = c.pg.Conn().SetDeadline(time.Time{})
	}
	return err
}
