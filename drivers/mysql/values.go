package mysql

import (
	"database/sql/driver"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

// ReadValues implements [drivers.ValueReader]. The values are the library's own:
// text comes as []byte.
func (r *rows) ReadValues(dest []driver.Value) error {
	if !r.on {
		return errNoRow
	}
	copy(dest, r.values)
	return nil
}

// ColumnType implements [drivers.ColumnTyper].
func (r *rows) ColumnType(i int) drivers.ColumnType {
	if r.native == nil {
		return drivers.ColumnType{}
	}
	return stdvalue.ColumnType(r.native, i)
}
