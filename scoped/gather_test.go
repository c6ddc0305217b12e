package scoped_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// takes returns a function that waits for d, writes the note and returns its id.
func (b *bed) takes(d time.Duration, id int) scoped.Func[int] {
	return func(ctx context.Context) (int, error) {
		if err := b.add(ctx, id); err != nil {
			return -1, err
		}
		select {
		case <-time.After(d):
			return id, nil
		case <-ctx.Done():
			return -1, ctx.Err()
		}
	}
}

func fails(d time.Duration, err error) scoped.Func[int] {
	return func(context.Context) (int, error) { time.Sleep(d); return -1, err }
}

func panics(context.Context) (int, error) { panic("lost my nerve") }

func exits(context.Context) (int, error) { runtime.Goexit(); return 0, nil }

func TestGatherReturnsTheValuesInTheOrderOfTheFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{})
		got, err := scoped.Gather(t.Context(), b.Registry, []scoped.Func[int]{
			b.takes(3*time.Second, 1), b.takes(time.Second, 2), b.takes(2*time.Second, 3)})
		must(t, err)
		if !slices.Equal(got, []int{1, 2, 3}) {
			t.Errorf("got %v", got)
		}
		b.wantIDs(1, 2, 3)
	})
}

func TestTheFirstErrorOfGatherCancelsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{MaxConns: 4})
		begun := time.Now()
		got, err := scoped.Gather(t.Context(), b.Registry, []scoped.Func[int]{
			b.takes(time.Second, 1), fails(2*time.Second, errBusiness), b.takes(time.Hour, 3), b.takes(time.Hour, 4),
		})
		wantErr(t, err, errBusiness)
		if got != nil || time.Since(begun) != 2*time.Second {
			t.Errorf("got %v after %v", got, time.Since(begun))
		}
		b.wantIDs(1) // it had committed by then
	})
}

func TestWhatHasNotBegunWhenGatherFailsNeverBegins(t *testing.T) {
	b := newBed(t, session.Options{MaxConns: 1})
	_, err := scoped.Gather(t.Context(), b.Registry, []scoped.Func[int]{fails(0, errBusiness),
		func(context.Context) (int, error) { t.Error("it was run"); return 0, nil }})
	wantErr(t, err, errBusiness)
}

func TestEachFunctionHasATransactionOfItsOwn(t *testing.T) {
	b := newBed(t, session.Options{})
	err := b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		seen, err := scoped.Gather(ctx, b.Registry, []scoped.Func[[]int64]{
			func(ctx context.Context) ([]int64, error) {
				must(t, b.add(ctx, 2))
				return session.Collect[int64](ctx, b, "SELECT id FROM notes")
			}})
		must(t, err)
		if !slices.Equal(seen[0], []int64{2}) {
			t.Errorf("it saw %v", seen[0])
		}
		return errBusiness
	})
	wantErr(t, err, errBusiness)
	b.wantIDs(2)
}

// peak measures how many run at a time.
type peak struct{ now, most atomic.Int64 }

func (p *peak) run(fn scoped.Func[int]) scoped.Func[int] {
	return func(ctx context.Context) (int, error) {
		now := p.now.Add(1)
		defer p.now.Add(-1)
		for most := p.most.Load(); now > most && !p.most.CompareAndSwap(most, now); most = p.most.Load() {
		}
		return fn(ctx)
	}
}

func TestNoMoreRunAtATimeThanThePoolHasConnectionsFor(t *testing.T) {
	for held := range 3 { // by scopes around
		for name, all := range map[string]func(context.Context, *bed, []scoped.Func[int]) error{
			"Gather": func(ctx context.Context, b *bed, fns []scoped.Func[int]) error {
				_, err := scoped.Gather(ctx, b.Registry, fns)
				return err
			},
			"AsCompleted": func(ctx context.Context, b *bed, fns []scoped.Func[int]) (first error) {
				for _, err := range scoped.AsCompleted(ctx, b.Registry, fns) {
					first = errors.Join(first, err)
				}
				return first
			},
		} {
			t.Run(fmt.Sprint(name, ", ", held, " held"), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBed(t, session.Options{MaxConns: 4, AcquireTimeout: time.Millisecond})
					var p peak
					var fns []scoped.Func[int]
					for id := range 20 {
						fns = append(fns, p.run(b.takes(time.Second, id)))
					}
					inside(t.Context(), t, b, held, func(ctx context.Context) {
						must(t, all(ctx, b, fns)) // or somebody had to wait for a connection
					})
					if most := p.most.Load(); most != int64(4-held) {
						t.Errorf("%d ran at a time", most)
					}
				})
			})
		}
	}
}

// inside runs fn inside of scopes that hold n connections.
func inside(ctx context.Context, t *testing.T, b *bed, n int, fn func(context.Context)) {
	if n == 0 {
		fn(ctx)
		return
	}
	must(t, b.Do(ctx, func(ctx context.Context) error {
		must(t, b.add(ctx, 100+n))
		inside(ctx, t, b, n-1, fn)
		return nil
	}, scoped.RequiresNew))
}

