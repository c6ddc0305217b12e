package connpool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/jackc/puddle/v2"

	"github.com/sqlscope/sqlscope/drivers"
)

// Pool keeps up to MaxConns connections. It is safe for concurrent use.
type Pool[C any] struct {
	cfg        Config[C]
	pool       *puddle.Pool[*entry[C]]
	generation atomic.Uint64
	opened     atomic.Int64
	closed     atomic.Int64

	refill  chan struct{} // wakes the maintainer; nil without MinIdleConns
	stop    context.CancelFunc
	working sync.WaitGroup // the maintainer; Close waits for it
	closing sync.Once
	done    chan struct{} // closed when every connection and goroutine is gone
}

// New returns a pool. It opens nothing yet, unless Options.MinIdleConns asks for
// it: those are opened in the background.
func New[C any](cfg Config[C]) (*Pool[C], error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &Pool[C]{cfg: cfg, stop: stop, done: make(chan struct{})}
	var err error
	p.pool, err = puddle.NewPool(&puddle.Config[*entry[C]]{
		Constructor: p.open,
		Destructor:  p.destroy,
		MaxSize:     int32(min(cfg.MaxConns, 1<<30)),
	})
	if err != nil {
		stop()
		return nil, err
	}
	p.maintain(ctx)
	return p, nil
}

// Acquire returns a lease on a connection: a kept one or, when there is none and
// fewer than MaxConns are open, a new one; otherwise it waits its turn. With
// verified set the connection has answered a ping just now or is new.
//
// The error is that of Config.Open, [ErrConnectTimeout], [ErrClosed] or the
// context's own.
func (p *Pool[C]) Acquire(ctx context.Context, verified bool) (*Lease[C], error) {
	for {
		res, err := p.take(ctx)
		if err != nil {
			return nil, err
		}
		usable, err := p.check(ctx, res, verified)
		if usable {
			res.Value().used = true
			return &Lease[C]{pool: p, res: res}, nil
		}
		res.Destroy()
		if err != nil {
			return nil, err
		}
	}
}

// take waits for a connection, good or not.
func (p *Pool[C]) take(ctx context.Context) (*puddle.Resource[*entry[C]], error) {
	res, err := p.pool.Acquire(ctx)
	if errors.Is(err, puddle.ErrClosedPool) {
		return nil, ErrClosed
	}
	if err == nil {
		p.wakeMaintainer()
	}
	return res, err
}

// Invalidate reports that a connection of a generation was lost: all connections
// that are not younger are replaced before they are handed out again. A report
// of a generation that is outdated already changes nothing.
func (p *Pool[C]) Invalidate(generation uint64) {
	p.generation.CompareAndSwap(generation, generation+1)
}

// Stats returns a snapshot. Connections that are being opened are not counted,
// those that are being closed are.
func (p *Pool[C]) Stats() drivers.PoolStats {
	// Not all from puddle, which goes on counting a connection that was opened
	// ahead while the pool was being closed. The order keeps Open from being
	// negative.
	idle, closed := int(p.pool.Stat().IdleResources()), p.closed.Load()
	opened := p.opened.Load()
	open := int(opened - closed)
	return drivers.PoolStats{Open: open, Idle: min(idle, open), Opened: opened, Closed: closed}
}

// Close closes idle connections at once and the others when they are released.
// It returns nil when all are closed and the pool's goroutines have ended, or an
// error that wraps that of ctx when ctx ended first. It may be called again.
func (p *Pool[C]) Close(ctx context.Context) error {
	p.closing.Do(func() {
		p.stop()
		go func() { // ends when the last lease is back; waited for through done
			p.pool.Close()
			p.working.Wait()
			close(p.done)
		}()
	})
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("connpool: %d connections are still in use: %w",
			p.pool.Stat().AcquiredResources(), ctx.Err())
	}
}
