package session_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/session"
)

func TestCloseDoesNotWaitForARemoteServerAndEngineCloseDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		b.db.Once("rollback", fakedriver.Reaction{Delay: 2 * time.Second})
		s := b.Session()
		b.exec(s, 1)
		start := time.Now()
		wantIs(t, s.Close(), nil)
		if took := time.Since(start); took != 0 {
			t.Errorf("Close took %v", took)
		}
		if n := b.Stats().InUse; n != 1 {
			t.Errorf("the connection is free before it is clean: %d in use", n)
		}
		wantIs(t, b.Engine.Close(t.Context()), nil)
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("Engine.Close came back after %v, want after the rollback", took)
		}
		b.wantLog("begin; exec "+insert, "rollback")
	})
}

func TestTheNextSessionWaitsUntilTheConnectionIsClean(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
		b.db.Once("rollback", fakedriver.Reaction{Delay: 2 * time.Second})
		s := b.Session()
		b.exec(s, 1)
		_ = s.Close()
		next := b.Session()
		defer next.Close()
		start := time.Now()
		b.exec(next, 2)
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("the connection was handed out after %v", took)
		}
		wantIs(t, next.Commit(t.Context()), nil)
		b.wantContent(2)
	})
}

func TestCloseWaitsWhenSomebodyWantsToKnowWhenItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		b.db.Once("rollback", fakedriver.Reaction{Delay: 2 * time.Second})
		s := b.Session()
		b.exec(s, 1)
		start := time.Now()
		var called time.Duration
		wantIs(t, s.OnRollback(func(context.Context) { called = time.Since(start) }), nil)
		_ = s.Close()
		if took := time.Since(start); took != 2*time.Second || called != took {
			t.Errorf("Close took %v, the hook ran after %v", took, called)
		}
	})
}

func TestCloseDoesNotWaitForThoseWhoOnlyWantToHearOfACommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		b.db.Once("rollback", fakedriver.Reaction{Delay: 2 * time.Second})
		s := b.Session()
		b.exec(s, 1)
		wantIs(t, s.OnCommit(func(context.Context) { t.Error("nothing was committed") }), nil)
		start := time.Now()
		_ = s.Close()
		if took := time.Since(start); took != 0 {
			t.Errorf("Close took %v", took)
		}
	})
}

func TestCloseOfALocalDatabaseCleansAtOnce(t *testing.T) {
	fake := capabilities(func(c *drivers.Capabilities) { c.Remote = false })
	before := leakcheck.Goroutines()
	b := newBed(t, fake, session.Options{})
	s := b.Session()
	b.exec(s, 1)
	_ = s.Close()
	if n := b.Stats().InUse; n != 0 || leakcheck.Goroutines() > before {
		t.Errorf("%d connections in use, goroutines %d, before %d", n, leakcheck.Goroutines(), before)
	}
	b.wantLog("begin; exec "+insert, "rollback")
}

func TestARollbackThatGetsNoAnswerClosesTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{},
			session.Options{EndTimeout: 3 * time.Second, CancelGrace: time.Second})
		b.db.Once("rollback", fakedriver.Reaction{Wait: make(chan struct{}), Deaf: true})
		s := b.Session()
		defer s.Close()
		b.exec(s, 1)
		start := time.Now()
		wantIs(t, s.Rollback(ended()), nil) // it does not depend on ctx
		if took := time.Since(start); took != 4*time.Second {
			t.Errorf("Rollback took %v, want EndTimeout and CancelGrace", took)
		}
		wantText(t, b.log.String(), "rollback failed; closing the connection")
		if st := b.Stats(); st.Pool.Open != 0 {
			t.Errorf("the connection is kept: %+v", st.Pool)
		}
		b.wantContent()
	})
}

