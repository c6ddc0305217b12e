package sqlite

import (
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

// timeFormat is how times are stored: the format of CURRENT_TIMESTAMP with a
// fraction, so that stored times compare with it as text. All are UTC.
const timeFormat = "2006-01-02 15:04:05.999999999"

// formatTimes spells the times among the arguments. modernc would use
// Time.String, which SQLite's functions do not understand.
func formatTimes(args []driver.NamedValue) error {
	for i := range args {
		t, ok := args[i].Value.(time.Time)
		if !ok {
			continue
		}
		t = t.UTC()
		if t.Year() < 0 || t.Year() > 9999 {
			return &stdvalue.ArgumentError{Number: i + 1, Reason: fmt.Sprintf(
				"SQLite has no text for a time in the year %d", t.Year())}
		}
		args[i].Value = t.Format(timeFormat)
	}
	return nil
}

// spelled returns a value of the current row for a string: modernc has parsed
// the text of columns declared DATE, DATETIME or TIMESTAMP, and it shall come out
// as it is stored.
func (r *rows) spelled(i int) driver.Value {
	t, ok := r.values[i].(time.Time)
	if !ok {
		return r.values[i]
	}
	types, ok := r.native.(driver.RowsColumnTypeDatabaseTypeName)
	if ok && types.ColumnTypeDatabaseTypeName(i) == "DATE" && t.Equal(t.Truncate(24*time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.UTC().Format(timeFormat)
}
