package postgres

import (
	"context"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers"
)

// closeGrace is how long closing may take to write its farewell; the bytes go
// into the kernel's buffer, so it is used up only when that is full.
const closeGrace = 10 * time.Millisecond

// conn is one physical connection. It lives in the PgConn's CustomData as long
// as the connection does, so that its caches survive from one hand-out to the
// next; lease says who has it now.
type conn struct {
	pool  *pool
	lease *pgxpool.Conn // nil while the pool has it
	pgx   *pgx.Conn
	pg    *pgconn.PgConn
	types *pgtype.Map

	generation uint64 // of the pool, when the connection was first handed out
	doubtful   bool   // the next hand-out needs a ping
	changes    uint64 // the pool's, when the statements were last forgotten for one
	flights    uint64 // how many have been run, with the one that is
	bound      bool   // of the step that is being answered, a command has been bound
	out        request
	args       pgx.ExtendedQueryBuilder
	statements statements
	begin      beginText
	limit      limit
	watch      watch
	peek       peeker
	traces     []trace
	tag        pgconn.CommandTag // of the last command, for the tracer
	described  *statement        // for the next segment only
	open       *rows             // rows that have not been read to their end
}

func newConn(p *pool, native *pgx.Conn) *conn {
	c := &conn{pool: p, pgx: native, pg: native.PgConn(), types: native.TypeMap()}
	c.generation = p.generation.Load()
	c.changes = p.changes.Load()
	c.statements.init(p.cacheSize)
	c.watch.init(c.pg, p.cancelGrace)
	c.peek.init(c.pg.Conn())
	return c
}

// State implements [drivers.Conn].
func (c *conn) State() drivers.TxState {
	if c.pg.IsClosed() || c.pg.IsBusy() {
		return drivers.TxLost
	}
	switch c.pg.TxStatus() {
	case 'I':
		return drivers.TxIdle
	case 'E':
		return drivers.TxFailed
	}
	return drivers.TxActive
}

// Release implements [drivers.Conn].
func (c *conn) Release() {
	if c.open != nil || c.State() != drivers.TxIdle {
		c.Destroy()
		return
	}
	c.giveBack()
}

// Destroy implements [drivers.Conn].
func (c *conn) Destroy() {
	if c.open != nil {
		c.open.abandon(pgconn.ErrConnClosed)
	}
	c.kill()
	c.giveBack()
}

// giveBack is safe to call twice: the second time there is nothing to give.
func (c *conn) giveBack() {
	lease := c.lease
	c.lease = nil
	switch {
	case lease == nil:
	case c.lingers():
		c.pool.bury(lease)
	default:
		lease.Release() // destroys a connection that is closed
	}
}

// kill closes the connection without waiting for anything: the socket goes after
// closeGrace, and at once when pgconn, whose farewell may wait for an answer,
// has closed the connection already. A deadline would not do: TLS sets its own.
func (c *conn) kill() {
	raw := socket(c.pg.Conn())
	if c.pg.IsClosed() {
		_ = raw.Close() // twice is no harm
		return
	}
	timer := time.AfterFunc(closeGrace, func() { _ = raw.Close() })
	defer timer.Stop()
	_ = c.pg.Close(context.Background())
}

// socket is what conn writes to in the end.
func socket(conn net.Conn) net.Conn {
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return t.NetConn()
	}
	return conn
}

// Native implements [drivers.Conn]: it returns a *pgx.Conn. Its user may
// register types, so scan plans made before are forgotten.
func (c *conn) Native() any {
	c.statements.forgetPlans()
	return c.pgx
}
