package sqlite

import (
	"context"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
)

// Driver opens SQLite databases. It is handed to session.Open; see the package
// comment for its URLs.
var Driver drivers.Driver = opener{}

type opener struct{}

// Schemes returns "sqlite".
func (opener) Schemes() []string { return []string{scheme} }

// Open checks the URL and the options. It does not touch the file.
func (opener) Open(_ context.Context, cfg drivers.Config) (drivers.Pool, error) {
	opts, err := parseURL(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	return newPool(opts, cfg.Pool)
}

func describe(opts *options, maxConns int) *drivers.Description {
	return &drivers.Description{
		Driver:   "sqlite",
		Address:  opts.address(),
		MaxConns: maxConns,
		Lexical: drivers.Lexical{
			Placeholder: drivers.Question,
			Backticks:   true,
			Brackets:    true,
		},
		Capabilities: drivers.Capabilities{
			Savepoints:       true,
			TransactionalDDL: true,
			Returning:        true,
			LastInsertID:     true,
			Isolation:        []drivers.Isolation{drivers.Serializable},
			ReadOnly:         true,
			LockTimeout:      true,
			SingleWriter:     !opts.memory, // in memory readers have no connection of their own
			Streaming:        true,
			Locks:            drivers.Locks{Conn: true},
			Bulk:             true,
			MaxArgs:          32766, // SQLITE_MAX_VARIABLE_NUMBER, https://www.sqlite.org/limits.html
		},
	}
}
