package mysql

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
)

// Driver answers to URLs that begin with "mysql://", for MySQL and MariaDB, or
// "mariadb://", for MariaDB and what only it can do. Hand it to session.Open;
// see the package comment for its URLs.
var Driver drivers.Driver = opener{}

type opener struct{}

// Schemes implements [drivers.Driver].
func (opener) Schemes() []string { return []string{schemeMySQL, schemeMariaDB} }

// Open implements [drivers.Driver]. Connections are dialled when they are
// needed, or, for PoolOptions.MinIdleConns, in the background.
func (opener) Open(_ context.Context, cfg drivers.Config) (drivers.Pool, error) {
	s, err := parseURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	s.opts.Pool, s.opts.Logger = cfg.Pool, cfg.Logger
	return newPool(s)
}

// maxArgs is what a prepared statement takes, which a statement too large for
// one packet becomes.
const maxArgs = 65535

var lexical = drivers.Lexical{
	Placeholder:      drivers.Question,
	BackslashEscapes: true,
	Backticks:        true,
	HashComments:     true,
	DashSpace:        true,
}

func describe(s *settings) *drivers.Description {
	d := &drivers.Description{
		Driver:   "mysql",
		Address:  s.address(),
		MaxConns: s.opts.Pool.MaxConns,
		Lexical:  lexical,
		Capabilities: drivers.Capabilities{
			Savepoints:   true,
			LastInsertID: true,
			Isolation: []drivers.Isolation{drivers.ReadUncommitted, drivers.ReadCommitted,
				drivers.RepeatableRead, drivers.Serializable},
			ReadOnly:    true,
			LockTimeout: true,
			Remote:      true,
			Streaming:   true,
			Bulk:        true,
			MaxArgs:     maxArgs,
			Locks:       drivers.Locks{Conn: true},
		},
	}
	if s.opts.MariaDB {
		d.Driver = "mariadb"
		d.Capabilities.Returning = true
		// MySQL's max_execution_time ends SELECT only, so that it is no limit.
		d.Capabilities.StatementTimeout = true
	}
	return d
}
