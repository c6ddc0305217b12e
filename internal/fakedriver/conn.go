package fakedriver

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/sqlscope/sqlscope/drivers"
)

// Conn is a connection; it is also what [drivers.Conn.Native] returns.
type Conn struct {
	// ID numbers the connections of a database from 1.
	ID int

	pool   *Pool
	db     *DB
	reader bool          // for read-only transactions, where writers are single
	dead   chan struct{} // closed when the server ended the connection
	killed sync.Once

	out  atomic.Bool // somebody has it
	busy atomic.Bool // a call is under way
	rows *rows       // open rows
	tx   *tx         // nil: none is open
	lost bool        // the client knows that the connection is gone
}

func newConn(p *Pool, reader bool) *Conn {
	c := &Conn{pool: p, db: p.db, reader: reader, dead: make(chan struct{})}
	c.out.Store(true)
	p.db.enrol(c)
	p.db.record.count(func(n *Counts) { n.Opened++ })
	return c
}

// enter marks the connection as busy, or records that it was misused.
func (c *Conn) enter(call string) (leave func()) {
	if !c.out.Load() {
		c.db.record.violate("%s on connection %d, which was given back", call, c.ID)
	}
	if !c.busy.CompareAndSwap(false, true) {
		c.db.record.violate("%s on connection %d, which another goroutine is using", call, c.ID)
		return func() {}
	}
	return func() { c.busy.Store(false) }
}

// State implements [drivers.Conn].
func (c *Conn) State() drivers.TxState {
	defer c.enter("State")()
	switch {
	case c.lost:
		return drivers.TxLost
	case c.tx == nil:
		return drivers.TxIdle
	case c.tx.failed:
		return drivers.TxFailed
	}
	return drivers.TxActive
}

// Release implements [drivers.Conn].
func (c *Conn) Release() {
	leave := c.enter("Release")
	c.watchRelease()
	keep := !c.lost && c.tx == nil && c.rows == nil
	leave() // before others can have it
	c.leave(keep)
}

// watchRelease records what a connection may not be given back with.
func (c *Conn) watchRelease() {
	if c.rows != nil {
		c.db.record.violate("Release of connection %d with open rows", c.ID)
	}
	if c.tx != nil && !c.lost {
		c.db.record.violate("Release of connection %d in a transaction", c.ID)
	}
}

// Destroy implements [drivers.Conn].
func (c *Conn) Destroy() {
	c.enter("Destroy")()
	c.leave(false)
}

func (c *Conn) leave(keep bool) {
	if !c.out.CompareAndSwap(true, false) {
		return
	}
	if !keep {
		c.endTx()
	}
	c.pool.leave(c, keep)
}

// Native implements [drivers.Conn]; it returns c.
func (c *Conn) Native() any { return c }

// gone tells whether the connection has ended, known to the client or not.
func (c *Conn) gone() bool { return c.lost || c.isDead() }

func (c *Conn) isDead() bool {
	select {
	case <-c.dead:
		return true
	default:
		return false
	}
}

// endTx rolls back on the server, as it does when a connection is gone.
func (c *Conn) endTx() {
	if c.tx != nil {
		c.tx.rollback()
		c.tx = nil
	}
}

// shut strikes the connection off; the pool calls it once.
func (c *Conn) shut() {
	c.db.strike(c)
	c.db.named.releaseOf(func(n lockOwner) bool { return n.conn == c })
	c.db.record.count(func(n *Counts) { n.Closed++ })
}

// lose gives the connection up and returns the error that says so.
func (c *Conn) lose(cause error) error {
	c.lost = true
	c.endTx()
	return lost(cause)
}

// Run implements [drivers.Conn].
func (c *Conn) Run(ctx context.Context, f *drivers.Flight) (drivers.Rows, error) {
	defer c.enter("Run")()
	if c.rows != nil {
		c.db.record.violate("Run on connection %d with open rows", c.ID)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.fly(ctx, f)
}
