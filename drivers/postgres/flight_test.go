package postgres_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

func TestWarmFlightsTakeTheRoundTripsOfTheDesign(t *testing.T) {
	type flight []drivers.Step
	read, write := query("select $1::int8 + 1", 1), exec("select $1::int8 * 2", 2)
	for _, shape := range []struct {
		name    string
		flights []flight
		trips   int64
	}{
		{"one statement and commit", []flight{{begin(), read}, {commit()}}, 2},
		{"two statements and commit", []flight{{begin(), read}, {write}, {commit()}}, 3},
		{"one read", []flight{{begin(), read}}, 1},
		{"queued writes and commit", []flight{{begin(), write, write, write, commit()}}, 1},
		{"queued write, read, commit", []flight{{begin(), write, read}, {commit()}}, 2},
		{"savepoint around a statement", []flight{
			{begin(), savepoint(drivers.OpSavepoint, "a"), read},
			{savepoint(drivers.OpRelease, "a"), commit()}}, 2},
	} {
		t.Run(shape.name, func(t *testing.T) {
			proxy, dsn := proxied(t)
			c := acquire(t, open(t, dsn))
			mustRun(t, c, begin(), read)
			mustRun(t, c, write, rollback())
			before := proxy.RoundTrips()
			for _, f := range shape.flights {
				mustRun(t, c, f...)
			}
			if got := proxy.RoundTrips() - before; got != shape.trips {
				t.Errorf("%d round trips, want %d", got, shape.trips)
			}
			_, _, err := run(c, rollback())
			must(t, err)
		})
	}
}

func TestAColdStatementTakesOneRoundTripMore(t *testing.T) {
	proxy, dsn := proxied(t)
	c := acquire(t, open(t, dsn))
	before := proxy.RoundTrips()
	_, values := mustRun(t, c, begin(), query("select $1::int8 + 1", 41))
	if got := proxy.RoundTrips() - before; got != 2 || values[0] != int64(42) {
		t.Errorf("%d round trips and %v, want 2 and 42", got, values)
	}
	mustRun(t, c, rollback())
}
