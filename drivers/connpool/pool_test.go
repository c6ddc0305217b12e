package connpool_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
)

func TestAReleasedConnectionIsHandedOutAgain(t *testing.T) {
	p := newPool(t, &server{}, 2, drivers.PoolOptions{})
	if first, second := use(t, p), use(t, p); first != second {
		t.Errorf("connections %d and %d, want the same", first, second)
	}
	wantStats(t, p, drivers.PoolStats{Open: 1, Idle: 1, Opened: 1})
}

func TestADestroyedConnectionIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &server{}, 1, drivers.PoolOptions{})
		acquire(t, p).Destroy()
		if id := use(t, p); id != 2 {
			t.Errorf("got connection %d, want a new one", id)
		}
		wantStats(t, p, drivers.PoolStats{Open: 1, Idle: 1, Opened: 2, Closed: 1})
	})
}

func TestWaitersAreServedInTheOrderTheyCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &server{}, 1, drivers.PoolOptions{})
		held := acquire(t, p)
		var order []int
		for i := range 5 {
			go func() {
				l, err := p.Acquire(t.Context(), false)
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, i)
				l.Release()
			}()
			synctest.Wait()
		}
		held.Release()
		synctest.Wait()
		for i, got := range order {
			if got != i {
				t.Fatalf("waiters were served in the order %v", order)
			}
		}
		if len(order) != 5 {
			t.Fatalf("%d of 5 waiters were served", len(order))
		}
	})
}

func TestAWaiterGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &server{}, 1, drivers.PoolOptions{})
		held := acquire(t, p)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Acquire(ctx, false); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		held.Release()
		use(t, p)
	})
}

func TestOpeningAConnectionOutlivesTheCallerWhoGaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{delay: func(ctx context.Context) error {
			select {
			case <-time.After(3 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		p := newPool(t, s, 1, drivers.PoolOptions{ConnectTimeout: 10 * time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := p.Acquire(ctx, false); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		if id := use(t, p); id != 1 || time.Since(start) != 3*time.Second {
			t.Errorf("connection %d after %v, want the first one after 3s", id, time.Since(start))
		}
	})
}

func TestOpeningAConnectionIsBoundedByConnectTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &server{delay: forever}, 1,
			drivers.PoolOptions{ConnectTimeout: 10 * time.Second})
		start := time.Now()
		_, err := p.Acquire(t.Context(), false)
		if !errors.Is(err, connpool.ErrConnectTimeout) || !strings.Contains(err.Error(), "10s") {
			t.Errorf("got %v, want ErrConnectTimeout that says 10s", err)
		}
		if errors.Is(err, context.DeadlineExceeded) {
			t.Error("the error passes for that of the caller's context")
		}
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("took %v, want 10s", d)
		}
	})
}

func TestAFailureToConnectIsTheDriversOwnError(t *testing.T) {
	s := &server{down: true}
	p := newPool(t, s, 1, drivers.PoolOptions{})
	if _, err := p.Acquire(t.Context(), false); err != errDown {
		t.Errorf("got %v, want %v", err, errDown)
	}
	s.set(func(s *server) { s.down = false })
	use(t, p)
}

func TestCloseWaitsForLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		p := newPool(t, s, 2, drivers.PoolOptions{MaxConnIdleTime: time.Minute})
		held := acquire(t, p)
		use(t, p)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		wantStats(t, p, drivers.PoolStats{Open: 1, Opened: 2, Closed: 1})
		if _, err := p.Acquire(t.Context(), false); err != connpool.ErrClosed {
			t.Errorf("got %v, want ErrClosed", err)
		}
		held.Release()
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
		wantStats(t, p, drivers.PoolStats{Opened: 2, Closed: 2})
	})
}

func TestCloseEndsAConnectionAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, &server{delay: forever}, 1, drivers.PoolOptions{})
		failed := make(chan error)
		go func() {
			_, err := p.Acquire(t.Context(), false)
			failed <- err
		}()
		synctest.Wait()
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := <-failed; err == nil {
			t.Error("Acquire returned a connection of a closed pool")
		}
	})
}

func TestALeaseThatIsEndedTwicePanics(t *testing.T) {
	p := newPool(t, &server{}, 1, drivers.PoolOptions{})
	l := acquire(t, p)
	l.Release()
	defer func() {
		if got := recover(); got != "connpool: lease ended twice" {
			t.Errorf("panic is %v", got)
		}
	}()
	l.Destroy()
}

func TestNewRefusesWhatContradictsItself(t *testing.T) {
	s := &server{}
	for want, cfg := range map[string]connpool.Config[*conn]{
		"Open and Close": {MaxConns: 1},
		"MaxConns is 0":  {Open: s.open, Close: s.close},
		"MinIdleConns is 3": {Open: s.open, Close: s.close, MaxConns: 2,
			Options: drivers.PoolOptions{MinIdleConns: 3}},
		"MaxConnIdleTime is -1s": {Open: s.open, Close: s.close, MaxConns: 2,
			Options: drivers.PoolOptions{MaxConnIdleTime: -time.Second}},
	} {
		if _, err := connpool.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
