package postgres

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers"
)

// Adopt lets sessions use a pool that the application made and goes on using
// by itself; hand the result to session.New. The pool's configuration stays
// in force: its size, lifetimes, hooks, tracer, DefaultQueryExecMode (but
// simple protocol, which makes every Acquire fail) and StatementCacheCapacity.
// A cancelled statement may take 2 seconds to end before its connection is
// given up.
//
// Closing the result leaves the pool open. A connection that is lost resets
// the pool once, so that connections as old as the lost one are replaced.
func Adopt(p *pgxpool.Pool) drivers.Pool {
	cfg := p.Config()
	adopted := &pool{pgx: p, shared: true,
		pingTimeout: defaultPingTimeout, cancelGrace: defaultCancelGrace}
	adopted.adoptConfig(cfg)
	if cfg.PingTimeout > 0 {
		adopted.pingTimeout = cfg.PingTimeout
	}
	if adopted.mode == pgx.QueryExecModeSimpleProtocol {
		adopted.broken = errSimpleProtocol
	}
	return adopted
}
