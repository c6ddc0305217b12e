package session_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

func TestACloseThatWasRefusedIsMadeUpForByWhoWasInside(t *testing.T) {
	for name, inside := range map[string]func(context.Context, *session.Session) error{
		"a statement": first,
		"a commit": func(ctx context.Context, s *session.Session) error {
			_ = s.Queue(insert, 2)
			return s.Commit(ctx)
		},
		"rows": func(ctx context.Context, s *session.Session) error {
			_, err := session.Collect[int](ctx, s, "SELECT id FROM t WHERE slow(1000) = 1")
			return err
		},
		"native code": func(ctx context.Context, s *session.Session) error {
			return session.Native(ctx, s, func(*fakedriver.Conn) error { time.Sleep(time.Second); return nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, fakedriver.Options{}, session.Options{})
				s := b.Session()
				b.exec(s, 1)
				var got []string
				heard(t, s, &got, "it")
				b.db.Once("(2)", fakedriver.Reaction{Delay: time.Second})
				b.db.Once("insert", fakedriver.Reaction{Delay: time.Second})
				done := make(chan error)
				go func() { done <- inside(t.Context(), s) }()
				synctest.Wait()
				wantIs(t, s.Close(), session.ErrConcurrentUse)
				if err := <-done; name == "rows" {
					wantIs(t, err, session.ErrClosed) // between the query and its rows
				} else {
					wantIs(t, err, nil)
				}
				synctest.Wait()
				wantState(t, s, session.StateClosed)
				if n := b.Stats().InUse; n != 0 {
					t.Errorf("%d connections are still in use", n)
				}
				if name == "a commit" {
					wantHeard(t, got, "it committed")
					b.wantContent(1, 2)
				} else {
					wantHeard(t, got, "it rolled back")
					b.wantContent()
				}
				wantIs(t, s.Close(), nil)
			})
		})
	}
}

func TestReadingStopsWhenAnotherGoroutineClosesTheSession(t *testing.T) {
	for range 50 {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		s := b.Session()
		for i := range 20 {
			b.exec(s, i)
		}
		rows := must(s.Query(t.Context(), ids))
		go s.Close()
		n := 0
		for rows.Next() {
			var id int
			if err := rows.Scan(&id); err != nil {
				wantIs(t, err, session.ErrClosed)
				break
			}
			n++
		}
		if err := rows.Close(); err == nil && n != 20 {
			t.Errorf("only %d rows were read, and there is no error", n)
		}
		for s.Close() != nil { // the other one is still at it
		}
		b.finish()
	}
}

func TestASavepointThatIsEndedAfterItsEndWasRefusedSpoilsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		s := b.Session()
		defer s.Close()
		sp := must(s.Savepoint())
		b.exec(sp, 1)
		met := b.db.Once("insert", fakedriver.Reaction{Delay: time.Second})
		done := make(chan error)
		go func() { done <- first(t.Context(), s) }()
		<-met
		wantIs(t, sp.Rollback(), session.ErrConcurrentUse)
		wantIs(t, <-done, nil)
		wantIs(t, sp.Rollback(), nil)
		b.exec(s, 3)
		wantIs(t, s.Commit(t.Context()), nil)
		b.wantContent(3)
	})
}

// takers are the ways to take a connection; each is called from a function of
// this file.
var takers = map[string]func(context.Context, *bed) error{
	"Exec": func(ctx context.Context, b *bed) error {
		return b.Do(ctx, func(ctx context.Context, s *session.Session) error {
			_, err := s.Exec(ctx, insert, 1)
			return err
		})
	},
	"One": func(ctx context.Context, b *bed) error {
		return b.Do(ctx, func(ctx context.Context, s *session.Session) error {
			_, err := session.One[int](ctx, s, "SELECT 1")
			return err
		})
	},
	"Each": func(ctx context.Context, b *bed) error {
		return b.Do(ctx, func(ctx context.Context, s *session.Session) error {
			for _, err := range session.Each[int](ctx, s, "SELECT 1") {
				return err
			}
			return nil
		})
	},
	"Native": func(ctx context.Context, b *bed) error {
		return b.Do(ctx, func(ctx context.Context, s *session.Session) error {
			return session.Native(ctx, s, func(*fakedriver.Conn) error { return nil })
		})
	},
	"Commit": func(ctx context.Context, b *bed) error {
		s := b.Session()
		defer s.Close()
		return errors.Join(s.Queue(insert, 1), s.Commit(ctx))
	},
	"Commit of Do": func(ctx context.Context, b *bed) error {
		return b.Do(ctx, func(ctx context.Context, s *session.Session) error { return s.Queue(insert, 1) })
	},
	"Commit of Do, retried": func(ctx context.Context, b *bed) error {
		return b.Do(ctx, func(ctx context.Context, s *session.Session) error { return s.Queue(insert, 1) },
			session.Retry{})
	},
	"Savepoint.Exec": func(ctx context.Context, b *bed) error {
		return b.Do(ctx, func(ctx context.Context, s *session.Session) error {
			return s.Nested(ctx, func(ctx context.Context, sp *session.Savepoint) error {
				_, err := sp.Exec(ctx, insert, 1)
				return err
			})
		})
	},
	"Savepoint, Collect": func(ctx context.Context, b *bed) error {
		return b.Do(ctx, func(ctx context.Context, s *session.Session) error {
			return s.Nested(ctx, func(ctx context.Context, sp *session.Savepoint) error {
				_, err := session.Collect[int](ctx, sp, ids)
				return err
			})
		})
	},
	"RunSync": func(ctx context.Context, b *bed) error { return b.RunSync(ctx, "v1", inSteps(insertOne)) },
	"RunSync, One": func(ctx context.Context, b *bed) error {
		return b.RunSync(ctx, "v1", func(ctx context.Context, c *session.SyncConn) error {
			_, err := session.One[int](ctx, c, "SELECT 1")
			return err
		})
	},
	"Ping": func(ctx context.Context, b *bed) error { return b.Ping(ctx) },
}

func TestWhoHoldsAConnectionIsNamedHoweverItWasTaken(t *testing.T) {
	for name, take := range takers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1, AcquireTimeout: time.Second})
				slow := func(context.Context) error { time.Sleep(time.Minute); return nil }
				b.db.OnDial(slow)
				done := make(chan error)
				go func() { done <- take(t.Context(), b) }()
				synctest.Wait()
				_, err := b.Session().Exec(t.Context(), insert, 9)
				wantIs(t, err, session.ErrPoolTimeout)
				// In the session's own tests its own frames are left out too.
				wantText(t, fmt.Sprint(err), "held for 1s by github.com/sqlscope/sqlscope/session_test.", "_test.go:")
				wantIs(t, <-done, nil)
			})
		})
	}
}
