package session_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// work runs fn in a session that has taken its connection.
func (b *bed) work(ctx context.Context, fn func(context.Context) error, opts ...session.Option) error {
	return b.Do(ctx, func(ctx context.Context, s *session.Session) error {
		if _, err := session.Collect[int](ctx, s, ids); err != nil {
			return err
		}
		return fn(ctx)
	}, opts...)
}

func nothing(context.Context) error { return nil }

var readOnly = session.TxOptions{ReadOnly: true}

func TestAScopeThatWaitsForItsOwnConnectionIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
		start := time.Now()
		err := b.work(t.Context(), func(ctx context.Context) error { return b.work(ctx, nothing) })
		wantIs(t, err, session.ErrWouldDeadlock)
		wantText(t, fmt.Sprint(err), "1 of 1 connections", "raise MaxConns", "deadlock_test.go:")
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
		wantIs(t, b.work(t.Context(), nothing), nil)
	})
}

func TestAScopeMayUseASecondConnectionWhereThereIsOne(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 2})
	wantIs(t, b.work(t.Context(), func(ctx context.Context) error { return b.work(ctx, nothing) }), nil)
}

func TestAScopeInsideAScopeInsideAScopeCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 2})
		err := b.work(t.Context(), func(ctx context.Context) error {
			return b.work(ctx, func(ctx context.Context) error { return b.work(ctx, nothing) })
		})
		wantIs(t, err, session.ErrWouldDeadlock)
	})
}

// together runs n functions that all hold a connection before any goes on.
func (b *bed) together(n int, fn func(ctx context.Context, i int) error, opts func(i int) session.TxOptions) []error {
	errs := make([]error, n)
	var holding, wg sync.WaitGroup
	holding.Add(n)
	for i := range n {
		wg.Go(func() {
			errs[i] = b.work(b.t.Context(), func(ctx context.Context) error {
				holding.Done()
				holding.Wait()
				return fn(ctx, i)
			}, opts(i))
		})
	}
	wg.Wait()
	return errs
}

func sameOptions(int) session.TxOptions { return session.TxOptions{} }

func TestTwoScopesThatWaitForEachOtherAreNotBothLeftWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 2})
		start := time.Now()
		errs := b.together(2, func(ctx context.Context, i int) error {
			time.Sleep(time.Duration(i) * time.Millisecond)
			return b.work(ctx, nothing)
		}, sameOptions)
		if errs[0] != nil || !errors.Is(errs[1], session.ErrWouldDeadlock) {
			t.Errorf("the first got %v, the second %v", errs[0], errs[1])
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestTheReaderAndTheWriterOfASingleWriterDatabaseCanWaitForEachOther(t *testing.T) {
	fake := capabilities(func(c *drivers.Capabilities) { c.SingleWriter = true })
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fake, session.Options{MaxConns: 2}) // one of each
		mine := func(i int) session.TxOptions { return session.TxOptions{ReadOnly: i == 0} }
		errs := b.together(2, func(ctx context.Context, i int) error {
			time.Sleep(time.Duration(i) * time.Millisecond)
			return b.work(ctx, nothing, mine(1-i))
		}, mine)
		if errs[0] != nil || !errors.Is(errs[1], session.ErrWouldDeadlock) {
			t.Errorf("the first got %v, the second %v", errs[0], errs[1])
		}
	})
}

func TestAScopeThatWritesInsideItsOwnWriteOnASingleWriterDatabaseIsTold(t *testing.T) {
	fake := capabilities(func(c *drivers.Capabilities) { c.SingleWriter = true })
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fake, session.Options{MaxConns: 4})
		err := b.work(t.Context(), func(ctx context.Context) error {
			wantIs(t, b.work(ctx, nothing, readOnly), nil)
			return b.work(ctx, nothing)
		})
		wantIs(t, err, session.ErrWouldDeadlock)
		wantText(t, fmt.Sprint(err), "one writer at a time") // more connections would not help
	})
}

func TestNobodyIsToldOfADeadlockWhileSomebodyWhoDoesNotWaitHoldsAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 2})
		release := b.hold()
		time.AfterFunc(time.Second, release)
		start := time.Now()
		wantIs(t, b.work(t.Context(), func(ctx context.Context) error {
			return b.work(ctx, nothing)
		}), nil)
		if took := time.Since(start); took != time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// A holder that waits at the other gate will come back if that gate moves.
func TestAWriterThatWaitsForABusyReaderIsNoDeadlock(t *testing.T) {
	fake := capabilities(func(c *drivers.Capabilities) { c.SingleWriter = true })
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fake, session.Options{MaxConns: 2})
		release := b.hold(readOnly)
		time.AfterFunc(time.Second, release)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				wantIs(t, b.work(t.Context(), func(ctx context.Context) error {
					return b.work(ctx, nothing, readOnly)
				}), nil)
			})
		}
		wg.Wait()
	})
}

// A holder that waits for a connection of another database will come back too.
func TestAScopeThatWaitsForAnotherDatabaseIsNoDeadlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
		other := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
		release := other.hold()
		time.AfterFunc(time.Second, release)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				wantIs(t, b.work(t.Context(), func(ctx context.Context) error {
					return other.work(ctx, nothing)
				}), nil)
			})
		}
		wg.Wait()
	})
}

// Every session of Do waits in its own scope. Whoever has just been let in does
// not wait any more, even before it has noticed.
func TestContentionAloneIsNeverCalledADeadlock(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	for range 16 {
		wg.Go(func() {
			for range 200 {
				if err := b.work(t.Context(), nothing); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		t.Error(*err)
	}
}

func TestAContextMadeByHandIsNoticedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
		s := b.Session()
		defer s.Close()
		ctx := s.Context(t.Context())
		if _, err := session.Collect[int](ctx, s, ids); err != nil {
			t.Fatal(err)
		}
		wantIs(t, b.Ping(ctx), session.ErrWouldDeadlock)
		wantIs(t, s.Commit(ctx), nil)
		wantIs(t, b.Ping(ctx), nil)
	})
}
