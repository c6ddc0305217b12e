package session

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestStressTheGateKeepsItsPromisesUnderRandomUse: never are more in than the
// limit, everybody who is told that he is in is counted, and at the end nobody
// is left, neither inside nor in the queue.
func TestStressTheGateKeepsItsPromisesUnderRandomUse(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	const limit, workers, rounds = 3, 12, 400
	g := newGate("connections", limit)
	e := &Engine{}
	var in, most atomic.Int32
	var wg sync.WaitGroup
	for w := range workers {
		rnd := rand.New(rand.NewPCG(seed, uint64(w)))
		wg.Go(func() {
			for range rounds {
				ctx, cancel := context.Background(), context.CancelFunc(func() {})
				own := &owner{}
				switch rnd.IntN(4) {
				case 0:
					ctx, cancel = context.WithTimeout(ctx, time.Duration(rnd.IntN(200))*time.Microsecond)
				case 1:
					ctx = context.WithValue(ctx, ownerKey{}, own)
				}
				waitAtMost := time.Duration(rnd.IntN(400)-50) * time.Microsecond
				l := &lease{engine: e, gate: g, owner: own}
				_, err := g.enter(ctx, l, waitAtMost)
				cancel()
				switch {
				case err == nil:
					n := in.Add(1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
					for range rnd.IntN(20) {
						g.load()
					}
					in.Add(-1)
					g.leave(l)
				case errors.Is(err, ErrWouldDeadlock):
					t.Errorf("nobody holds one and waits for another: %v", err)
				case !isContext(err) && !errors.Is(err, ErrPoolTimeout):
					t.Errorf("the error is %v", err)
				}
			}
		})
	}
	wg.Wait()
	if n := most.Load(); n > limit || n == 0 {
		t.Errorf("%d were in at a time", n)
	}
	if used, waiting := g.load(); used != 0 || waiting != 0 || g.holders != nil || g.head != nil || g.tail != nil {
		t.Errorf("left behind: %d in, %d waiting", used, waiting)
	}
	if held := g.close(context.Background()); held != nil {
		t.Errorf("still in: %v", held)
	}
}

func TestWhoGivesUpTooLateIsIn(t *testing.T) {
	g := newGate("connections", 1)
	first, second := &lease{gate: g}, &lease{gate: g}
	if w, err := g.admit(first, nil); w != nil || err != nil {
		t.Fatalf("the first waits: %v", err)
	}
	w, err := g.admit(second, nil)
	if w == nil || err != nil {
		t.Fatalf("the second does not wait: %v", err)
	}
	g.leave(first)
	if err := g.giveUp(w, ErrPoolTimeout); err != nil {
		t.Errorf("the place is lost: %v", err)
	}
	g.leave(second)
	if used, waiting := g.load(); used != 0 || waiting != 0 {
		t.Errorf("%d in, %d waiting", used, waiting)
	}
}

func TestTheWidestFailureCounts(t *testing.T) {
	var u unit
	causes := []error{errors.New("inner"), errors.New("outer"), errors.New("middle")}
	for i, level := range []int{2, 0, 1} {
		u.fail(level, causes[i])
	}
	if u.failedAt != 0 || u.failed != causes[1] {
		t.Errorf("level %d has failed: %v", u.failedAt, u.failed)
	}
	u = unit{}
	u.fail(1, causes[0])
	u.fail(1, causes[1])
	if u.failed != causes[0] {
		t.Errorf("the first cause was replaced by %v", u.failed)
	}
}

// TestStressADeadlockIsNoticedWheneverThereIsOne: scopes that hold one
// connection and want another never wait for ever.
func TestStressADeadlockIsNoticedWheneverThereIsOne(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	gates := []*gate{newGate("a", 1), newGate("b", 2), newGate("c", 3)}
	e := &Engine{}
	var wg sync.WaitGroup
	for w := range 8 {
		rnd := rand.New(rand.NewPCG(seed, uint64(w)))
		wg.Go(func() {
			for range 300 {
				ctx := context.Background()
				var held []*lease
				for range 1 + rnd.IntN(3) {
					own := &owner{parent: ownerFrom(ctx)}
					ctx = context.WithValue(ctx, ownerKey{}, own)
					l := &lease{engine: e, gate: gates[rnd.IntN(3)], owner: own}
					if _, err := l.gate.enter(ctx, l, 10*time.Second); err != nil {
						if !errors.Is(err, ErrWouldDeadlock) {
							t.Errorf("the error is %v", err)
						}
						break
					}
					held = append(held, l)
				}
				for _, l := range held {
					l.gate.leave(l)
				}
			}
		})
	}
	wg.Wait()
	for _, g := range gates {
		if used, waiting := g.load(); used != 0 || waiting != 0 {
			t.Errorf("%s: %d in, %d waiting", g.what, used, waiting)
		}
	}
}
