package connpool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/puddle/v2"

	"github.com/sqlscope/sqlscope/drivers"
)

// entry is a connection with what the pool knows about it. Whoever holds the
// puddle resource owns it.
type entry[C any] struct {
	conn       C
	generation uint64
	expires    time.Time // zero: never
	used       bool      // it has been handed out before
}

// open is puddle's constructor. The context that puddle hands in does not end
// when the caller of Acquire gives up, see
// https://github.com/jackc/pgx/issues/1259, only when the pool is closed.
func (p *Pool[C]) open(ctx context.Context) (*entry[C], error) {
	// Read before dialling: a connection that was begun before a loss was
	// reported may have reached the server that is gone.
	e := &entry[C]{generation: p.generation.Load()}
	var err error
	if e.conn, err = p.dial(ctx); err != nil {
		return nil, err
	}
	e.expires = p.expiry(time.Now())
	p.opened.Add(1)
	return e, nil
}

// dial opens a connection within ConnectTimeout.
func (p *Pool[C]) dial(ctx context.Context) (C, error) {
	limit := p.cfg.Options.ConnectTimeout
	limited, cancel := within(ctx, limit)
	defer cancel()
	c, err := p.cfg.Open(limited)
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		//nolint:errorlint // wrapped, it would pass for the end of the caller's context
		err = fmt.Errorf("%w (%v): %v", ErrConnectTimeout, limit, err)
	}
	return c, err
}

// within is context.WithTimeout, where zero is no limit.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, limit)
}

// destroy is puddle's destructor.
func (p *Pool[C]) destroy(e *entry[C]) {
	p.cfg.Close(e.conn)
	p.closed.Add(1)
	p.wakeMaintainer()
}

func (p *Pool[C]) expiry(now time.Time) time.Time {
	life, jitter := p.cfg.Options.MaxConnLifetime, p.cfg.Options.MaxConnLifetimeJitter
	if life == 0 {
		return time.Time{}
	}
	if jitter > 0 {
		life += rand.N(jitter)
	}
	return now.Add(life)
}

// stale reports whether a connection must be replaced whoever asks for it.
func (p *Pool[C]) stale(e *entry[C]) bool {
	return e.generation != p.generation.Load() ||
		!e.expires.IsZero() && !time.Now().Before(e.expires)
}

// check reports whether a connection can be handed out. When it cannot the error
// says that there is no point in trying another one; nil means there is.
func (p *Pool[C]) check(
	ctx context.Context, res *puddle.Resource[*entry[C]], verified bool,
) (bool, error) {
	e := res.Value()
	if p.stale(e) {
		return false, nil
	}
	if !p.wantsPing(e, res.IdleDuration(), verified) {
		return true, nil
	}
	if p.ping(ctx, e) == nil {
		return true, nil
	}
	if ctx.Err() != nil { // the caller gave up, which says nothing about the server
		return false, ctx.Err()
	}
	p.Invalidate(e.generation)
	return false, nil
}

func (p *Pool[C]) wantsPing(e *entry[C], idle time.Duration, verified bool) bool {
	if p.cfg.Ping == nil || !e.used {
		return false
	}
	o := &p.cfg.Options
	return verified || o.PrePing == drivers.PingAlways ||
		o.PrePing == drivers.PingIfIdle && idle > o.PingIdleAfter
}

func (p *Pool[C]) ping(ctx context.Context, e *entry[C]) error {
	ctx, cancel := within(ctx, p.cfg.Options.PingTimeout)
	defer cancel()
	return p.cfg.Ping(ctx, e.conn)
}
