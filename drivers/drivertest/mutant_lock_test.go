package drivertest

import (
	"context"
	"sync"

	"github.com/sqlscope/sqlscope/drivers"
)

func (c *mutantConn) TryLock(ctx context.Context, l drivers.Lock) (bool, error) {
	if try := c.pool.fault.tryLock; try != nil {
		return try(ctx, c, l)
	}
	return c.Locker.TryLock(ctx, l)
}

func (c *mutantConn) Unlock(ctx context.Context, l drivers.Lock) error {
	if unlock := c.pool.fault.unlock; unlock != nil {
		return unlock(c, l)
	}
	return c.Locker.Unlock(ctx, l)
}

func (c *mutantConn) Holder(ctx context.Context, name string) (*drivers.Holder, error) {
	if holder := c.pool.fault.holder; holder != nil {
		return holder(), nil
	}
	return c.Locker.Holder(ctx, name)
}

// grantAll gives the lock to everybody.
func grantAll(context.Context, *mutantConn, drivers.Lock) (bool, error) { return true, nil }

// keepLock says that the lock was given up and keeps it.
func keepLock(*mutantConn, drivers.Lock) error { return nil }

// ignoreNames has one lock for all names.
func ignoreNames(ctx context.Context, c *mutantConn, l drivers.Lock) (bool, error) {
	l.Name = "all"
	return c.Locker.TryLock(ctx, l)
}

func unlockAll(c *mutantConn, l drivers.Lock) error {
	l.Name = "all"
	return c.Locker.Unlock(context.Background(), l)
}

func nobody() *drivers.Holder { return nil }

// immortal keeps locks outside connections, so that they outlive them.
func immortal() fault {
	var mu sync.Mutex
	held := map[string]bool{}
	return fault{
		tryLock: func(_ context.Context, _ *mutantConn, l drivers.Lock) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			taken := !held[l.Name]
			held[l.Name] = true
			return taken, nil
		},
		unlock: func(_ *mutantConn, l drivers.Lock) error {
			mu.Lock()
			defer mu.Unlock()
			delete(held, l.Name)
			return nil
		},
	}
}
