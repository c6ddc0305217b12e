package sandbox

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// Conn implements [drivers.Conn] on the connection that all share.
type Conn struct {
	pool *Pool

	// begun, name and lost are guarded by pool.mu.
	begun bool
	lost  bool // the transaction around was rolled back
	name  string

	// The rest is the transaction's own and used by its goroutine.
	tx      drivers.TxOptions
	refused bool // a statement was refused as the database would have: a rollback is left
	// kept counts the transactions that have committed inside this one, and at
	// tells how many there were when a savepoint was opened.
	kept int
	at   map[string]int
}

// watchedConn is a Conn whose driver can cancel native code.
type watchedConn struct {
	*Conn
	watcher drivers.Watcher
}

// Watch implements [drivers.Watcher].
func (c *watchedConn) Watch(ctx context.Context) func(error) error { return c.watcher.Watch(ctx) }

// State implements [drivers.Conn].
func (c *Conn) State() drivers.TxState {
	p := c.pool
	p.mu.Lock()
	conn, top, over, begun, lost := p.real, p.topLocked(), p.over, c.begun, c.lost
	p.mu.Unlock()
	switch {
	case over != nil || lost || conn == nil:
		return drivers.TxLost
	case !begun:
		return drivers.TxIdle
	case c.refused:
		return drivers.TxFailed
	case top != c:
		return drivers.TxActive
	}
	return conn.State()
}

// Native implements [drivers.Conn].
func (c *Conn) Native() any { return c.pool.connection().Native() }

// Release implements [drivers.Conn].
func (c *Conn) Release() {
	if c.State() != drivers.TxIdle {
		c.Destroy()
	}
}

// Destroy implements [drivers.Conn]: what a lost connection takes with it is
// rolled back.
func (c *Conn) Destroy() {
	ctx, cancel := context.WithTimeout(context.Background(), c.pool.cfg.Patience)
	defer cancel()
	_, _ = c.Run(ctx, &drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpRollback}}})
}

// CopyIn implements [drivers.Copier].
func (c *Conn) CopyIn(ctx context.Context, sql string, data io.Reader) (int64, error) {
	to, ok := c.pool.connection().(drivers.Copier)
	if !ok {
		return 0, c.pool.refuse("%s has no COPY FROM STDIN", c.pool.desc.Driver)
	}
	if err := c.enter(ctx); err != nil {
		return 0, err
	}
	defer c.pool.giveTurn()
	return to.CopyIn(ctx, sql, data)
}

// enter waits until c may use the connection: no transaction is open inside of
// its own. Whoever has entered gives the turn back.
func (c *Conn) enter(ctx context.Context) error {
	late := time.NewTimer(c.pool.cfg.Patience)
	defer late.Stop()
	for {
		select {
		case <-c.pool.turn:
		case <-ctx.Done():
			return ctx.Err()
		}
		c.pool.look("native code")
		changed, err := c.mayUse()
		if changed == nil && err == nil {
			return nil
		}
		c.pool.giveTurn()
		if err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			return c.pool.refuse("a transaction that was begun inside of this one is still open; "+
				"waited %v for it", c.pool.cfg.Patience)
		}
	}
}

// mayUse returns what to wait for, or nil.
func (c *Conn) mayUse() (changed <-chan struct{}, err error) {
	p := c.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.over != nil:
		return nil, p.over
	case c.lost:
		return nil, p.refuse("the transaction around this one was rolled back")
	case c.begun && p.topLocked() != c:
		return p.changed, nil
	case p.rows != nil && p.rows.conn != c:
		return nil, p.refuse("rows of the transaction around are open: read them with Collect first")
	}
	return nil, nil
}

// push begins c's transaction inside of those that are open.
func (c *Conn) push() {
	p := c.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	c.begun = true
	p.stack = append(p.stack, c)
}

// pop ends c's transaction, and those inside of it.
func (c *Conn) pop() {
	p := c.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.Index(p.stack, c)
	for _, inner := range p.stack[at+1:] {
		inner.begun, inner.lost = false, true
	}
	p.stack = p.stack[:at]
	c.begun, c.refused, c.kept, c.at = false, false, 0, nil
	p.changedLocked()
}

// around is the transaction that c's lies in, or nil.
func (c *Conn) around() *Conn {
	p := c.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := slices.Index(p.stack, c); at > 0 {
		return p.stack[at-1]
	}
	return nil
}
