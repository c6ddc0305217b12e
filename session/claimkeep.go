package session

import (
	"context"
	"errors"
	"time"
)

// beats is how often a lease is renewed while it lasts.
const beats = 3

// keep renews the lease until it is given up, so that a statement may run for
// longer than it lasts. A single writer need not: while its statement runs, nobody
// can take the lease.
func (c *claim) keep() {
	if c.own != nil {
		return
	}
	c.stop, c.stopped = make(chan struct{}), make(chan struct{})
	go func() { // release waits for it
		defer close(c.stopped)
		ticker := time.NewTicker(c.lasts / beats)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				c.beat()
			case <-c.stop:
				return
			}
		}
	}()
}

// beat renews the lease once. What goes wrong is seen by the next statement,
// which asks again.
func (c *claim) beat() {
	ctx, cancel := context.WithTimeout(context.Background(), c.lasts/beats)
	defer cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost != nil {
		return
	}
	if err := c.renew(ctx); err != nil {
		c.engine.opts.Logger.Warn("session: a lease was not renewed", "name", c.table.name, "error", err)
	}
}

// release gives up the lease; usable tells whether the connection of the RunSync
// is. If that cannot be told to the database, others have
// to wait until it has run out.
func (c *claim) release(usable bool) {
	if c.stop != nil {
		close(c.stop)
		<-c.stopped
	}
	if c.lost != nil || c.own != nil && !usable {
		return
	}
	c.free()
}

// forget gives up a lease that may have been granted all the same, when the wait
// for it failed.
func (c *claim) forget(err error) {
	var late *LockTimeoutError
	if !errors.As(err, &late) {
		c.free()
	}
}

func (c *claim) free() {
	ctx, cancel := context.WithTimeout(context.Background(), c.engine.opts.EndTimeout)
	defer cancel()
	err := c.apart(ctx, func(ctx context.Context, s *Session) error {
		return c.table.free(ctx, s, c.holder)
	})
	if err != nil && !mayLackTable(err) {
		c.engine.opts.Logger.Warn("session: a lease could not be given up; it has to run out",
			"name", c.table.name, "error", err)
	}
}
