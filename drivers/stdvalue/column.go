package stdvalue

import (
	"database/sql/driver"

	"github.com/sqlscope/sqlscope/drivers"
)

// ColumnType is what a client library's rows tell of their i-th column.
func ColumnType(rows driver.Rows, i int) (t drivers.ColumnType) {
	if r, ok := rows.(driver.RowsColumnTypeDatabaseTypeName); ok {
		t.Name = r.ColumnTypeDatabaseTypeName(i)
	}
	if r, ok := rows.(driver.RowsColumnTypeScanType); ok {
		t.Scan = r.ColumnTypeScanType(i)
	}
	if r, ok := rows.(driver.RowsColumnTypeLength); ok {
		t.Length, t.HasLength = r.ColumnTypeLength(i)
	}
	if r, ok := rows.(driver.RowsColumnTypeNullable); ok {
		t.Nullable, t.HasNullable = r.ColumnTypeNullable(i)
	}
	if r, ok := rows.(driver.RowsColumnTypePrecisionScale); ok {
		t.Precision, t.Scale, t.HasDecimal = r.ColumnTypePrecisionScale(i)
	}
	return t
}