func TestGatherInsideOfTheScopeThatHasTheLastConnectionIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{MaxConns: 1})
		must(t, b.Do(t.Context(), func(ctx context.Context) error {
			must(t, b.add(ctx, 1))
			begun := time.Now()
			_, err := scoped.Gather(ctx, b.Registry, []scoped.Func[int]{b.takes(0, 2), b.takes(0, 3)})
			wantErr(t, err, session.ErrWouldDeadlock)
			if time.Since(begun) != 0 {
				t.Error("it took its time")
			}
			return nil
		}))
		b.wantIDs(1)
	})
}

// Eight requests that hold all eight connections, each of which wants more.
func TestManyGathersInFullScopesDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{MaxConns: 8})
		errs := make(chan error)
		for i := range 8 {
			go func() {
				errs <- b.Do(t.Context(), func(ctx context.Context) error {
					must(t, b.add(ctx, i))
					time.Sleep(time.Second) // until all are here
					_, err := scoped.Gather(ctx, b.Registry, []scoped.Func[int]{b.takes(0, 10+i), b.takes(0, 20+i)})
					return err
				})
			}()
		}
		done := 0
		for range 8 {
			if err := <-errs; err == nil {
				done++
			} else {
				wantErr(t, err, session.ErrWouldDeadlock)
			}
		}
		if done == 0 {
			t.Error("nobody got through")
		}
	})
}

func TestGatherOnADatabaseWithOneWriter(t *testing.T) {
	url := "sqlite:///" + filepath.ToSlash(t.TempDir()) + "/notes.db"
	engine, err := session.Open(t.Context(), url, session.Options{MaxConns: 4}, sqlite.Driver)
	must(t, err)
	b := newBedOn(t, engine)
	count := func(ctx context.Context) (int, error) {
		return session.One[int](ctx, b, "SELECT count(*) FROM notes")
	}
	var writers, readers peak
	_, err = scoped.Gather(t.Context(), b.Registry, []scoped.Func[int]{writers.run(b.takes(0, 1)),
		writers.run(b.takes(0, 2)), writers.run(b.takes(0, 3))})
	must(t, err)
	must(t, b.Do(t.Context(), func(ctx context.Context) error { // inside of the only writer
		must(t, b.add(ctx, 4))
		got, err := scoped.Gather(ctx, b.Registry, []scoped.Func[int]{readers.run(count), readers.run(count),
			readers.run(count), readers.run(count)}, session.TxOptions{ReadOnly: true})
		if !slices.Equal(got, []int{3, 3, 3, 3}) {
			t.Errorf("got %v", got)
		}
		return err
	}))
	if w, r := writers.most.Load(), readers.most.Load(); w != 1 || r > 3 {
		t.Errorf("%d wrote at a time, and %d read", w, r)
	}
}

func TestAsCompletedYieldsInTheOrderTheyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{})
		var got []string
		for id, err := range scoped.AsCompleted(t.Context(), b.Registry, []scoped.Func[int]{
			b.takes(3*time.Second, 1), fails(2*time.Second, errBusiness), b.takes(time.Second, 3)}) {
			got = append(got, fmt.Sprint(id, " ", err))
		}
		want := []string{"3 <nil>", "0 " + errBusiness.Error(), "1 <nil>"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		b.wantIDs(1, 3)
	})
}

func TestAResultIsYieldedWhenItIsCommitted(t *testing.T) {
	b := newBed(t, session.Options{})
	for id, err := range scoped.AsCompleted(t.Context(), b.Registry, []scoped.Func[int]{b.takes(0, 1), b.takes(0, 2)}) {
		must(t, err)
		if !slices.Contains(b.ids(), int64(id)) {
			t.Errorf("%d is not there yet", id)
		}
	}
}

func TestLeavingTheLoopCancelsAndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{MaxConns: 3})
		begun, late := time.Now(), false
		for _, err := range scoped.AsCompleted(t.Context(), b.Registry, []scoped.Func[int]{b.takes(time.Second, 1),
			b.takes(time.Hour, 2), b.takes(time.Hour, 3), b.takes(time.Hour, 4),
			func(context.Context) (int, error) { late = true; return 0, nil }}) {
			must(t, err)
			break
		}
		if took := time.Since(begun); took != time.Second || late {
			t.Errorf("it took %v; the last has run: %v", took, late)
		}
		synctest.Wait() // the engine rolls back
		if n := b.engine.Stats().InUse; n != 0 {
			t.Errorf("%d connections are in use after the loop", n)
		}
		b.wantIDs(1)
	})
}

