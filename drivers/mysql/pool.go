package mysql

import (
	"context"
	"fmt"

	gomysql "github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
	"github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// pool implements [drivers.Pool] on connpool.
type pool struct {
	*settings
	desc  *drivers.Description
	dials *dialer
	kills *killer // nil: statements are cancelled by closing
	conns *connpool.Pool[*link]
}

func newPool(s *settings) (*pool, error) {
	if err := s.complete(); err != nil {
		return nil, fmt.Errorf("mysql: %w", err)
	}
	p := &pool{settings: s}
	var err error
	if p.dials, err = newDialer(s.cfg); err != nil {
		return nil, err
	}
	if s.opts.Cancel == CancelByKill {
		if p.kills, err = newKiller(s.cfg); err != nil {
			return nil, err
		}
	}
	p.desc = describe(s)
	p.conns, err = connpool.New(connpool.Config[*link]{
		Open:     p.connect,
		Close:    (*link).close,
		Ping:     func(ctx context.Context, l *link) error { return l.ping(ctx) },
		Options:  s.opts.Pool,
		MaxConns: s.opts.Pool.MaxConns,
	})
	return p, err
}

// newDialer makes the library check the configuration.
func newDialer(cfg *gomysql.Config) (*dialer, error) {
	d := &dialer{user: cfg.DialFunc}
	cfg = cfg.Clone()
	cfg.DialFunc = d.dial
	var err error
	if d.connector, err = gomysql.NewConnector(cfg); err != nil {
		return nil, fmt.Errorf("mysql: %w", err)
	}
	return d, nil
}

// Describe implements [drivers.Pool].
func (p *pool) Describe() *drivers.Description { return p.desc }

// Acquire implements [drivers.Pool].
func (p *pool) Acquire(ctx context.Context, need drivers.Need) (drivers.Conn, error) {
	lease, err := p.conns.Acquire(ctx, need.Verified)
	if err != nil {
		return nil, err
	}
	return newConn(lease), nil
}

// Classify implements [drivers.Pool].
func (p *pool) Classify(err error) drivers.Fault { return classify(err) }

// Commits implements [drivers.Committer].
func (p *pool) Commits(sql string) bool { return dialect.MySQLCommits(sql) }

// Stats implements [drivers.Pool]. Connections that send KILL are not counted.
func (p *pool) Stats() drivers.PoolStats { return p.conns.Stats() }

// Close implements [drivers.Pool].
func (p *pool) Close(ctx context.Context) error {
	defer p.kills.close()
	return p.conns.Close(ctx)
}
