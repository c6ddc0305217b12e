package connpool

import (
	"context"
	"slices"
	"time"
)

// Bounds of the time between two sweeps. A limit may be exceeded by a quarter
// of itself, but by no more than a minute.
const (
	minSweep = 10 * time.Millisecond
	maxSweep = time.Minute
	// refillRetry is how long the maintainer waits after it could not open an
	// idle connection.
	refillRetry = 10 * time.Second
)

// maintain starts the maintainer if there is anything to maintain. It ends with
// ctx.
func (p *Pool[C]) maintain(ctx context.Context) {
	period := p.sweepPeriod()
	if period == 0 {
		return
	}
	if p.cfg.Options.MinIdleConns > 0 {
		p.refill = make(chan struct{}, 1)
	}
	p.working.Go(func() { p.maintainer(ctx, period) })
}

// sweepPeriod is zero when nothing needs a sweep.
func (p *Pool[C]) sweepPeriod() time.Duration {
	o := &p.cfg.Options
	shortest := time.Duration(0)
	for _, d := range []time.Duration{o.MaxConnLifetime, o.MaxConnIdleTime} {
		if d > 0 && (shortest == 0 || d < shortest) {
			shortest = d
		}
	}
	switch {
	case shortest > 0:
		return min(max(shortest/4, minSweep), maxSweep)
	case o.MinIdleConns > 0:
		return refillRetry
	}
	return 0
}

func (p *Pool[C]) maintainer(ctx context.Context, period time.Duration) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	p.topUp(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.sweep()
		case <-p.refill:
		}
		p.topUp(ctx)
	}
}

// sweep closes idle connections that are outdated, too old or idle for too long.
func (p *Pool[C]) sweep() {
	limit, keep := p.cfg.Options.MaxConnIdleTime, p.cfg.Options.MinIdleConns
	idle := p.pool.AcquireAllIdle() // the last used first
	kept := idle[:0]
	for _, res := range idle {
		tooLong := limit > 0 && res.IdleDuration() >= limit && len(kept) >= keep
		if tooLong || p.stale(res.Value()) {
			res.Destroy()
			continue
		}
		kept = append(kept, res)
	}
	for _, res := range slices.Backward(kept) { // the last used on top again
		res.ReleaseUnused()
	}
}

// topUp opens connections until MinIdleConns are idle or MaxConns are open. A
// server that refuses one is asked again at the next sweep.
func (p *Pool[C]) topUp(ctx context.Context) {
	for ctx.Err() == nil {
		s := p.pool.Stat()
		full := s.TotalResources() >= s.MaxResources()
		if full || int(s.IdleResources()+s.ConstructingResources()) >= p.cfg.Options.MinIdleConns {
			return
		}
		if p.pool.CreateResource(ctx) != nil {
			return
		}
	}
}

func (p *Pool[C]) wakeMaintainer() {
	select {
	case p.refill <- struct{}{}:
	default: // it is awake already, or there is none
	}
}
