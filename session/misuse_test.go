package session_test

import (
	"context"
	"fmt"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// intruders are the calls of a second goroutine, and of the first.
var intruders = map[string]func(context.Context, *session.Session, *session.Savepoint) error{
	"Exec": func(ctx context.Context, s *session.Session, _ *session.Savepoint) error {
		_, err := s.Exec(ctx, insert, 9)
		return err
	},
	"Query": func(ctx context.Context, s *session.Session, _ *session.Savepoint) error {
		_, err := s.Query(ctx, ids)
		return err
	},
	"Collect": func(ctx context.Context, s *session.Session, _ *session.Savepoint) error {
		_, err := session.Collect[int](ctx, s, ids)
		return err
	},
	"Queue": func(_ context.Context, s *session.Session, _ *session.Savepoint) error {
		return s.Queue(insert, 9)
	},
	"Begin": func(_ context.Context, s *session.Session, _ *session.Savepoint) error {
		return s.Begin(session.TxOptions{})
	},
	"Savepoint": func(_ context.Context, s *session.Session, _ *session.Savepoint) error {
		_, err := s.Savepoint()
		return err
	},
	"Native": func(ctx context.Context, s *session.Session, _ *session.Savepoint) error {
		return session.Native(ctx, s, func(*fakedriver.Conn) error { return nil })
	},
	"OnCommit": func(_ context.Context, s *session.Session, _ *session.Savepoint) error {
		return s.OnCommit(func(context.Context) { panic("a hook that was refused ran") })
	},
	"Commit": func(ctx context.Context, s *session.Session, _ *session.Savepoint) error {
		return s.Commit(ctx)
	},
	"Rollback": func(ctx context.Context, s *session.Session, _ *session.Savepoint) error {
		return s.Rollback(ctx)
	},
	"Close": func(_ context.Context, s *session.Session, _ *session.Savepoint) error {
		return s.Close()
	},
	"Savepoint.Exec": func(ctx context.Context, _ *session.Session, sp *session.Savepoint) error {
		_, err := sp.Exec(ctx, insert, 9)
		return err
	},
	"Savepoint.Release": func(_ context.Context, _ *session.Session, sp *session.Savepoint) error {
		return sp.Release()
	},
	"Savepoint.Rollback": func(_ context.Context, _ *session.Session, sp *session.Savepoint) error {
		return sp.Rollback()
	},
}

// bothPlaces is a message that names two different functions of this file.
var bothPlaces = regexp.MustCompile(
	`at \S*session_test\.\S+ \S*misuse_test\.go:\d+ while another goroutine was at ` +
		`\S*session_test\.first \S*misuse_test\.go:\d+; give each goroutine its own session`)

// first is what the first goroutine does.
func first(ctx context.Context, s *session.Session) error {
	_, err := s.Exec(ctx, insert, 2)
	return err
}

func TestASecondGoroutineIsRefusedWithBothPlaces(t *testing.T) {
	for name, intrude := range intruders {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, fakedriver.Options{}, session.Options{})
				s := b.Session()
				defer s.Close()
				sp := must(s.Savepoint())
				b.exec(sp, 1)
				hold := make(chan struct{})
				met := b.db.Once("insert", fakedriver.Reaction{Wait: hold})
				done := make(chan error)
				go func() { done <- first(t.Context(), s) }()
				<-met
				err := intrude(t.Context(), s, sp)
				wantIs(t, err, session.ErrConcurrentUse)
				if text := fmt.Sprint(err); !bothPlaces.MatchString(text) {
					t.Errorf("not both places are named: %s", text)
				}
				close(hold)
				wantIs(t, <-done, nil) // the first is not disturbed
				switch name {
				case "Close": // the first closed the session on its way out
					wantIs(t, s.Commit(t.Context()), session.ErrClosed)
					b.wantContent()
				case "Savepoint.Release", "Savepoint.Rollback":
					// what should have been undone must not be committed
					wantIs(t, s.Commit(t.Context()), session.ErrTxFailed)
					b.wantContent()
				default:
					wantIs(t, s.Commit(t.Context()), nil)
					b.wantContent(1, 2)
				}
			})
		})
	}
}

