package connpool_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// TestStressKeepsEveryPromiseUnderRandomUse does what sessions do, at random:
// never are more than MaxConns connections open, none is in two hands, and at
// the end all are closed.
func TestStressKeepsEveryPromiseUnderRandomUse(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	const maxConns, workers, rounds = 5, 16, 400
	s := &server{}
	p := newPool(t, s, maxConns, drivers.PoolOptions{
		MinIdleConns: 2, MaxConnLifetime: 20 * time.Millisecond,
		MaxConnLifetimeJitter: 20 * time.Millisecond, MaxConnIdleTime: 10 * time.Millisecond,
		PrePing: drivers.PingIfIdle, PingIdleAfter: time.Millisecond, ConnectTimeout: time.Second,
	})
	var leases atomic.Int32
	var hands sync.Map
	var wg sync.WaitGroup
	for w := range workers {
		rnd := rand.New(rand.NewPCG(seed, uint64(w)))
		wg.Go(func() {
			for range rounds {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rnd.IntN(3000))*time.Microsecond)
				l, err := p.Acquire(ctx, rnd.IntN(4) == 0)
				cancel()
				if err != nil {
					continue
				}
				if n := leases.Add(1); n > maxConns {
					t.Errorf("%d leases at a time", n)
				}
				if _, twice := hands.LoadOrStore(l.Conn(), true); twice || l.Conn().closed.Load() {
					t.Error("a connection is in two hands or closed")
				}
				fate := rnd.IntN(10)
				hands.Delete(l.Conn())
				leases.Add(-1)
				switch fate {
				case 0:
					l.Destroy()
				case 1:
					p.Invalidate(l.Generation())
					l.Destroy()
				case 2:
					l.Conn().broken.Store(true)
					l.Release()
				default:
					l.Release()
				}
			}
		})
	}
	wg.Wait()
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range s.conns {
		if !c.closed.Load() {
			t.Errorf("connection %d was left open", c.id)
		}
	}
	stats := p.Stats()
	want := drivers.PoolStats{Opened: int64(s.opened()), Closed: int64(s.opened())}
	if stats != want {
		t.Errorf("stats are %+v, want %+v", stats, want)
	}
}
