//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
	known "github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// Examine implements [drivers.Examiner]. Of a database that is not known, what the
// ODBC driver says of it is all there is. No ODBC driver tells whether the
// connection is encrypted.
func (c *conn) Examine(ctx context.Context) (*drivers.Examination, error) {
	d := c.dialect
	if d.exam == nil {
		return &drivers.Examination{Product: c.facts.dbms, Version: c.facts.version}, nil
	}
	answers := known.Answers{}
	if d.examine != nil {
		if err := d.examine(ctx, c, answers); err != nil {
			return nil, err
		}
	}
	return d.exam.Take(ctx, c, answers)
}
