//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

// TestRoundTripsOfPostgres has the numbers of the table in docs/design.md.
func TestRoundTripsOfPostgres(t *testing.T) {
	proxy, url := proxied(t, postgresDriver, "postgres")
	c := acquire(t, open(t, url))
	mustRun(t, c, exec("DROP TABLE IF EXISTS odbc_trips"))
	mustRun(t, c, exec("CREATE TABLE odbc_trips (id BIGINT PRIMARY KEY, n BIGINT)"))
	mustRun(t, c, begin, exec("INSERT INTO odbc_trips VALUES (1, 1)"), commit)
	update := exec("UPDATE odbc_trips SET n = n + 1 WHERE id = ?", 1)
	read := query("SELECT n FROM odbc_trips WHERE id = ?", 1)
	mustRun(t, c, begin, read) // psqlODBC asks once for the columns of a table
	mustRun(t, c, rollback)
	options := drivers.Step{Op: drivers.OpBegin, Tx: &drivers.TxOptions{Isolation: drivers.Serializable, ReadOnly: true}}
	for _, shape := range []struct {
		name    string
		want    int64
		flights [][]drivers.Step
	}{
		{"one statement and commit", 2, [][]drivers.Step{{begin, update}, {commit}}},
		{"two statements and commit", 3, [][]drivers.Step{{begin, update}, {update}, {commit}}},
		{"one read", 1, [][]drivers.Step{{begin, read}}},
		{"its rollback", 1, [][]drivers.Step{{rollback}}},
		{"nothing but begin and commit", 0, [][]drivers.Step{{begin}, {commit}}},
		{"one read with options, and commit", 3, [][]drivers.Step{{options, read}, {commit}}},
		{"a statement on its own", 1, [][]drivers.Step{{update}}},
	} {
		before := proxy.RoundTrips()
		for _, steps := range shape.flights {
			mustRun(t, c, steps...)
		}
		if got := proxy.RoundTrips() - before; got != shape.want {
			t.Errorf("%s: %d round trips, want %d", shape.name, got, shape.want)
		}
	}
}

// MariaDB's driver has a flag for autocommit, which is off, and sends no BEGIN.
func TestRoundTripsOfMariaDB(t *testing.T) {
	proxy, url := proxied(t, mysqlDriver, "mysql")
	c := acquire(t, open(t, url))
	name := table(t, c, "trips", "id BIGINT PRIMARY KEY, n BIGINT")
	mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (1, 1)"), commit)
	update := exec("UPDATE "+name+" SET n = n + 1 WHERE id = ?", 1)
	read := query("SELECT n FROM "+name+" WHERE id = ?", 1)
	for _, shape := range []struct {
		name    string
		want    int64
		flights [][]drivers.Step
	}{
		{"one statement and commit", 2, [][]drivers.Step{{begin, update}, {commit}}},
		{"two statements and commit", 3, [][]drivers.Step{{begin, update}, {update}, {commit}}},
		{"one read", 1, [][]drivers.Step{{begin, read}}},
		{"its rollback", 1, [][]drivers.Step{{rollback}}},
	} {
		before := proxy.RoundTrips()
		for _, steps := range shape.flights {
			mustRun(t, c, steps...)
		}
		if got := proxy.RoundTrips() - before; got != shape.want {
			t.Errorf("%s: %d round trips, want %d", shape.name, got, shape.want)
		}
	}
}
