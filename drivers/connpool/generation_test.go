package connpool_test

import (
	"testing"
	"testing/synctest"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
)

func TestALostConnectionOutdatesAllOlderOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &server{}, 3, drivers.PoolOptions{})
		lost, used, idle := acquire(t, p), acquire(t, p), acquire(t, p)
		idle.Release()
		p.Invalidate(lost.Generation())
		lost.Destroy()
		used.Release()
		synctest.Wait()
		wantStats(t, p, drivers.PoolStats{Open: 1, Idle: 1, Opened: 3, Closed: 2})
		if id := use(t, p); id != 4 {
			t.Errorf("connection %d was handed out, want a new one", id)
		}
		synctest.Wait()
		wantStats(t, p, drivers.PoolStats{Open: 1, Idle: 1, Opened: 4, Closed: 3})
	})
}

func TestAStormOfLossesDoesNotThrowAwayFreshConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const conns = 20
		p := newPool(t, &server{}, conns, drivers.PoolOptions{})
		var lost []*connpool.Lease[*conn]
		for range conns {
			lost = append(lost, acquire(t, p))
		}
		for _, l := range lost { // each notices, and its user comes back at once
			p.Invalidate(l.Generation())
			l.Destroy()
			synctest.Wait()
			use(t, p)
		}
		wantStats(t, p, drivers.PoolStats{Open: 1, Idle: 1, Opened: conns + 1, Closed: conns})
	})
}
