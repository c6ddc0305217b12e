package scopedsql

import (
	"context"
	"database/sql/driver"
	"errors"
)

// stmt is a statement's text. Whoever executes it finds the place anew.
type stmt struct {
	*conn
	text string
}

// PrepareContext implements [driver.ConnPrepareContext].
func (c *conn) PrepareContext(_ context.Context, query string) (driver.Stmt, error) {
	return &stmt{c, query}, nil
}

// Prepare implements [driver.Conn].
func (c *conn) Prepare(query string) (driver.Stmt, error) { return &stmt{c, query}, nil }

// Close implements [driver.Stmt].
func (s *stmt) Close() error { return nil }

// NumInput implements [driver.Stmt]: the session counts the placeholders.
func (s *stmt) NumInput() int { return -1 }

// ExecContext implements [driver.StmtExecContext].
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.conn.ExecContext(ctx, s.text, args)
}

// QueryContext implements [driver.StmtQueryContext].
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.QueryContext(ctx, s.text, args)
}

var errNoContext = errors.New("bug: database/sql has called a statement without a context")

// Exec implements [driver.Stmt].
func (s *stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errNoContext }

// Query implements [driver.Stmt].
func (s *stmt) Query([]driver.Value) (driver.Rows, error) { return nil, errNoContext }
