package soak

import (
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func poolStats(open, idle, abandoned int) drivers.PoolStats {
	return drivers.PoolStats{Open: open, Idle: idle, Abandoned: abandoned}
}
