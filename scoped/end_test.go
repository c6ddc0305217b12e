package scoped_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// calls are all the ways to use a scope.
func calls(ctx context.Context, b *bed) map[string]error {
	noop := func(context.Context) {}
	nothing := func(context.Context) error { return nil }
	errs := map[string]error{
		"Queue":      b.Queue(ctx, "DELETE FROM notes"),
		"Nested":     b.Nested(ctx, nothing),
		"OnCommit":   b.OnCommit(ctx, noop),
		"OnRollback": b.OnRollback(ctx, noop),
	}
	_, errs["From"] = b.From(ctx)
	_, errs["Exec"] = b.Exec(ctx, "DELETE FROM notes")
	_, errs["Query"] = b.Query(ctx, "SELECT id FROM notes")
	return errs
}

func TestWithoutAScopeEverythingIsRefusedWithWhatIsMissing(t *testing.T) {
	b := newBed(t, session.Options{})
	for name, err := range calls(t.Context(), b) {
		wantErr(t, err, scoped.ErrNoScope)
		if text := err.Error(); !strings.Contains(text, "Registry.Do") ||
			!strings.Contains(text, "fakedriver") {
			t.Errorf("%s: the error does not help: %v", name, err)
		}
	}
	if n := len(b.db.Log()); n != 0 {
		t.Errorf("%d steps were run outside of a transaction", n)
	}
}

func TestAnEndedScopeRefusesEverything(t *testing.T) {
	b := newBed(t, session.Options{})
	fates := map[string]error{"it was committed": nil, "it was rolled back": errBusiness}
	for how, outcome := range fates {
		var late context.Context
		_ = b.Do(t.Context(), func(ctx context.Context) error { late = ctx; return outcome })
		errs := calls(late, b)
		errs["Do"] = b.Do(late, func(context.Context) error { return nil })
		for name, err := range errs {
			wantErr(t, err, scoped.ErrScopeEnded)
			wantErr(t, err, session.ErrClosed)
			if !strings.Contains(err.Error(), how) {
				t.Errorf("%s does not say that %s: %v", name, how, err)
			}
		}
	}
}

func TestTheEndCanBeExplained(t *testing.T) {
	b := newBed(t, session.Options{})
	ctx, scope, err := b.Begin(t.Context())
	must(t, err)
	_, part, err := b.Begin(ctx)
	must(t, err)
	scope.Explain("the train has left")
	part.Explain("a part knows nothing")
	must(t, scope.End(ctx, nil))
	want := "scoped: the scope has ended: the train has left; " +
		"see Registry.Outside for work that goes on"
	if err := b.add(ctx, 1); err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

func TestOutsideIsTheWayOutOfAScope(t *testing.T) {
	b := newBed(t, session.Options{})
	var late context.Context
	err := b.Do(t.Context(), func(ctx context.Context) error {
		late = ctx
		must(t, b.add(ctx, 1))
		outside := b.Outside(ctx)
		wantErr(t, b.add(outside, 2), scoped.ErrNoScope)
		must(t, b.Do(outside, func(ctx context.Context) error { return b.add(ctx, 3) }))
		b.wantIDs(3)
		return errBusiness
	})
	wantErr(t, err, errBusiness)
	must(t, b.Do(b.Outside(late), func(ctx context.Context) error { return b.add(ctx, 4) }))
	b.wantIDs(3, 4)
	if ctx := t.Context(); b.Outside(ctx) != ctx {
		t.Error("a context without a scope is outside already")
	}
}

func TestASecondConnectionThatWouldNeverComeIsRefusedAtOnce(t *testing.T) {
	b := newBed(t, session.Options{MaxConns: 1, AcquireTimeout: -1}) // it would hang for good
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		err := b.engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
			_, err := s.Exec(ctx, "DELETE FROM notes")
			return err
		})
		wantErr(t, err, session.ErrWouldDeadlock)
		wantErr(t, b.Do(b.Outside(ctx), func(ctx context.Context) error { return b.add(ctx, 2) }),
			session.ErrWouldDeadlock)
		return nil
	}))
	b.wantIDs(1)
}

// Each of them waits for the one connection it needs, and gets it.
func TestScopesThatQueueForTheirFirstConnectionAreNoDeadlock(t *testing.T) {
	b := newBed(t, session.Options{MaxConns: 2})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 50 {
				if err := b.Do(t.Context(), func(ctx context.Context) error {
					_, err := b.Exec(ctx, "DELETE FROM notes WHERE id = 0")
					return err
				}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestTwoGoroutinesInOneScopeAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{})
		held := make(chan struct{})
		b.db.Once("insert", fakedriver.Reaction{Wait: held})
		must(t, b.Do(t.Context(), func(ctx context.Context) error {
			var other sync.WaitGroup
			other.Go(func() { _ = b.add(ctx, 1) })
			synctest.Wait()
			err := b.add(ctx, 2)
			wantErr(t, err, session.ErrConcurrentUse)
			if n := strings.Count(err.Error(), "helper_test.go"); n != 2 {
				t.Errorf("the error names %d of both places: %v", n, err)
			}
			close(held)
			other.Wait()
			return nil
		}))
		b.wantIDs(1)
	})
}