func TestWhoIsInsideIsNamedEvenWhenItCommitsOrEnds(t *testing.T) {
	for name, inside := range map[string]func(*session.Session) error{
		"Commit":   func(s *session.Session) error { return s.Commit(context.Background()) },
		"Rollback": func(s *session.Session) error { return s.Rollback(context.Background()) },
		"Close":    func(s *session.Session) error { return s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, fakedriver.Options{}, session.Options{})
				s := b.Session()
				defer s.Close()
				b.exec(s, 1)
				wantIs(t, s.OnRollback(func(context.Context) {}), nil) // so that Close waits
				hold := make(chan struct{})
				for _, end := range []string{"commit", "rollback"} {
					b.db.Once(end, fakedriver.Reaction{Wait: hold})
				}
				done := make(chan error)
				go func() { done <- inside(s) }()
				synctest.Wait()
				_, err := s.Exec(t.Context(), insert, 2)
				wantIs(t, err, session.ErrConcurrentUse)
				if n := len(regexp.MustCompile(`misuse_test\.go:\d+`).FindAllString(fmt.Sprint(err), -1)); n != 2 {
					t.Errorf("%d places are named: %v", n, err)
				}
				close(hold)
				wantIs(t, <-done, nil)
			})
		})
	}
}

func TestNativeCodeThatUsesItsSessionIsRefused(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	wantIs(t, session.Native(t.Context(), s, func(*fakedriver.Conn) error {
		_, err := s.Exec(t.Context(), insert, 1)
		return err
	}), session.ErrConcurrentUse)
}

func TestAClosedSessionSaysSo(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	b.exec(s, 1)
	wantIs(t, s.Close(), nil)
	wantIs(t, s.Close(), nil)
	_, err := s.Exec(t.Context(), insert, 2)
	wantIs(t, err, session.ErrClosed)
	wantText(t, err.Error(), "the session is closed")
	for v, err := range session.Each[int](t.Context(), s, ids) {
		wantIs(t, err, session.ErrClosed)
		if v != 0 {
			t.Errorf("yielded %d with the error", v)
		}
	}
	hook := func(context.Context) { t.Error("a hook of a closed session ran") }
	wantIs(t, s.OnCommit(hook), session.ErrClosed)
	wantIs(t, s.OnRollback(hook), session.ErrClosed)
	_ = s.Close()
}

func TestOpenRowsAreNamedToWhoComesNext(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	b.exec(s, 2)
	rows := must(s.Query(t.Context(), ids))
	for name, call := range intruders {
		switch name {
		case "Close", "Rollback", "Begin", "OnCommit", "Savepoint.Exec", "Savepoint.Release", "Savepoint.Rollback":
			continue // they may, or need a savepoint
		}
		err := call(t.Context(), s, nil)
		wantIs(t, err, session.ErrRowsOpen)
		wantText(t, fmt.Sprint(err), ids)
	}
	var got []int
	for rows.Next() {
		var id int
		wantIs(t, rows.Scan(&id), nil)
		got = append(got, id)
	}
	wantIs(t, rows.Err(), nil)
	if len(got) != 2 {
		t.Errorf("the rows were disturbed: %v", got)
	}
	wantIs(t, s.Commit(t.Context()), nil) // reading to the end has closed them
	b.wantContent(1, 2)
}

func TestRowsMayBeClosedTwiceAndAfterTheirSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		s := b.Session()
		b.exec(s, 1)
		rows := must(s.Query(t.Context(), ids))
		wantIs(t, rows.Close(), nil)
		wantIs(t, rows.Close(), nil)
		b.exec(s, 2) // the second Close must not have touched this
		wantIs(t, rows.Scan(new(int)), session.ErrClosed)
		_ = s.Close()
		wantIs(t, rows.Close(), nil)
	})
}

func TestReadingGoesOnWhileAnotherGoroutineIsRefused(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	for i := range 10 {
		b.exec(s, i)
	}
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				_ = s.Queue(insert) // refused: wrong arguments, rows open or concurrent use
			}
		}
	}()
	for range 200 {
		rows, err := s.Query(t.Context(), ids)
		if err != nil {
			wantIs(t, err, session.ErrConcurrentUse)
			continue
		}
		wantIs(t, rows.Close(), nil)
	}
	close(stop)
	<-done
	wantIs(t, s.Commit(t.Context()), nil)
}

func TestSessionsOfOneEngineDoNotDisturbEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		hold := b.db.Once("insert", fakedriver.Reaction{Delay: time.Second})
		done := make(chan error)
		go func() {
			done <- b.Do(t.Context(), func(ctx context.Context, s *session.Session) error { return first(ctx, s) })
		}()
		<-hold
		start := time.Now()
		wantIs(t, b.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
			return s.Queue(insert, 1)
		}), nil)
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
		wantIs(t, <-done, nil)
	})
}
