package sqlite

import (
	"database/sql/driver"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

// ReadValues implements [drivers.ValueReader]. The values are modernc's own:
// columns declared DATE, DATETIME or TIMESTAMP give a time.Time.
func (r *rows) ReadValues(dest []driver.Value) error {
	if !r.on {
		return errNoRow
	}
	for i, v := range r.values {
		if b, ok := v.([]byte); ok {
			v = r.blob(b)
		}
		dest[i] = v
	}
	r.lent = true
	return nil
}

// ColumnType implements [drivers.ColumnTyper].
func (r *rows) ColumnType(i int) drivers.ColumnType {
	if r.native == nil {
		return drivers.ColumnType{}
	}
	return stdvalue.ColumnType(r.native, i)
}
