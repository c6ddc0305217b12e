package postgres

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers"
)

// dataKey is where a PgConn keeps its conn.
const dataKey = "github.com/sqlscope/sqlscope/drivers/postgres"

const (
	defaultCancelGrace = 2 * time.Second
	defaultPingTimeout = 2 * time.Second
)

// pool implements [drivers.Pool] on a pgxpool, its own or one handed in.
type pool struct {
	pgx    *pgxpool.Pool
	shared bool
	desc   drivers.Description
	broken error // why no connection can be used, found out when it was too late to say so

	mode        pgx.QueryExecMode
	cacheSize   int
	tracer      pgx.QueryTracer
	pingTimeout time.Duration
	cancelGrace time.Duration

	generation     atomic.Uint64
	changes        atomic.Uint64 // of tables, found out by statements that failed
	opened, closed atomic.Int64  // of a pool of our own

	beforeClose func(*pgx.Conn)
	lingering   sync.WaitGroup // goroutines of connections that were buried
}

// Describe implements [drivers.Pool].
func (p *pool) Describe() *drivers.Description { return &p.desc }

// Shared implements [drivers.Sharer].
func (p *pool) Shared() bool { return p.shared }

// Classify implements [drivers.Pool].
func (p *pool) Classify(err error) drivers.Fault { return classify(err) }

// Acquire implements [drivers.Pool].
func (p *pool) Acquire(ctx context.Context, need drivers.Need) (drivers.Conn, error) {
	if p.broken != nil {
		return nil, p.broken
	}
	for tries := p.desc.MaxConns; ; tries-- {
		lease, err := p.pgx.Acquire(ctx)
		if err != nil {
			return nil, connectError(ctx, err)
		}
		c := p.connOf(lease)
		if !need.Verified && !c.doubtful {
			return c, nil
		}
		if err = p.verify(ctx, c); err == nil {
			return c, nil
		}
		if tries <= 0 || ctx.Err() != nil {
			return nil, err
		}
	}
}

// connectError is err, but for the context's error of a limit of our own: the
// caller's context has not ended.
func connectError(ctx context.Context, err error) error {
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return &timeoutError{err}
	}
	return err
}

// connOf finds what is known of the connection from its earlier leases.
func (p *pool) connOf(lease *pgxpool.Conn) *conn {
	c := p.known(lease.Conn())
	c.pool, c.lease = p, lease
	return c
}

// known is what is kept with the connection itself.
func (p *pool) known(native *pgx.Conn) *conn {
	data := native.PgConn().CustomData()
	c, ok := data[dataKey].(*conn)
	if !ok {
		c = newConn(p, native)
		data[dataKey] = c
	}
	return c
}

// outdate is called when a connection was lost: one that is of the current
// generation ends the generation, which closes all others of the same age. A
// storm of losses after one restart of the server so does no harm to the
// connections that were made since.
func (p *pool) outdate(c *conn) {
	now := c.generation
	if p.generation.CompareAndSwap(now, now+1) {
		p.pgx.Reset()
	}
}

// Stats implements [drivers.Pool].
func (p *pool) Stats() drivers.PoolStats {
	s := p.pgx.Stat()
	stats := drivers.PoolStats{Idle: int(s.IdleConns())}
	stats.Open = stats.Idle + int(s.AcquiredConns())
	if p.shared {
		stats.Opened = s.NewConnsCount()
		stats.Closed = max(0, stats.Opened-int64(s.TotalConns()))
		return stats
	}
	stats.Opened, stats.Closed = p.opened.Load(), p.closed.Load()
	return stats
}

// Close implements [drivers.Pool].
func (p *pool) Close(ctx context.Context) error {
	if p.shared {
		return nil
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		p.pgx.Close()
		p.lingering.Wait()
	}()
	select {
	case <-closed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// adoptConfig takes over what the pool's configuration says of statements.
func (p *pool) adoptConfig(cfg *pgxpool.Config) {
	p.mode = cfg.ConnConfig.DefaultQueryExecMode
	p.tracer = cfg.ConnConfig.Tracer
	p.beforeClose = cfg.BeforeClose
	p.cacheSize = cfg.ConnConfig.StatementCacheCapacity
	if p.mode == pgx.QueryExecModeCacheDescribe {
		p.cacheSize = cfg.ConnConfig.DescriptionCacheCapacity
	}
	if p.cacheSize <= 0 && p.mode != pgx.QueryExecModeExec {
		p.mode = pgx.QueryExecModeDescribeExec
	}
	p.desc = describe(&cfg.ConnConfig.Config, int(cfg.MaxConns))
}

func describe(cfg *pgconn.Config, maxConns int) drivers.Description {
	return drivers.Description{
		Driver:   "postgres",
		Address:  address(cfg),
		MaxConns: maxConns,
		Lexical: drivers.Lexical{Placeholder: drivers.Dollar, DollarQuotes: true,
			EscapeStrings: true, NestedComments: true},
		Capabilities: drivers.Capabilities{
			Savepoints: true, TransactionalDDL: true, Returning: true,
			Isolation: []drivers.Isolation{drivers.ReadUncommitted, drivers.ReadCommitted,
				drivers.RepeatableRead, drivers.Serializable},
			ReadOnly: true, Deferrable: true, StatementTimeout: true, LockTimeout: true, Settings: true,
			Pipelining: true, Bulk: true, Remote: true, Streaming: true, MaxArgs: maxArgs,
			Locks: drivers.Locks{Conn: true, Tx: true},
		},
	}
}
