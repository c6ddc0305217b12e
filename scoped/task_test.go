package scoped_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

func TestATaskRunsBesideItsScopeAndCommitsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{})
		err := b.Do(t.Context(), func(ctx context.Context) error {
			must(t, b.add(ctx, 1))
			task := scoped.Go(ctx, b.Registry, b.takes(time.Second, 2))
			must(t, b.add(ctx, 3))
			id, err := task.Wait()
			must(t, err)
			if id != 2 {
				t.Errorf("the value is %d", id)
			}
			b.wantIDs(2)
			return errBusiness
		})
		wantErr(t, err, errBusiness)
		b.wantIDs(2)
	})
}

func TestAScopeEndsWhenItsTasksHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{})
		begun := time.Now()
		must(t, b.Do(t.Context(), func(ctx context.Context) error {
			scoped.Go(ctx, b.Registry, b.takes(time.Minute, 1))
			return nil
		}))
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("it took %v", took)
		}
		b.wantIDs(1)
	})
}

func TestAScopeThatFailsCancelsItsTasks(t *testing.T) {
	for _, how := range []string{"an error", "a panic"} {
		synctest.Test(t, func(t *testing.T) {
			b := newBed(t, session.Options{})
			begun := time.Now()
			panicOf(func() {
				_ = b.Do(t.Context(), func(ctx context.Context) error {
					scoped.Go(ctx, b.Registry, b.takes(time.Minute, 1))
					synctest.Wait()
					if how == "a panic" {
						panic(how)
					}
					return errBusiness
				})
			})
			if took := time.Since(begun); took != 0 {
				t.Errorf("after %s it took %v", how, took)
			}
			b.wantIDs()
		})
	}
}

func TestTheErrorOfATaskThatNobodyWaitedForSpoilsTheScope(t *testing.T) {
	for name, fn := range map[string]scoped.Func[int]{"error": fails(0, errBusiness),
		"panic": func(context.Context) (int, error) { panic(errBusiness) }} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, session.Options{})
			err := b.Do(t.Context(), func(ctx context.Context) error {
				must(t, b.add(ctx, 1))
				scoped.Go(ctx, b.Registry, fn)
				return nil
			})
			wantErr(t, err, scoped.ErrRollbackOnly)
			wantErr(t, err, errBusiness)
			if !strings.Contains(err.Error(), "nobody has waited") {
				t.Errorf("the error is %v", err)
			}
			b.wantIDs()
		})
	}
}

func TestTheErrorOfATaskThatSomebodyWaitedForIsHis(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		task := scoped.Go(ctx, b.Registry, fails(0, errBusiness))
		for range 2 {
			_, err := task.Wait()
			wantErr(t, err, errBusiness)
		}
		return nil
	}))
	b.wantIDs(1)
}

func TestNoTaskBeginsInAScopeThatHasEnded(t *testing.T) {
	b := newBed(t, session.Options{})
	var late context.Context
	must(t, b.Do(t.Context(), func(ctx context.Context) error { late = ctx; return nil }))
	_, err := scoped.Go(late, b.Registry, panics).Wait()
	wantErr(t, err, scoped.ErrScopeEnded)
	id, err := scoped.Go(b.Outside(late), b.Registry, b.takes(0, 1)).Wait()
	must(t, err)
	b.wantIDs(int64(id))
}

func TestManyTasksWaitForConnectionsInTurn(t *testing.T) {
	b := newBed(t, session.Options{MaxConns: 2})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 100))
		for id := range 50 {
			scoped.Go(ctx, b.Registry, b.takes(0, id))
		}
		return nil
	}))
	if n := len(b.ids()); n != 51 {
		t.Errorf("%d notes are there", n)
	}
}

func TestAForkIsNobodysToWaitFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{MaxConns: 1})
		var child sync.WaitGroup
		err := b.Do(t.Context(), func(ctx context.Context) error {
			must(t, b.add(ctx, 1))
			forked, scope, err := b.Fork(ctx)
			must(t, err)
			child.Go(func() {
				err := b.add(forked, 2) // the only connection is its parent's, which will end
				must(t, scope.End(forked, err))
			})
			synctest.Wait()
			return errBusiness
		})
		wantErr(t, err, errBusiness)
		child.Wait()
		b.wantIDs(2)
	})
}

func TestTwoGoroutinesInOneScopeAreToldOfEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{})
		held := make(chan struct{})
		b.db.Once("values (1", fakedriver.Reaction{Wait: held})
		_ = b.Do(t.Context(), func(ctx context.Context) error {
			var other sync.WaitGroup
			other.Go(func() { firstPlace(ctx, b) })
			synctest.Wait()
			err := secondPlace(ctx, b)
			wantErr(t, err, session.ErrConcurrentUse)
			for _, place := range []string{"firstPlace", "secondPlace", "task_test.go:"} {
				if err == nil || !strings.Contains(err.Error(), place) {
					t.Errorf("the error does not name %s: %v", place, err)
				}
			}
			close(held)
			other.Wait()
			return nil
		})
	})
}

func firstPlace(ctx context.Context, b *bed) {
	_, _ = b.Exec(ctx, "INSERT INTO notes (id) VALUES (1)")
}

func secondPlace(ctx context.Context, b *bed) error {
	_, err := session.One[int](ctx, b, "SELECT id FROM notes")
	return err
}
