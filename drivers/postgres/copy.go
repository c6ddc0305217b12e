package postgres

import (
	"context"
	"io"
)

// CopyIn implements [drivers.Copier] through pgconn, which sends the data in
// pieces and stops when the server reports an error meanwhile. When ctx ends
// first, pgconn closes the connection: a COPY cannot be left half-way.
func (c *conn) CopyIn(ctx context.Context, sql string, data io.Reader) (int64, error) {
	if err := c.ready(ctx); err != nil {
		return 0, err
	}
	tag, err := c.pg.CopyFrom(ctx, data, sql)
	if err != nil && c.pg.IsClosed() {
		err = &lostError{err}
	}
	return tag.RowsAffected(), err
}
