package postgres_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sqlscope/sqlscope/drivers"
)

// prepared lists what the server keeps for the connection, oldest first.
func prepared(t testing.TB, c drivers.Conn) []string {
	t.Helper()
	rows, err := c.Native().(*pgx.Conn).Query(t.Context(), "select statement from "+
		"pg_prepared_statements where name like 'sqlscope%' order by prepare_time",
		pgx.QueryExecModeExec)
	must(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	return all
}

func TestEveryModeOfExecutionRunsEveryKindOfFlight(t *testing.T) {
	for mode, trips := range map[string]int64{
		"cache_statement": 1, "cache_describe": 1, "describe_exec": 3, "exec": 1} {
		t.Run(mode, func(t *testing.T) {
			proxy, dsn := proxied(t)
			c := acquire(t, open(t, with(t, dsn, "default_query_exec_mode", mode)))
			flight := func() {
				t.Helper()
				_, values := mustRun(t, c, begin(), exec("select $1::int", 1),
					query("select $1::int8 + 1, $2::text, null::int", 41, "a"))
				if fmt.Sprint(values) != "[42 a <nil>]" {
					t.Errorf("got %v", values)
				}
			}
			flight()
			mustRun(t, c, rollback())
			before := proxy.RoundTrips()
			flight()
			if n := proxy.RoundTrips() - before; n != trips {
				t.Errorf("%d round trips when warm, want %d", n, trips)
			}
			_, _, err := run(c, exec("selec $1", 1))
			wantCode(t, err, "42601")
			mustRun(t, c, rollback())
			if n := len(prepared(t, c)); n != 0 && mode != "cache_statement" {
				t.Errorf("%d statements are prepared", n)
			}
		})
	}
}

func TestTheCacheForgetsTheLeastRecentlyUsed(t *testing.T) {
	c := acquire(t, open(t, with(t, dsn(t), "statement_cache_capacity", "2")))
	one, two, three := "select $1::int+1", "select $1::int+2", "select $1::int+3"
	for _, sql := range []string{one, two, one, three, one} {
		mustRun(t, c, exec(sql, 1))
	}
	if got := fmt.Sprint(prepared(t, c)); got != fmt.Sprint([]string{one, three}) {
		t.Errorf("prepared are %v", got)
	}
	mustRun(t, c, begin(), exec(two, 1), exec(one, 1), exec(three, 1), exec(two, 1), commit())
	if n := len(prepared(t, c)); n > 3 {
		t.Errorf("%d statements are prepared", n)
	}
}

func TestACacheOfNothingStillRuns(t *testing.T) {
	c := acquire(t, open(t, with(t, dsn(t), "statement_cache_capacity", "0")))
	for range 2 {
		mustRun(t, c, begin(), exec("select $1::int", 1), exec("select $1::int", 1), commit())
	}
	if all := prepared(t, c); len(all) != 0 {
		t.Errorf("prepared are %v", all)
	}
}

func TestAStatementWithoutArgumentsIsPreparedWhenItComesAgain(t *testing.T) {
	proxy, dsn := proxied(t)
	c := acquire(t, open(t, dsn))
	for i, trips := range []int64{1, 2, 1} {
		before := proxy.RoundTrips()
		_, values := mustRun(t, c, query("select 1 as n"))
		if n := proxy.RoundTrips() - before; n != trips || fmt.Sprint(values) != "[1]" {
			t.Errorf("run %d: %d round trips, want %d; %v", i, n, trips, values)
		}
	}
}

func TestStatementsThatTheServerForgotAreLearntAgain(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	const sql = "select $1::int"
	mustRun(t, c, query(sql, 1))
	_, err := c.Native().(*pgx.Conn).Exec(t.Context(), "discard all")
	must(t, err)
	_, _, err = run(c, query(sql, 1))
	wantCode(t, err, "26000")
	mustRun(t, c, query(sql, 1))
	mustRun(t, c, begin(), query(sql, 1))
	mustRun(t, c, commit())
}

func TestAStatementIsParsedInsideItsTransaction(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	_, values := mustRun(t, c, begin(), exec("create temp table born(id int)"),
		exec("insert into born values ($1)", 7), query("select id from born where id > $1", 0))
	if fmt.Sprint(values) != "[7]" {
		t.Errorf("got %v", values)
	}
	mustRun(t, c, rollback())
}

func TestManyQueuedStatementsTravelTogether(t *testing.T) {
	name := table(t)
	proxy, dsn := proxied(t)
	c := acquire(t, open(t, dsn))
	insert := "insert into " + name + " values ($1, $2)"
	text := fmt.Sprintf("%01000d", 7)
	mustRun(t, c, exec(insert, 0, ""))
	steps := []drivers.Step{begin()}
	for i := range 3000 {
		steps = append(steps, exec(insert, i+1, text))
	}
	before := proxy.RoundTrips()
	f, _ := mustRun(t, c, append(steps, commit())...)
	if f.Steps[1].Result.RowsAffected != 1 || f.Steps[3000].Result.RowsAffected != 1 {
		t.Errorf("results are %+v and %+v", f.Steps[1].Result, f.Steps[3000].Result)
	}
	if n := proxy.RoundTrips() - before; n > 40 { // the proxy counts early answers as turns
		t.Errorf("%d round trips", n)
	}
}

// Both sides write more than the network holds: whoever only writes waits for
// ever.
func TestAFlightThatIsLargeInBothDirectionsDoesNotBlock(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	large := make([]byte, 1<<20)
	steps := []drivers.Step{begin()}
	for range 24 {
		steps = append(steps, exec("select $1::bytea, $1::bytea", large))
	}
	mustRun(t, c, append(steps, rollback())...)
}
