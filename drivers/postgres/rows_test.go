package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sqlscope/sqlscope/drivers"
)

// start runs a query and leaves its rows open.
func start(t testing.TB, c drivers.Conn, sql string, args ...any) drivers.Rows {
	t.Helper()
	rows, err := c.Run(t.Context(), &drivers.Flight{Steps: []drivers.Step{query(sql, args...)}})
	must(t, err)
	return rows
}

func TestScanTakesWhatPgxTakes(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	for range 3 { // text, then binary with new plans, then with kept plans
		rows := start(t, c, "select 7::int8, 'text', null::text, array[1,2], '2001-02-03'::date")
		if got := fmt.Sprint(rows.Columns()); got != "[int8 ?column? text array date]" {
			t.Errorf("columns are %v", got)
		}
		var (
			number  int
			text    string
			missing *string
			list    []int32
			day     time.Time
		)
		for rows.Next() {
			must(t, rows.Scan(&number, &text, &missing, &list, &day))
		}
		must(t, rows.Err())
		if number != 7 || text != "text" || missing != nil || len(list) != 2 || day.Year() != 2001 {
			t.Errorf("got %v %v %v %v %v", number, text, missing, list, day)
		}
	}
}

func TestOneStatementCanBeScannedIntoDifferentTypes(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	for range 2 {
		var number int64
		var text string
		var anything any
		for _, dest := range []any{&number, &text, &anything, &number} {
			rows := start(t, c, "select $1::int8", 12)
			rows.Next()
			must(t, rows.Scan(dest))
			must(t, rows.Close())
		}
		if number != 12 || text != "12" || anything != int64(12) {
			t.Errorf("got %v %q %v", number, text, anything)
		}
	}
}

func TestAScanErrorNamesTheColumnAndEndsTheRows(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	rows := start(t, c, "select 1 as fine, 70000 as large from generate_series(1, $1::int)", 100)
	rows.Next()
	var small int16
	err := rows.Scan(&small, &small)
	var scan pgx.ScanArgError
	if !errors.As(err, &scan) || !strings.Contains(err.Error(), "large") {
		t.Errorf("error is %v", err)
	}
	if rows.Next() || rows.Close() == nil {
		t.Error("the rows go on")
	}
	mustRun(t, c, query("select $1::int", 1))
}

func TestAScanIntoTheWrongNumberOfDestinationsIsAnError(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	rows := start(t, c, "select 1, $1::int", 2)
	rows.Next()
	var one int
	if err := rows.Scan(&one); err == nil || !strings.Contains(err.Error(), "2 columns") {
		t.Errorf("error is %v", err)
	}
	if err := rows.Scan(&one); err == nil {
		t.Error("a scan after the end of the rows succeeds")
	}
}

func TestAnErrorAmidTheRowsIsTheirs(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	rows := start(t, c, "select 1/(5-g) from (select generate_series(1, $1::int) g) s", 10)
	n := 0
	for rows.Next() {
		n++
	}
	wantCode(t, rows.Close(), "22012")
	if n != 4 {
		t.Errorf("%d rows came before the error", n)
	}
	mustRun(t, c, query("select $1::int", 1))
}

func TestOldRowsDoNotCloseNewOnes(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	old := start(t, c, "select 1 from generate_series(1, $1::int)", 3)
	must(t, old.Close())
	rows := start(t, c, "select 2 from generate_series(1, $1::int)", 3)
	must(t, old.Close())
	n := 0
	for rows.Next() {
		n++
	}
	if n != 3 || rows.Err() != nil {
		t.Errorf("%d rows, %v", n, rows.Err())
	}
}

func TestOpenRowsKeepTheConnectionBusy(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	rows := start(t, c, "select $1::int", 1)
	if _, _, err := run(c, begin()); err == nil {
		t.Error("a second flight ran")
	}
	must(t, rows.Close())
	mustRun(t, c, begin())
	mustRun(t, c, rollback())
}

func TestAQueryMayReturnNothing(t *testing.T) {
	name := table(t)
	c := acquire(t, open(t, dsn(t)))
	for _, sql := range []string{"update " + name + " set id = $1",
		"select id from " + name + " where id = $1"} {
		for range 2 {
			rows := start(t, c, sql, 1)
			if rows.Next() || rows.Close() != nil {
				t.Errorf("%s: a row, or %v", sql, rows.Err())
			}
		}
	}
	for range 3 {
		mustRun(t, c, query(""))
		mustRun(t, c, exec("-- nothing"))
	}
}
