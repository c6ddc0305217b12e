package scopedsql

import (
	"context"
	"database/sql/driver"
	"io"
	"reflect"

	"github.com/sqlscope/sqlscope/session"
)

// rows implements [driver.Rows] and what database/sql asks of columns.
type rows struct {
	rows  *session.Rows
	place place
	asked context.Context // the query's, before a scope was opened for it
	txCtx context.Context // that of the *sql.Tx, if there is one
	limit int
	kept  kept
}

// Columns implements [driver.Rows].
func (r *rows) Columns() []string { return r.rows.Columns() }

// Next implements [driver.Rows].
func (r *rows) Next(dest []driver.Value) error {
	if more, err := r.kept.next(dest); more || err != nil {
		return err
	}
	if r.rows.Next() {
		return r.rows.DriverValues(dest)
	}
	// Another goroutine may have taken the session meanwhile.
	if more, err := r.kept.next(dest); more || err != nil {
		return err
	}
	if err := r.rows.Err(); err != nil {
		return final(err)
	}
	return io.EOF
}

// Close implements [driver.Rows]. When a context has ended it may come from a
// goroutine of database/sql's, which must not enter a session that others use:
// whoever uses that next closes the rows.
func (r *rows) Close() error {
	if r.place.own == nil && r.ended() {
		r.rows.Abandon()
		return nil
	}
	return final(r.place.end(r.rows.Close()))
}

func (r *rows) ended() bool {
	return r.asked.Err() != nil || r.txCtx != nil && r.txCtx.Err() != nil
}

// columnType is what is known of a column, also after the rows were kept.
func (r *rows) columnType(i int) session.ColumnType {
	if types := r.kept.columnTypes(); types != nil {
		return types[i]
	}
	return r.rows.ColumnType(i)
}

// ColumnTypeDatabaseTypeName implements [driver.RowsColumnTypeDatabaseTypeName].
func (r *rows) ColumnTypeDatabaseTypeName(i int) string { return r.columnType(i).Name }

// ColumnTypeScanType implements [driver.RowsColumnTypeScanType].
func (r *rows) ColumnTypeScanType(i int) reflect.Type {
	if t := r.columnType(i).Scan; t != nil {
		return t
	}
	return reflect.TypeFor[any]()
}

// ColumnTypeLength implements [driver.RowsColumnTypeLength].
func (r *rows) ColumnTypeLength(i int) (length int64, ok bool) {
	t := r.columnType(i)
	return t.Length, t.HasLength
}

// ColumnTypeNullable implements [driver.RowsColumnTypeNullable].
func (r *rows) ColumnTypeNullable(i int) (nullable, ok bool) {
	t := r.columnType(i)
	return t.Nullable, t.HasNullable
}

// ColumnTypePrecisionScale implements [driver.RowsColumnTypePrecisionScale].
func (r *rows) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	t := r.columnType(i)
	return t.Precision, t.Scale, t.HasDecimal
}
