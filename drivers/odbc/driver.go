package odbc

import (
	"context"
	"log/slog"

	"github.com/sqlscope/sqlscope/drivers"
)

// scheme begins the URLs; the rest is a connection string.
const scheme = "odbc"

// Driver answers to URLs that begin with "odbc:", which any ODBC connection
// string follows. Hand it to session.Open; see the package comment.
var Driver drivers.Driver = opener{}

type opener struct{}

// Schemes implements [drivers.Driver].
func (opener) Schemes() []string { return []string{scheme} }

// Open implements [drivers.Driver]. It dials nothing if the database can be told
// by its ODBC driver's name, and connects once to ask otherwise.
func (opener) Open(ctx context.Context, cfg drivers.Config) (drivers.Pool, error) {
	text, own, err := parseURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	return open(ctx, text, Options{Pool: cfg.Pool, Logger: cfg.Logger, MaxAbandoned: own.maxAbandoned})
}

// Options are what [New] takes beside a connection string.
type Options struct {
	// Pool are the options of the pool; what is 0 has session.Options' defaults.
	Pool drivers.PoolOptions
	// MaxAbandoned is how many calls that did not return may be left behind, each
	// with its thread and its connection, before new connections are refused; see
	// the package's comment on cancellation for what is done to make room.
	// Default: Pool.MaxConns.
	MaxAbandoned int
	// Logger gets what goes wrong behind the scenes; default: nobody.
	Logger *slog.Logger
}

// New makes a pool of a connection string, without the scheme; hand it to
// session.New. Like session.Open it connects only if the database cannot be told
// by its ODBC driver's name.
func New(ctx context.Context, connString string, opts Options) (drivers.Pool, error) {
	settings, err := parseSettings(connString)
	if err != nil {
		return nil, err
	}
	return open(ctx, settings, opts)
}
