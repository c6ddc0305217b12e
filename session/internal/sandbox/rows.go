package sandbox

import (
	"database/sql/driver"

	"github.com/sqlscope/sqlscope/drivers"
)

// rows keep others from the connection until they are closed.
type rows struct {
	drivers.Rows
	conn *Conn
}

func (c *Conn) open(r drivers.Rows) drivers.Rows {
	open := &rows{r, c}
	c.pool.mu.Lock()
	defer c.pool.mu.Unlock()
	c.pool.rows = open
	return open
}

func (r *rows) finish() {
	p := r.conn.pool
	p.mu.Lock()
	open := p.rows == r
	if open {
		p.rows = nil
		p.changedLocked()
	}
	p.mu.Unlock()
	if open {
		p.look("a query")
	}
}

// Next implements [drivers.Rows].
func (r *rows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.finish()
	return false
}

// Close implements [drivers.Rows].
func (r *rows) Close() error {
	err := r.Rows.Close()
	r.finish()
	return err
}

// Abort implements [drivers.Aborter].
func (r *rows) Abort() error {
	defer r.finish()
	if a, ok := r.Rows.(drivers.Aborter); ok {
		return a.Abort()
	}
	return r.Rows.Close()
}

// ReadValues implements [drivers.ValueReader].
func (r *rows) ReadValues(dest []driver.Value) error {
	if v, ok := r.Rows.(drivers.ValueReader); ok {
		return v.ReadValues(dest)
	}
	values, err := r.Values()
	for i := range values {
		dest[i] = values[i]
	}
	return err
}

// ColumnType implements [drivers.ColumnTyper].
func (r *rows) ColumnType(i int) drivers.ColumnType {
	if t, ok := r.Rows.(drivers.ColumnTyper); ok {
		return t.ColumnType(i)
	}
	return drivers.ColumnType{}
}
