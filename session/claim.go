package session

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// claim is the lock of a RunSync where it is a row of a table: on a database that
// keeps no locks with names, or because SyncOptions.LeaseTable says so. Such a
// lock does not end with a connection, so it is a lease: whoever has it renews it,
// by counting a beat, and whoever waits takes it over when it has seen the same
// beat for as long as the lease lasts. No clock is compared with another.
//
// Each taking raises the token of the row, which fences off those that had the
// lock before: a statement is sent only after the row has been renewed with our
// token, and a transaction is committed only together with a change of the row.
type claim struct {
	engine *Engine
	table  leaseTable
	holder string        // who we are, in the row
	lasts  time.Duration // without a beat
	// own is the connection of the RunSync where no other one could write: on a
	// database with a single writer, and where there is one connection at most. The
	// lease is renewed between statements then.
	own *lease

	seen sighting // of others' rows

	mu    sync.Mutex // guards token, lost, and the renewing
	token int64      // ours
	lost  error      // why we have it no more

	stop, stopped chan struct{} // of the goroutine that renews
}

// sighting is a row that did not change since we first saw it.
type sighting struct {
	row  leaseRow
	when time.Time
}

// leases reports whether the locks of RunSync are rows of a table.
func (e *Engine) leases(o *SyncOptions) bool {
	l := e.desc.Capabilities.Locks
	return o.LeaseTable != "" || !l.Conn && !l.Tx && e.around == nil
}

func (p *pinned) newClaim() *claim {
	e := p.engine
	c := &claim{engine: e, table: newLeaseTable(p.opts.LeaseTable, p.lock.Name), lasts: p.opts.PeerTimeout,
		holder: signature()}
	if e.desc.Capabilities.SingleWriter || e.desc.MaxConns < 2 {
		c.own = p.lease
	}
	return c
}

// signature is what the row says of us: process, machine, and something that
// nobody else has.
func signature() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%d %.100s %s", os.Getpid(), host, rand.Text())
}

// apart runs fn outside of the transaction of the RunSync. Its statements take
// effect one by one.
func (c *claim) apart(ctx context.Context, fn func(ctx context.Context, s *Session) error) error {
	s := c.engine.Session()
	defer s.Close()
	if c.own != nil {
		s.home = &lease{engine: c.engine, conn: c.own.conn}
		defer func() { c.own.broken = c.own.broken || s.home.broken }()
	}
	s.alone()
	if err := fn(ctx, s); err != nil {
		return err
	}
	return s.endPlain()
}

// try takes the lock if nobody has it. A holder that is about to commit may be in
// the way, for longer than it should be if it is frozen.
func (c *claim) try(ctx context.Context) (taken bool, err error) {
	limited, cancel := context.WithTimeout(ctx, c.lasts)
	defer cancel()
	for range 2 {
		err = c.apart(limited, func(ctx context.Context, s *Session) error {
			taken, err = c.bid(ctx, s)
			return err
		})
		if KindOf(err) != KindConnLost {
			break // else it may have been granted: the row tells
		}
	}
	if inTheWay(err) || err != nil && limited.Err() != nil && ctx.Err() == nil {
		return false, nil
	}
	return taken && err == nil, err
}

// inTheWay reports whether others were just using the row.
func inTheWay(err error) bool {
	k := KindOf(err)
	return k == KindLockTimeout || k == KindDeadlock || k == KindSerialization
}

func (c *claim) bid(ctx context.Context, s *Session) (bool, error) {
	row, err := c.table.row(ctx, s)
	switch {
	case err != nil:
		return false, err
	case row.Holder == c.holder:
		c.token = row.Token
		return true, nil
	case !c.isFree(row):
		return false, nil
	}
	ok, err := c.table.take(ctx, s, row, c.holder, c.lasts)
	if ok && err == nil {
		c.token = row.Token + 1
	}
	return ok, err
}

// isFree reports whether a lease is nobody's, or has not been renewed for as long
// as it lasts.
func (c *claim) isFree(row *leaseRow) bool {
	if row.Token != c.seen.row.Token || row.Beat != c.seen.row.Beat || c.seen.when.IsZero() {
		c.seen.when = time.Now()
	}
	c.seen.row = *row
	return row.Holder == nobody || time.Since(c.seen.when) >= row.lasts()
}

// confirm renews the lease, or fails if it is ours no more.
func (c *claim) confirm(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost != nil || c.inTx() {
		return c.lost
	}
	err := c.renew(ctx)
	if KindOf(err) == KindConnLost && ctx.Err() == nil {
		err = c.renew(ctx) // a beat too many does not matter
	}
	switch {
	case err == nil:
		return nil
	case isContext(err) && ctx.Err() != nil:
		return err
	case c.lost == nil:
		c.lost = &failure{is: ErrLockLost, cause: err, text: "the lease could not be renewed"}
	}
	return c.lost
}

// inTx reports whether the only connection is in its transaction: what becomes of
// the lease is seen at its end. With a single writer nothing can.
func (c *claim) inTx() bool { return c.own != nil && c.own.conn.State() != drivers.TxIdle }

// renew counts a beat. It notes when somebody else has the lease.
func (c *claim) renew(ctx context.Context) error {
	ours := false
	err := c.apart(ctx, func(ctx context.Context, s *Session) (err error) {
		ours, err = c.table.beat(ctx, s, c.token)
		return err
	})
	if err == nil && !ours {
		c.lost = c.takenOver()
		return c.lost
	}
	return err
}

func (c *claim) takenOver() error {
	return refuse(ErrLockLost, "the lease was taken over, and nothing more is run (token %d)", c.token)
}

// fence makes the commit of a transaction depend on the token: until it is over
// nobody else can take the row, and when somebody has taken it, it fails.
func (c *claim) fence(ctx context.Context, s *Session, u *unit) error {
	step, err := c.table.fence(s, c.token)
	if err != nil {
		return err
	}
	if _, err := s.sendNow(ctx, step); err != nil {
		return err
	}
	if u.result.RowsAffected == 1 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost = c.takenOver()
	return c.lost
}

// verdict is the error of a RunSync that has lost its lease.
func (c *claim) verdict(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost == nil || errors.Is(err, ErrLockLost) {
		return err
	}
	if err == nil {
		return c.lost
	}
	return &failure{is: ErrLockLost, cause: errors.Join(c.lost, err)}
}
