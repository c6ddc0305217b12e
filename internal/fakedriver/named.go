package fakedriver

import (
	"context"
	"strconv"
	"sync"

	"github.com/sqlscope/sqlscope/drivers"
)

// namedLocks are the locks that connections and transactions can take by name.
type namedLocks struct {
	mu   sync.Mutex // guards held
	held map[string]lockOwner
}

// lockOwner is who has a lock: a connection or its transaction.
type lockOwner struct {
	conn *Conn
	tx   *tx // nil: the connection
}

// TryLock implements [drivers.Locker].
func (c *Conn) TryLock(ctx context.Context, l drivers.Lock) (bool, error) {
	defer c.enter("TryLock")()
	switch err := c.reach(ctx); {
	case err != nil:
		return false, err
	case !l.InTx && c.db.opts.Pooled:
		return false, drivers.ErrNotKept
	case l.InTx && c.tx == nil:
		c.db.record.violate("TryLock of connection %d for a transaction that is not open", c.ID)
	}
	by := lockOwner{conn: c}
	if l.InTx {
		by.tx = c.tx
	}
	n := &c.db.named
	n.mu.Lock()
	defer n.mu.Unlock()
	if holder, held := n.held[l.Name]; held && holder.conn != c {
		return false, nil
	}
	n.held[l.Name] = by
	return true, nil
}

// Unlock implements [drivers.Locker].
func (c *Conn) Unlock(ctx context.Context, l drivers.Lock) error {
	defer c.enter("Unlock")()
	if err := c.reach(ctx); err != nil {
		return err
	}
	n := &c.db.named
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.held[l.Name].conn != c {
		return Errorf(drivers.KindSyntax, "the lock is not held")
	}
	delete(n.held, l.Name)
	return nil
}

// Holder implements [drivers.Locker].
func (c *Conn) Holder(ctx context.Context, name string) (*drivers.Holder, error) {
	defer c.enter("Holder")()
	if err := c.reach(ctx); err != nil {
		return nil, err
	}
	n := &c.db.named
	n.mu.Lock()
	defer n.mu.Unlock()
	holder, held := n.held[name]
	if !held {
		return nil, nil
	}
	return &drivers.Holder{Connection: strconv.Itoa(holder.conn.ID), Host: "fake"}, nil
}

// reach is the trip to the server.
func (c *Conn) reach(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.lost || c.isDead() {
		return c.lose(nil)
	}
	c.db.record.count(func(n *Counts) { n.RoundTrips++ })
	return nil
}

// releaseOf gives up what is held by the connection, or by the transaction.
func (n *namedLocks) releaseOf(by func(lockOwner) bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for name, holder := range n.held {
		if by(holder) {
			delete(n.held, name)
		}
	}
}
