package postgres

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers"
)

// Driver answers to URLs that begin with "postgres://" or "postgresql://".
// Hand it to session.Open.
var Driver drivers.Driver = driver{}

type driver struct{}

// Schemes implements [drivers.Driver].
func (driver) Schemes() []string { return []string{"postgres", "postgresql"} }

// Open implements [drivers.Driver]. Connections are dialled when they are
// needed, or, for PoolOptions.MinIdleConns, in the background.
func (driver) Open(ctx context.Context, cfg drivers.Config) (drivers.Pool, error) {
	parsed, err := parseURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	p := &pool{
		pingTimeout: cmp.Or(cfg.Pool.PingTimeout, defaultPingTimeout),
		cancelGrace: cmp.Or(cfg.Pool.CancelGrace, defaultCancelGrace),
	}
	p.configure(parsed, &cfg.Pool)
	p.adoptConfig(parsed)
	if p.pgx, err = pgxpool.NewWithConfig(ctx, parsed); err != nil {
		return nil, err
	}
	return p, nil
}

// configure translates the pool's options.
func (p *pool) configure(cfg *pgxpool.Config, o *drivers.PoolOptions) {
	cfg.MaxConns = int32(min(max(o.MaxConns, 1), math.MaxInt32))
	cfg.MinIdleConns = int32(min(o.MinIdleConns, int(cfg.MaxConns)))
	cfg.MaxConnLifetime = o.MaxConnLifetime
	cfg.MaxConnLifetimeJitter = o.MaxConnLifetimeJitter
	cfg.MaxConnIdleTime = cmp.Or(o.MaxConnIdleTime, math.MaxInt64) // pgxpool has no "no limit"
	cfg.HealthCheckPeriod = checkEvery(cfg.MaxConnIdleTime)
	cfg.ShouldPing = p.pingLater(o)
	if o.ConnectTimeout > 0 {
		cfg.ConnConfig.ConnectTimeout = o.ConnectTimeout
	}
	cfg.AfterConnect = func(context.Context, *pgx.Conn) error {
		p.opened.Add(1)
		return nil
	}
	cfg.BeforeClose = func(*pgx.Conn) { p.closed.Add(1) }
}

// checkEvery is how often idle connections are looked at.
func checkEvery(idle time.Duration) time.Duration {
	return min(max(idle/2, 100*time.Millisecond), time.Minute)
}
