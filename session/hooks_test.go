package session_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// heard registers a hook of each kind that notes the name.
func heard(t *testing.T, s *session.Session, into *[]string, name string) {
	t.Helper()
	note := func(what string) func(context.Context) {
		return func(context.Context) { *into = append(*into, name+what) }
	}
	wantIs(t, s.OnCommit(note(" committed")), nil)
	wantIs(t, s.OnRollback(note(" rolled back")), nil)
}

func wantHeard(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

func TestHooksHearTheOutcomeOnceAndInOrder(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*session.Session) error
		want []string
	}{
		"commit": {func(s *session.Session) error { return s.Commit(context.Background()) },
			[]string{"1 committed", "2 committed"}},
		"rollback": {func(s *session.Session) error { return s.Rollback(context.Background()) },
			[]string{"1 rolled back", "2 rolled back"}},
		"close": {(*session.Session).Close, []string{"1 rolled back", "2 rolled back"}},
		"commit with a context that has ended": {func(s *session.Session) error { return s.Commit(ended()) },
			[]string{"1 rolled back", "2 rolled back"}},
	} {
		for _, began := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				b := newBed(t, fakedriver.Options{}, session.Options{})
				s := b.Session()
				var got []string
				heard(t, s, &got, "1")
				if began {
					b.exec(s, 1)
				}
				heard(t, s, &got, "2")
				_ = c.end(s)
				if !began && name == "commit with a context that has ended" {
					c.want = []string{"1 committed", "2 committed"} // there was nothing to roll back
				}
				wantHeard(t, got, c.want...)
				b.exec2(s)
				_ = s.Commit(t.Context())
				_ = s.Close()
				wantHeard(t, got, c.want...) // never again
			})
		}
	}
}

// exec2 inserts 2 if the session is still open.
func (b *bed) exec2(s *session.Session) {
	if s.State() != session.StateClosed {
		b.exec(s, 2)
	}
}

func TestHooksOfAFailedCommitHearARollback(t *testing.T) {
	for name, arrange := range map[string]func(*bed, *session.Session){
		"failed before": fail2,
		"failed at commit": func(b *bed, s *session.Session) {
			b.db.Once("commit", fakedriver.Reaction{Err: errors.New("no")})
		},
		"unknown": func(b *bed, s *session.Session) {
			b.db.Once("commit", fakedriver.Reaction{Cut: fakedriver.CutAfter})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, fakedriver.Options{}, session.Options{})
			s := b.Session()
			defer s.Close()
			var got []string
			heard(t, s, &got, "it")
			b.exec(s, 1)
			arrange(b, s)
			if s.Commit(t.Context()) == nil {
				t.Error("committed")
			}
			wantHeard(t, got, "it rolled back")
		})
	}
}

func fail2(b *bed, s *session.Session) { fail(b, s) }

func TestHooksRunAfterTheConnectionIsBack(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	ran := false
	wantIs(t, s.OnCommit(func(context.Context) {
		ran = true
		wantState(t, s, session.StateIdle)
		if n := b.Stats().InUse; n != 0 {
			t.Errorf("%d connections are in use", n)
		}
		b.exec(s, 2) // the session may be used again, for another transaction
		wantIs(t, s.OnCommit(func(context.Context) { t.Error("a hook of the next transaction ran") }), nil)
	}), nil)
	wantIs(t, s.Commit(t.Context()), nil)
	if !ran {
		t.Error("the hook did not run")
	}
	wantState(t, s, session.StateActive)
	wantIs(t, s.Rollback(t.Context()), nil)
	b.wantContent(1)
}

func TestRollbackHooksRunWhenTheServerHasRolledBack(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
	for _, end := range []func(*session.Session) error{
		(*session.Session).Close,
		func(s *session.Session) error { return s.Commit(ended()) },
		func(s *session.Session) error { return s.Rollback(context.Background()) },
	} {
		s := b.Session()
		b.exec(s, 1)
		wantIs(t, s.OnRollback(func(context.Context) {
			if n := b.Stats().InUse; n != 0 {
				t.Errorf("%d connections are in use", n)
			}
		}), nil)
		_ = end(s)
		_ = s.Close()
	}
}

func TestAPanicInAHookIsLoggedAndTheOthersRun(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	var got []string
	heard(t, s, &got, "1")
	wantIs(t, s.OnCommit(func(context.Context) { panic("hook trouble") }), nil)
	heard(t, s, &got, "2")
	wantIs(t, s.Commit(t.Context()), nil)
	wantHeard(t, got, "1 committed", "2 committed")
	wantText(t, b.log.String(), "a hook panicked", "hook trouble", "hooks_test.go")
	b.wantContent(1)
}

func TestHooksGetTheContextOfTheirEnd(t *testing.T) {
	type key struct{}
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	check := func(ctx context.Context) {
		if ctx.Value(key{}) != "mine" {
			t.Error("another context")
		}
	}
	ctx := context.WithValue(t.Context(), key{}, "mine")
	wantIs(t, s.OnCommit(check), nil)
	b.exec(s, 1)
	wantIs(t, s.Commit(ctx), nil)
	wantIs(t, s.OnRollback(check), nil)
	b.exec(s, 2)
	wantIs(t, s.Rollback(ctx), nil)
}

func TestHooksAreDroppedWithTheirSavepoint(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	var got []string
	heard(t, s, &got, "outside")
	outer := must(s.Savepoint())
	b.exec(outer, 1)
	heard(t, s, &got, "outer")
	inner := must(outer.Savepoint())
	b.exec(inner, 2)
	heard(t, s, &got, "inner")
	wantIs(t, inner.Rollback(), nil)
	heard(t, s, &got, "after inner")
	wantIs(t, outer.Release(), nil)
	failed := must(s.Savepoint())
	heard(t, s, &got, "failed")
	fail(b, failed)
	wantIs(t, failed.Release(), session.ErrTxFailed)
	wantIs(t, s.Commit(t.Context()), nil)
	wantHeard(t, got, "outside committed", "outer committed", "after inner committed")
}

func TestHooksOfNestedAreDroppedWithItsError(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	var got []string
	wrong := errors.New("wrong")
	wantIs(t, b.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		for _, err := range []error{nil, wrong} {
			wantIs(t, s.Nested(ctx, func(context.Context, *session.Savepoint) error {
				heard(t, s, &got, map[bool]string{true: "kept", false: "dropped"}[err == nil])
				return err
			}), err)
		}
		return nil
	}), nil)
	wantHeard(t, got, "kept committed")
}

func TestARollbackOfNothingDropsHooksToo(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	var got []string
	heard(t, s, &got, "it")
	wantIs(t, s.Rollback(t.Context()), nil)
	wantIs(t, s.Commit(t.Context()), nil)
	wantHeard(t, got, "it rolled back")
}

func TestHooksRunOnAPanicOfDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		var got []string
		func() {
			defer func() { _ = recover() }()
			_ = b.Do(t.Context(), func(_ context.Context, s *session.Session) error {
				b.exec(s, 1)
				heard(t, s, &got, "it")
				panic("boom")
			})
		}()
		wantHeard(t, got, "it rolled back")
	})
}