func TestCloseGivesUpRowsThatAreOpen(t *testing.T) {
	for name, fake := range map[string]fakedriver.Options{
		"rows that can be aborted": {},
		"rows that cannot":         {NoAbort: true},
		"a local database": func() fakedriver.Options {
			o := capabilities(func(c *drivers.Capabilities) { c.Remote = false })
			o.NoAbort = true
			return o
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, fake, session.Options{})
				s := b.Session()
				b.exec(s, 1)
				rows := must(s.Query(t.Context(), ids))
				_ = s.Close()
				synctest.Wait()
				if rows.Next() {
					t.Error("the rows outlive their session")
				}
				wantIs(t, rows.Err(), session.ErrClosed)
				wantIs(t, rows.Close(), session.ErrClosed)
				wantIs(t, rows.Scan(new(int)), session.ErrClosed)
				_, err := rows.Values()
				wantIs(t, err, session.ErrClosed)
				if st := b.Stats(); st.InUse != 0 || (st.Pool.Open == 0) != (name == "rows that cannot") {
					t.Errorf("%+v", st)
				}
				b.wantContent()
			})
		})
	}
}

func TestRowsThatHaveBeenReadDoNotCostTheirConnection(t *testing.T) {
	b := newBed(t, fakedriver.Options{NoAbort: true}, session.Options{})
	s := b.Session()
	b.exec(s, 1)
	rows := must(s.Query(t.Context(), ids))
	wantIs(t, rows.Close(), nil)
	wantIs(t, s.Rollback(t.Context()), nil)
	if st := b.Stats(); st.Pool.Open != 1 {
		t.Errorf("the connection was closed: %+v", st.Pool)
	}
	_ = s.Close()
}

func TestTwoHundredCancelledSessionsOpenNoMoreThanFourConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 4})
		b.db.OnRun(func(_ context.Context, step drivers.Step) *fakedriver.Reaction {
			return &fakedriver.Reaction{Delay: time.Millisecond}
		})
		done := make(chan error)
		for i := range 200 {
			go func() {
				ctx, cancel := context.WithCancel(t.Context())
				done <- b.Do(ctx, func(ctx context.Context, s *session.Session) error {
					b.exec(s, i)
					cancel() // between two statements
					_, err := s.Exec(ctx, insert, i)
					return err
				})
			}()
		}
		for range 200 {
			wantIs(t, <-done, context.Canceled)
		}
		synctest.Wait()
		time.Sleep(time.Second) // the last rollbacks
		if st := b.Stats(); st.Pool.Opened > 4 || st.Pool.Open > 4 || st.Rollbacks != 200 || st.InUse != 0 {
			t.Errorf("%+v", st)
		}
		b.finish()
		b.wantContent()
	})
}

func TestDoEndsItsTransactionAsItsFunctionEnds(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	ctx := t.Context()
	wantIs(t, b.Do(ctx, func(ctx context.Context, s *session.Session) error {
		b.exec(s, 1)
		return nil
	}), nil)
	wantIs(t, b.Do(ctx, func(ctx context.Context, s *session.Session) error {
		b.exec(s, 2)
		return context.DeadlineExceeded
	}), context.DeadlineExceeded)
	func() {
		defer func() {
			if p := recover(); p != "boom" {
				t.Errorf("recovered %v", p)
			}
		}()
		_ = b.Do(ctx, func(ctx context.Context, s *session.Session) error {
			b.exec(s, 3)
			panic("boom")
		})
	}()
	wantIs(t, b.Do(ctx, func(ctx context.Context, s *session.Session) error {
		b.exec(s, 4)
		fail(b, s)
		return nil // a failure that is ignored is not committed
	}), session.ErrTxFailed)
	wantIs(t, b.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := s.Query(ctx, ids)
		return err // with rows left open
	}), session.ErrRowsOpen)
	wantIs(t, b.Do(ctx, func(ctx context.Context, s *session.Session) error {
		b.exec(s, 5)
		return s.Close()
	}), session.ErrClosed)
	b.finish()
	b.wantContent(1)
}