func TestTheLoopMayUseTheScopeAround(t *testing.T) {
	b := newBed(t, session.Options{MaxConns: 2})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		fns := []scoped.Func[int]{b.takes(0, 1), b.takes(0, 2), b.takes(0, 3), b.takes(0, 4)}
		for id, err := range scoped.AsCompleted(ctx, b.Registry, fns) {
			must(t, err)
			must(t, b.add(ctx, 10+id)) // its first statement: all connections may be taken
		}
		return nil
	}))
	b.wantIDs(1, 2, 3, 4, 11, 12, 13, 14)
}

func TestAPanicIsCarriedToWhoWaitsWithItsStack(t *testing.T) {
	for name, wait := range map[string]func(context.Context, *bed, scoped.Func[int]){
		"Gather": func(ctx context.Context, b *bed, fn scoped.Func[int]) {
			_, _ = scoped.Gather(ctx, b.Registry, []scoped.Func[int]{b.takes(0, 1), fn})
		},
		"AsCompleted": func(ctx context.Context, b *bed, fn scoped.Func[int]) {
			for _, err := range scoped.AsCompleted(ctx, b.Registry, []scoped.Func[int]{b.takes(0, 1), fn}) {
				_ = err
			}
		},
		"Go": func(ctx context.Context, b *bed, fn scoped.Func[int]) {
			_, _ = scoped.Go(ctx, b.Registry, fn).Wait()
		},
		"a Gather in a Gather": func(ctx context.Context, b *bed, fn scoped.Func[int]) {
			_, _ = scoped.Gather(ctx, b.Registry, []scoped.Func[int]{func(ctx context.Context) (int, error) {
				_, err := scoped.Gather(ctx, b.Registry, []scoped.Func[int]{fn})
				return 0, err
			}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, session.Options{}) // which sees that no connection is kept
			p, _ := panicOf(func() { wait(t.Context(), b, panics) }).(*scoped.PanicError)
			if p == nil || p.Value != "lost my nerve" || !strings.Contains(string(p.Stack), "scoped_test.panics") {
				t.Fatalf("the panic was %v", p)
			}
			if !strings.Contains(p.Error(), "lost my nerve") || !strings.Contains(p.Error(), "panics") {
				t.Errorf("the text is %s", p)
			}
			_ = panicOf(func() {
				defer func() { wantErr(t, recover().(error), errBusiness) }()
				wait(t.Context(), b, func(context.Context) (int, error) { panic(errBusiness) })
			})
		})
	}
}

func TestAFunctionThatEndsItsGoroutineIsAnError(t *testing.T) {
	b := newBed(t, session.Options{MaxConns: 1})
	var got []string
	for id, err := range scoped.AsCompleted(t.Context(), b.Registry, []scoped.Func[int]{exits, b.takes(0, 2)}) {
		got = append(got, fmt.Sprint(id, " ", err))
	}
	want := []string{"0 scoped: the function ended its goroutine", "2 <nil>"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConcurrentFunctionsTakeOptionsButNoPropagation(t *testing.T) {
	b := newBed(t, session.Options{})
	for _, as := range []scoped.Propagation{scoped.Required, scoped.Nested, scoped.Never} {
		want := fmt.Sprintf("the option %v makes no sense here", as)
		_, gatherErr := scoped.Gather(t.Context(), b.Registry, []scoped.Func[int]{panics}, as)
		_, goErr := scoped.Go(t.Context(), b.Registry, panics, as).Wait()
		errs := map[string]error{"Gather": gatherErr, "Go": goErr}
		for _, err := range scoped.AsCompleted(t.Context(), b.Registry, []scoped.Func[int]{panics}, as) {
			errs["AsCompleted"] = err
		}
		if len(errs) != 3 {
			t.Errorf("no error: %v", slices.Collect(maps.Keys(errs)))
		}
		for name, err := range errs {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestConcurrentFunctionsCanBeRetried(t *testing.T) {
	b := newBed(t, session.Options{})
	again := &session.Error{Kind: session.KindDeadlock, Err: errBusiness}
	var tries atomic.Int64
	got, err := scoped.Gather(t.Context(), b.Registry, []scoped.Func[int]{func(ctx context.Context) (int, error) {
		if err := b.add(ctx, 1); err != nil || tries.Add(1) < 3 {
			return 0, errors.Join(err, again)
		}
		return 7, nil
	}}, session.Retry{Wait: 1, MaxWait: 1})
	must(t, err)
	if tries.Load() != 3 || got[0] != 7 {
		t.Errorf("got %v after %d tries", got, tries.Load())
	}
	b.wantIDs(1)
}

func TestNothingToRunIsNoError(t *testing.T) {
	b := newBed(t, session.Options{})
	got, err := scoped.Gather[int](t.Context(), b.Registry, nil)
	must(t, err)
	if len(got) != 0 {
		t.Errorf("got %v", got)
	}
	for _, err := range scoped.AsCompleted[int](t.Context(), b.Registry, nil) {
		t.Error("something was yielded:", err)
	}
}
