package drivertest

import (
	"database/sql"
	"database/sql/driver"
	"math"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// driverValueCases are about rows that are read by database/sql.
var driverValueCases = []Case{
	{
		Name: "Rows can be read as database/sql reads them",
		Rule: "DriverValues gives driver values that database/sql converts to what was written, " +
			"and nil for NULL; the values of a row stay until the next row.",
		Run: driverValues,
	},
	{
		Name: "Columns have the names of their types, if any has",
		Rule: "A driver that knows the types of columns names each of them, whatever the row holds.",
		Run:  columnTypes,
	},
}

// aValue is a value that is written, and how database/sql reads it.
type aValue struct {
	column column
	value  any
	check  func(t *T, got driver.Value)
}

func written[V any](col column, value V) aValue {
	return aValue{col, value, func(t *T, got driver.Value) {
		t.Helper()
		if !driver.IsValue(got) {
			t.Errorf("a %T is no driver.Value", got)
		}
		var read sql.Null[V] // its Scan is database/sql's conversion
		if err := read.Scan(got); err != nil || !read.Valid || !same(any(read.V), any(value)) {
			t.Errorf("wrote %s, database/sql reads %s (%T), error %v", short(value), short(read.V), got, err)
		}
	}}
}

func someValues() []aValue {
	return []aValue{
		written(integer, int64(math.MinInt64)), written(float, -math.Pi), written(text, "日本 🙂 text"),
		written(blob, []byte{0, 255, 'x'}), written(decimal, "12345678901234.123456"),
		written(boolean, true), written(timestamp, time.Date(2024, 2, 29, 23, 59, 59, 123456000, time.UTC)),
	}
}

// valuesTable has a column for each value and a row of them, between two rows of
// NULLs.
func (t *T) valuesTable(s *session.Session) string {
	t.Helper()
	columns, names, marks := []string{"id " + t.Spell.Key}, "id", "?"
	args, nulls := []any{2}, []any{1}
	for i, v := range someValues() {
		name := string(rune('a' + i))
		columns = append(columns, name+" "+v.column(&t.Spell)+" NULL")
		names, marks = names+", "+name, marks+", ?"
		args, nulls = append(args, v.value), append(nulls, nil)
	}
	table := t.Table("driver_values", columns...)
	for _, row := range [][]any{nulls, args, append([]any{3}, nulls[1:]...)} {
		_, err := s.Exec(t.Context(), "INSERT INTO "+table+" ("+names+") VALUES ("+marks+")", row...)
		t.NoErr("INSERT", err)
	}
	return table
}

func driverValues(t *T) {
	s := t.Session()
	rows, err := s.Query(t.Context(), "SELECT * FROM "+t.valuesTable(s)+" ORDER BY id")
	t.NoErr("SELECT", err)
	defer rows.Close()
	values := someValues()
	for id := int64(1); rows.Next(); id++ {
		row := make([]driver.Value, 1+len(values))
		t.NoErr("DriverValues", rows.DriverValues(row))
		written(integer, id).check(t, row[0])
		for i, v := range values {
			switch got := row[1+i]; {
			case id == 2:
				v.check(t, got)
			case got != nil:
				t.Errorf("NULL comes as %s", short(got))
			}
		}
	}
	t.NoErr("the rows", rows.Err())
}

func columnTypes(t *T) {
	s := t.Session()
	rows, err := s.Query(t.Context(), "SELECT * FROM "+t.valuesTable(s)+" ORDER BY id")
	t.NoErr("SELECT", err)
	defer rows.Close()
	Equal(t, "there is a row", rows.Next(), true)
	known := rows.ColumnType(0).Name != ""
	for i, name := range rows.Columns() {
		ct := rows.ColumnType(i)
		if (ct.Name != "") != known {
			t.Errorf("column %q is %+v", name, ct)
		}
	}
}
