package soak

import (
	"bytes"
	"context"
	"math/rand/v2"
	"time"

	"github.com/sqlscope/sqlscope/internal/netproxy"
)

// cutter breaks the network of one target, in one way after the other.
type cutter struct {
	proxy *netproxy.Proxy
	rng   *rand.Rand
}

func newCutter(proxy *netproxy.Proxy, rng *rand.Rand) *cutter { return &cutter{proxy, rng} }

// pauses are those between two cuts, and how long a network is frozen: longer
// than the grace now and then.
const (
	shortest = 100 * time.Millisecond
	longest  = 900 * time.Millisecond
	frozen   = 800 * time.Millisecond
)

// step waits, breaks something, and mends it.
func (c *cutter) step(ctx context.Context) {
	wait(ctx, shortest+time.Duration(c.rng.Int64N(int64(longest-shortest))))
	switch n := c.rng.IntN(10); {
	case n == 0:
		c.proxy.Cut()
	case n == 1:
		c.proxy.Stall(true)
		c.freeze(ctx)
	case n == 2:
		_ = c.proxy.Vanish() // which can at least stall everywhere
		c.freeze(ctx)
		wait(ctx, time.Duration(c.rng.Int64N(int64(longest))))
		c.proxy.Cut() // what has vanished would otherwise be waited for as long as TCP does
	case n < 6:
		c.cutNext(ctx, commits)
	default:
		c.cutNext(ctx, nil)
	}
}

// freeze lets a network that has been stalled be so for a while.
func (c *cutter) freeze(ctx context.Context) {
	wait(ctx, time.Duration(c.rng.Int64N(int64(frozen))))
	c.proxy.Stall(false)
}

// cutNext cuts a connection at a request, if one comes in time.
func (c *cutter) cutNext(ctx context.Context, match func([]byte) bool) {
	fired := c.proxy.CutNext(netproxy.Phase(c.rng.IntN(3)), match)
	timer := time.NewTimer(longest)
	defer timer.Stop()
	select {
	case <-fired:
	case <-timer.C:
	case <-ctx.Done():
	}
	c.proxy.Disarm()
}

func commits(request []byte) bool { return bytes.Contains(bytes.ToUpper(request), []byte("COMMIT")) }

// over leaves the network whole.
func (c *cutter) over() {
	c.proxy.Disarm()
	c.proxy.Stall(false)
}
