package connpool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
)

func TestAConnectionIsReplacedAtTheEndOfItsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &server{}, 1, drivers.PoolOptions{MaxConnLifetime: time.Hour})
		use(t, p)
		time.Sleep(59 * time.Minute)
		held := acquire(t, p)
		if held.Conn().id != 1 {
			t.Error("replaced before its time")
		}
		time.Sleep(2 * time.Minute)
		if held.Conn().closed.Load() {
			t.Error("closed while in use")
		}
		held.Release()
		if id := use(t, p); id != 2 {
			t.Errorf("connection %d, want a new one", id)
		}
	})
}

func TestTheMaintainerClosesAConnectionAtTheEndOfItsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &server{}, 1, drivers.PoolOptions{MaxConnLifetime: time.Hour})
		use(t, p)
		time.Sleep(61*time.Minute + time.Second)
		synctest.Wait()
		wantStats(t, p, drivers.PoolStats{Opened: 1, Closed: 1})
	})
}

func TestJitterSpreadsTheEndsOfConnectionsOpenedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const conns = 50
		p := newPool(t, &server{}, conns, drivers.PoolOptions{
			MaxConnLifetime: time.Hour, MaxConnLifetimeJitter: time.Hour,
		})
		var held []*connpool.Lease[*conn]
		for range conns {
			held = append(held, acquire(t, p))
		}
		for _, l := range held {
			l.Release()
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		wantStats(t, p, drivers.PoolStats{Open: conns, Idle: conns, Opened: conns})
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		if open := p.Stats().Open; open < conns/5 || open > conns*4/5 {
			t.Errorf("%d of %d connections are left at half time", open, conns)
		}
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		wantStats(t, p, drivers.PoolStats{Opened: conns, Closed: conns})
	})
}

func TestIdleConnectionsAreClosedDownToTheMinimum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &server{}, 4, drivers.PoolOptions{
			MaxConnIdleTime: time.Minute, MinIdleConns: 1,
		})
		a, b, c := acquire(t, p), acquire(t, p), acquire(t, p)
		for _, l := range []*connpool.Lease[*conn]{a, b, c} {
			l.Release()
		}
		time.Sleep(50 * time.Second)
		last := use(t, p)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if s := p.Stats(); s.Open != 1 || s.Idle != 1 {
			t.Errorf("stats are %+v, want one connection left", s)
		}
		if id := use(t, p); id != last {
			t.Errorf("connection %d was kept, want %d, the last used", id, last)
		}
	})
}

func TestTheMinimumOfIdleConnectionsIsOpenedAheadAndReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &server{}, 4, drivers.PoolOptions{MinIdleConns: 2})
		synctest.Wait()
		wantStats(t, p, drivers.PoolStats{Open: 2, Idle: 2, Opened: 2})
		l := acquire(t, p)
		synctest.Wait()
		wantStats(t, p, drivers.PoolStats{Open: 3, Idle: 2, Opened: 3})
		l.Destroy()
		acquire(t, p).Destroy()
		synctest.Wait()
		if s := p.Stats(); s.Idle != 2 || s.Open != 2 {
			t.Errorf("stats are %+v, want two idle ones", s)
		}
	})
}

func TestTheMinimumOfIdleConnectionsIsRetriedWhenTheServerIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{down: true}
		p := newPool(t, s, 4, drivers.PoolOptions{MinIdleConns: 2})
		synctest.Wait()
		s.set(func(s *server) { s.down = false })
		time.Sleep(11 * time.Second)
		synctest.Wait()
		wantStats(t, p, drivers.PoolStats{Open: 2, Idle: 2, Opened: 2})
	})
}

func TestThePrePingPolicyDecidesWhoIsPinged(t *testing.T) {
	idle := drivers.PoolOptions{PrePing: drivers.PingIfIdle, PingIdleAfter: 30 * time.Second}
	for name, c := range map[string]struct {
		opts     drivers.PoolOptions
		rest     time.Duration
		verified bool
		pings    int
	}{
		"never":                      {rest: time.Hour},
		"never, but asked for":       {verified: true, pings: 1},
		"always":                     {opts: drivers.PoolOptions{PrePing: drivers.PingAlways}, pings: 1},
		"if idle, used recently":     {opts: idle, rest: 29 * time.Second},
		"if idle, not used for long": {opts: idle, rest: 31 * time.Second, pings: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{}
				p := newPool(t, s, 1, c.opts)
				fresh, err := p.Acquire(t.Context(), c.verified)
				if err != nil || s.pings != 0 {
					t.Fatalf("error %v and %d pings for a new connection", err, s.pings)
				}
				fresh.Release()
				time.Sleep(c.rest)
				kept, err := p.Acquire(t.Context(), c.verified)
				if err != nil || s.pings != c.pings {
					t.Fatalf("error %v and %d pings, want %d", err, s.pings, c.pings)
				}
				kept.Release()
			})
		})
	}
}

func TestAPingThatFailsOutdatesTheOtherConnectionsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		p := newPool(t, s, 2, drivers.PoolOptions{})
		a, b := acquire(t, p), acquire(t, p)
		a.Conn().broken.Store(true)
		b.Conn().broken.Store(true)
		b.Release()
		a.Release()
		l, err := p.Acquire(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Release()
		if l.Conn().id != 3 || s.pings != 1 {
			t.Errorf("connection %d after %d pings, want a new one after one", l.Conn().id, s.pings)
		}
	})
}

func TestAPingIsBoundedByPingTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{lag: forever}
		p := newPool(t, s, 1, drivers.PoolOptions{PingTimeout: 2 * time.Second})
		use(t, p)
		start := time.Now()
		l, err := p.Acquire(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Release()
		if d := time.Since(start); l.Conn().id != 2 || d != 2*time.Second {
			t.Errorf("connection %d after %v, want a new one after 2s", l.Conn().id, d)
		}
	})
}

func TestACallerWhoGivesUpDuringAPingOutdatesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{lag: forever}
		p := newPool(t, s, 2, drivers.PoolOptions{PingTimeout: time.Minute})
		a, b := acquire(t, p), acquire(t, p)
		a.Release()
		b.Release()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Acquire(ctx, true); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		synctest.Wait()
		if use(t, p) == 3 {
			t.Error("the other connection was replaced as well")
		}
		wantStats(t, p, drivers.PoolStats{Open: 1, Idle: 1, Opened: 2, Closed: 1})
	})
}
