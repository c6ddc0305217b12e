package fakedriver

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// Pool keeps connections of one [DB].
type Pool struct {
	db    *DB
	opts  drivers.PoolOptions
	desc  *drivers.Description
	empty chan struct{} // closed when the pool is closed and its last connection too

	mu     sync.Mutex // guards the fields below
	idle   []*Conn
	open   int
	writer int // writers out, where there may be one
	stats  drivers.PoolStats
	closed bool
}

func newPool(db *DB, opts drivers.PoolOptions) *Pool {
	if opts.MaxConns == 0 {
		opts.MaxConns = db.opts.MaxConns
	}
	desc := db.opts.describe(opts.MaxConns)
	return &Pool{db: db, opts: opts, desc: desc, empty: make(chan struct{})}
}

// Describe implements [drivers.Pool].
func (p *Pool) Describe() *drivers.Description { return p.desc }

// Commits implements [drivers.Committer]: DDL commits unless it is transactional.
func (p *Pool) Commits(sql string) bool {
	if p.db.opts.Capabilities.TransactionalDDL {
		return false
	}
	switch s, _, _ := parse(sql); s.(type) {
	case *createTable, *alterTable, *dropTable:
		return true
	}
	return false
}

// Acquire implements [drivers.Pool].
func (p *Pool) Acquire(ctx context.Context, need drivers.Need) (drivers.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for {
		c := p.take(need)
		if c == nil {
			return p.dial(ctx, need)
		}
		if !need.Verified || p.ping(c) {
			return c, nil
		}
		c.Destroy()
	}
}

// take returns the kept connection that was used last, or nil.
func (p *Pool) take(need drivers.Need) *Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.idle) - 1; i >= 0; i-- {
		c := p.idle[i]
		if p.split() && c.reader != need.ReadOnly {
			continue
		}
		p.idle = append(p.idle[:i:i], p.idle[i+1:]...)
		c.out.Store(true)
		p.handOutLocked(c)
		return c
	}
	return nil
}

// handOutLocked checks that the session keeps its side of the contract.
func (p *Pool) handOutLocked(c *Conn) {
	if out := p.open - len(p.idle); out > p.opts.MaxConns {
		p.db.record.violate("%d connections are out and MaxConns is %d", out, p.opts.MaxConns)
	}
	if p.split() && !c.reader {
		if p.writer++; p.writer > 1 {
			p.db.record.violate("two connections that may write are out")
		}
	}
}

func (p *Pool) dial(ctx context.Context, need drivers.Need) (drivers.Conn, error) {
	if err := p.db.script.dialed(ctx); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errors.New("fake: the pool is closed")
	}
	c := newConn(p, need.ReadOnly)
	p.open++
	p.stats.Opened++
	p.handOutLocked(c)
	return c, nil
}

func (p *Pool) ping(c *Conn) bool {
	p.db.record.count(func(n *Counts) { n.Pings++; n.RoundTrips++ })
	return !c.isDead()
}

// leave takes a connection that was out back, or counts it as closed.
func (p *Pool) leave(c *Conn, keep bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.split() && !c.reader {
		p.writer--
	}
	if keep && !p.closed {
		p.idle = append(p.idle, c)
		return
	}
	p.gone(c)
}

func (p *Pool) gone(c *Conn) {
	c.shut()
	p.open--
	p.stats.Closed++
	if p.closed && p.open == 0 {
		close(p.empty)
	}
}

// Stats implements [drivers.Pool].
func (p *Pool) Stats() drivers.PoolStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	stats := p.stats
	stats.Open, stats.Idle = p.open, len(p.idle)
	return stats
}

// Close implements [drivers.Pool].
func (p *Pool) Close(ctx context.Context) error {
	p.shutIdle()
	select {
	case <-p.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Pool) shutIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	if p.open == 0 {
		close(p.empty)
	}
	for _, c := range p.idle {
		p.gone(c)
	}
	p.idle = nil
}

// split reports whether readers have connections of their own.
func (p *Pool) split() bool { return p.desc.Capabilities.SingleWriter && p.opts.MaxConns > 1 }

func (p *Pool) grace() time.Duration {
	if p.opts.CancelGrace > 0 {
		return p.opts.CancelGrace
	}
	return time.Second
}
