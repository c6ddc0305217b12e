package mysql_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/netproxy"
)

// trips counts the round trips of flights that succeed.
func trips(t *testing.T, proxy *netproxy.Proxy, c drivers.Conn, flights ...[]drivers.Step) int64 {
	t.Helper()
	before := proxy.RoundTrips()
	for _, steps := range flights {
		mustRun(t, c, steps...)
	}
	return proxy.RoundTrips() - before
}

func TestATransactionBeginsWithoutARoundTrip(t *testing.T) {
	proxy, url := proxied(t)
	c := acquire(t, open(t, url))
	name := items(t)
	mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (1, 1)"), commit)
	update := exec("UPDATE "+name+" SET n = n + 1 WHERE id = ?", 1)
	read := query("SELECT n FROM "+name+" WHERE id = ?", 1)
	options := beginWith(drivers.TxOptions{Isolation: drivers.ReadCommitted, ReadOnly: true})
	for _, shape := range []struct {
		name    string
		want    int64
		flights [][]drivers.Step
	}{
		{"one statement and commit", 2, [][]drivers.Step{{begin, update}, {commit}}},
		{"two statements and commit", 3, [][]drivers.Step{{begin, update}, {update}, {commit}}},
		{"one read", 1, [][]drivers.Step{{begin, read}}},
		{"its rollback", 1, [][]drivers.Step{{rollback}}},
		{"one read with options, and commit", 3, [][]drivers.Step{{options, read}, {commit}}},
		{"a statement on its own, and autocommit once", 2, [][]drivers.Step{{update}}},
		{"another", 1, [][]drivers.Step{{update}}},
		{"two on their own, and a read", 3, [][]drivers.Step{{update, update, read}}},
		{"a transaction after it", 3, [][]drivers.Step{{begin, update}, {commit}}},
	} {
		if got := trips(t, proxy, c, shape.flights...); got != shape.want {
			t.Errorf("%s: %d round trips, want %d", shape.name, got, shape.want)
		}
	}
}