// A goroutine that is in the middle of a statement when its scope ends cannot be
// stopped; it must not keep the connection for ever either.
func TestAGoroutineThatWasLeftBehindGivesTheConnectionBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{MaxConns: 1})
		held := make(chan struct{})
		b.db.Once("insert", fakedriver.Reaction{Wait: held})
		var late error
		var other sync.WaitGroup
		err := b.Do(t.Context(), func(ctx context.Context) error {
			other.Go(func() {
				_ = b.add(ctx, 1)
				late = b.add(ctx, 2)
			})
			synctest.Wait()
			return nil
		})
		wantErr(t, err, session.ErrConcurrentUse)
		close(held)
		other.Wait()
		wantErr(t, late, scoped.ErrScopeEnded)
		b.wantIDs() // on the only connection
	})
}

func TestNestedThatCouldNotBeUndoneIsNotCommittedWithTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{})
		held := make(chan struct{})
		b.db.Once("values (2", fakedriver.Reaction{Wait: held})
		var other sync.WaitGroup
		err := b.Do(t.Context(), func(ctx context.Context) error {
			err := b.Nested(ctx, func(ctx context.Context) error {
				must(t, b.add(ctx, 1))
				other.Go(func() { _, _ = b.Exec(ctx, "INSERT INTO notes (id) VALUES (2)") })
				synctest.Wait()
				return nil
			})
			wantErr(t, err, session.ErrConcurrentUse)
			close(held)
			other.Wait()
			return nil
		})
		wantErr(t, err, scoped.ErrRollbackOnly)
		b.wantIDs()
	})
}

func TestRowsThatWereLeftOpenCommitNothing(t *testing.T) {
	b := newBed(t, session.Options{})
	var rows *session.Rows
	err := b.Do(t.Context(), func(ctx context.Context) (err error) {
		must(t, b.add(ctx, 1))
		rows, err = b.Query(ctx, "SELECT id FROM notes")
		return err
	})
	wantErr(t, err, session.ErrRowsOpen)
	wantErr(t, rows.Close(), session.ErrClosed)
	b.wantIDs()
}

func TestTheRegistryForgetsItsScopes(t *testing.T) {
	b := newBed(t, session.Options{})
	scopes := func(n int) {
		for range n {
			err := b.Do(t.Context(), func(ctx context.Context) error {
				return b.OnCommit(ctx, func(context.Context) {})
			})
			must(t, err)
		}
	}
	scopes(1000)
	before := heap()
	scopes(100_000)
	if after := heap(); after > before+1<<20 {
		t.Errorf("100,000 scopes left %d bytes behind", after-before)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first made unreachable
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestAScopeThatWasForgottenIsReportedAndRolledBack(t *testing.T) {
	b := newBed(t, session.Options{MaxConns: 1, Logger: quiet})
	func() {
		ctx, _, err := b.Begin(t.Context())
		must(t, err)
		must(t, b.add(ctx, 1))
	}()
	for try := 0; b.engine.Stats().InUse > 0; try++ {
		if try == 10_000 {
			t.Fatal("the connection never came back")
		}
		runtime.GC()
		runtime.Gosched()
	}
	if n := b.engine.Stats().Forgotten; n != 1 {
		t.Errorf("%d forgotten sessions, want 1", n)
	}
	b.wantIDs()
}

func TestTheErrorOfASwallowedPartNamesThePartAndWhatIsRight(t *testing.T) {
	b := newBed(t, session.Options{})
	fails := func(ctx context.Context) error { return errBusiness }
	for name, swallowing := range map[string]func(ctx context.Context){
		"a Do":      func(ctx context.Context) { _ = b.Do(ctx, fails) },
		"a DoValue": func(ctx context.Context) { _, _ = scoped.DoValue(ctx, b.Registry, b.failsWithValue) },
		"a panic": func(ctx context.Context) {
			defer func() { _ = recover() }()
			_ = b.Do(ctx, func(context.Context) error { panic("a bug") })
		},
		"one that was refused": func(ctx context.Context) {
			_ = b.Do(ctx, fails, session.TxOptions{Isolation: session.Serializable})
		},
		"by hand": func(ctx context.Context) {
			_, s, err := b.Begin(ctx)
			must(t, err)
			_ = s.End(ctx, errBusiness)
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := b.Do(t.Context(), func(ctx context.Context) error { swallowing(ctx); return nil })
			wantErr(t, err, scoped.ErrRollbackOnly)
			for _, part := range []string{"SwallowedPartNames", "scoped/end_test.go:", "Registry.Nested"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func (b *bed) failsWithValue(context.Context) (int, error) { return 0, errBusiness }

func TestErrorsSayWhatToDo(t *testing.T) {
	b := newBed(t, session.Options{})
	err := b.Do(t.Context(), func(ctx context.Context) error {
		return b.Do(ctx, nil, session.TxOptions{Isolation: session.Serializable})
	}, session.TxOptions{ReadOnly: true})
	for _, part := range []string{
		"opened with", "isolation serializable", "asks for", "ReadOnly:true"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	if errors.Is(err, scoped.ErrNoScope) {
		t.Error("the sentinels are mixed up")
	}
}
