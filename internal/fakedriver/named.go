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
	by, err := c.owner(ctx, l)
	if err != nil {
		return false, err
	}
	return c.db.named.take(l.Name, by), nil
}

// owner makes the trip to the server and tells who is to own the lock.
func (c *Conn) owner(ctx context.Context, l drivers.Lock) (lockOwner, error) {
	switch err := c.reach(ctx); {
	case err != nil:
		return lockOwner{}, err
	case !l.InTx && c.db.opts.Pooled:
		return lockOwner{}, drivers.ErrNotKept
	case !l.InTx:
		return lockOwner{conn: c}, nil
	case c.tx == nil:
		c.db.record.violate("TryLock of connection %d for a transaction that is not open", c.ID)
	}
	return lockOwner{c, c.tx}, nil
}

// take gives the lock to by, unless another connection holds it.
func (n *namedLocks) take(name string, by lockOwner) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if holder, held := n.held[name]; held && holder.conn != by.conn {
		return false
	}
	n.held[name] = by
	return true
}

// Unlock implements [drivers.Locker].
func (c *Conn) Unlock(ctx context.Context, l drivers.Lock) error {
	defer c.enter("Unlock")()
	if err := c.reach(ctx); err != nil {
		return err
	}
	return c.db.named.drop(l.Name, c)
}

// drop frees the lock that the connection holds.
func (n *namedLocks) drop(name string, by *Conn) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.held[name].conn != by {
		return Errorf(drivers.KindSyntax, "the lock is not held")
	}
	delete(n.held, name)
	return nil
}

// Holder implements [drivers.Locker].
func (c *Conn) Holder(ctx context.Context, name string) (*drivers.Holder, error) {
	defer c.enter("Holder")()
	if err := c.reach(ctx); err != nil {
		return nil, err
	}
	holder, held := c.db.named.holder(name)
	if !held {
		return nil, nil
	}
	return &drivers.Holder{Connection: strconv.Itoa(holder.conn.ID), Host: "fake"}, nil
}

func (n *namedLocks) holder(name string) (lockOwner, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	holder, held := n.held[name]
	return holder, held
}

// reach is the trip to the server.
func (c *Conn) reach(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.gone() {
		return c.lose(nil)
	}
	c.db.record.trip()
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
