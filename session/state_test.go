package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// states bring a new session into each of the four states.
var states = map[string]func(*bed, *session.Session){
	"idle":   func(*bed, *session.Session) {},
	"active": func(b *bed, s *session.Session) { b.exec(s, 1) },
	"failed": func(b *bed, s *session.Session) {
		b.exec(s, 1)
		if _, err := s.Exec(b.t.Context(), "SELECT fail()"); err == nil {
			b.t.Fatal("fail() did not fail")
		}
	},
	"closed": func(_ *bed, s *session.Session) { _ = s.Close() },
}

// operations are the columns of the table of states.
var operations = map[string]func(context.Context, *session.Session) error{
	"exec": func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, insert, 2)
		return err
	},
	"query": func(ctx context.Context, s *session.Session) error {
		rows, err := s.Query(ctx, ids)
		if err != nil {
			return err
		}
		return rows.Close()
	},
	"queue": func(_ context.Context, s *session.Session) error { return s.Queue(insert, 2) },
	"begin same": func(_ context.Context, s *session.Session) error {
		return s.Begin(session.TxOptions{})
	},
	"begin other": func(_ context.Context, s *session.Session) error {
		return s.Begin(session.TxOptions{Isolation: session.Serializable})
	},
	"savepoint": func(_ context.Context, s *session.Session) error {
		_, err := s.Savepoint()
		return err
	},
	"nested": func(ctx context.Context, s *session.Session) error {
		return s.Nested(ctx, func(context.Context, *session.Savepoint) error { return nil })
	},
	"native": func(ctx context.Context, s *session.Session) error {
		return session.Native(ctx, s, func(*fakedriver.Conn) error { return nil })
	},
	"commit":   func(ctx context.Context, s *session.Session) error { return s.Commit(ctx) },
	"rollback": func(ctx context.Context, s *session.Session) error { return s.Rollback(ctx) },
	"close":    func(_ context.Context, s *session.Session) error { return s.Close() },
}

func TestEveryOperationInEveryStateDoesWhatTheTableOfStatesSays(t *testing.T) {
	const (
		idle, active   = session.StateIdle, session.StateActive
		failed, closed = session.StateFailed, session.StateClosed
	)
	none := []string(nil)
	for _, c := range []struct {
		state, operation string
		want             error
		next             session.State
		sent             []string
	}{
		{"idle", "exec", nil, active, []string{"begin; exec " + insert}},
		{"idle", "query", nil, active, []string{"begin; query " + ids}},
		{"idle", "queue", nil, active, none},
		{"idle", "begin same", nil, idle, none},
		{"idle", "begin other", nil, idle, none},
		{"idle", "savepoint", nil, active, none},
		{"idle", "nested", nil, active, none},
		{"idle", "native", nil, active, []string{"begin"}},
		{"idle", "commit", nil, idle, none},
		{"idle", "rollback", nil, idle, none},
		{"idle", "close", nil, closed, none},

		{"active", "exec", nil, active, []string{"exec " + insert}},
		{"active", "query", nil, active, []string{"query " + ids}},
		{"active", "queue", nil, active, none},
		{"active", "begin same", nil, active, none},
		{"active", "begin other", session.ErrTxBegun, active, none},
		{"active", "savepoint", nil, active, none},
		{"active", "nested", nil, active, none},
		{"active", "native", nil, active, none},
		{"active", "commit", nil, idle, []string{"commit"}},
		{"active", "rollback", nil, idle, []string{"rollback"}},
		{"active", "close", nil, closed, []string{"rollback"}},

		{"failed", "exec", session.ErrTxFailed, failed, none},
		{"failed", "query", session.ErrTxFailed, failed, none},
		{"failed", "queue", session.ErrTxFailed, failed, none},
		{"failed", "begin same", session.ErrTxFailed, failed, none},
		{"failed", "begin other", session.ErrTxFailed, failed, none},
		{"failed", "savepoint", session.ErrTxFailed, failed, none},
		{"failed", "nested", session.ErrTxFailed, failed, none},
		{"failed", "native", session.ErrTxFailed, failed, none},
		{"failed", "commit", session.ErrTxFailed, idle, []string{"rollback"}},
		{"failed", "rollback", nil, idle, []string{"rollback"}},
		{"failed", "close", nil, closed, []string{"rollback"}},

		{"closed", "exec", session.ErrClosed, closed, none},
		{"closed", "query", session.ErrClosed, closed, none},
		{"closed", "queue", session.ErrClosed, closed, none},
		{"closed", "begin same", session.ErrClosed, closed, none},
		{"closed", "begin other", session.ErrClosed, closed, none},
		{"closed", "savepoint", session.ErrClosed, closed, none},
		{"closed", "nested", session.ErrClosed, closed, none},
		{"closed", "native", session.ErrClosed, closed, none},
		{"closed", "commit", session.ErrClosed, closed, none},
		{"closed", "rollback", nil, closed, none},
		{"closed", "close", nil, closed, none},
	} {
		t.Run(c.state+"/"+c.operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, fakedriver.Options{}, session.Options{})
				s := b.Session()
				defer s.Close()
				states[c.state](b, s)
				b.flights()
				err := operations[c.operation](t.Context(), s)
				synctest.Wait() // a rollback that nobody waits for
				wantIs(t, err, c.want)
				wantState(t, s, c.next)
				b.wantLog(c.sent...)
				if c.want == session.ErrTxFailed && session.KindOf(err) != session.KindData {
					t.Errorf("the first cause is missing from %v", err)
				}
			})
		})
	}
}

func TestAConnectionIsHeldOnlyWhileATransactionIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		s := b.Session()
		defer s.Close()
		held := func(when string, want int) {
			t.Helper()
			synctest.Wait()
			if got := b.Stats().InUse; got != want {
				t.Errorf("%s %d connections are held, want %d", when, got, want)
			}
		}
		held("after opening the session", 0)
		_ = s.Queue(insert, 1)
		_, _ = s.Savepoint()
		held("after queueing", 0)
		b.exec(s, 2)
		held("after the first statement", 1)
		wantIs(t, s.Commit(t.Context()), nil)
		held("after Commit", 0)
		b.exec(s, 3)
		wantIs(t, s.Rollback(t.Context()), nil)
		held("after Rollback", 0)
		b.exec(s, 4)
		_ = s.Close()
		held("after Close", 0)
		b.wantContent(1, 2)
	})
}

// refusals are calls that are refused before anything is sent.
var refusals = map[string]struct {
	call func(*session.Session) error
	want error
}{
	"too few arguments": {func(s *session.Session) error {
		_, err := s.Exec(context.Background(), insert)
		return err
	}, session.ErrArguments},
	"an empty statement": {func(s *session.Session) error {
		_, err := s.Query(context.Background(), " ")
		return err
	}, session.ErrArguments},
	"too many arguments in the queue": {func(s *session.Session) error {
		return s.Queue(insert, 1, 2)
	}, session.ErrArguments},
	"a context that has ended": {func(s *session.Session) error {
		_, err := s.Exec(ended(), insert, 2)
		return err
	}, context.Canceled},
	"a query with a context that has ended": {func(s *session.Session) error {
		_, err := s.Query(ended(), ids)
		return err
	}, context.Canceled},
	"native code with a context that has ended": {func(s *session.Session) error {
		_ = s.Queue(insert, 9)
		return session.Native(ended(), s, func(*fakedriver.Conn) error { return nil })
	}, context.Canceled},
}

func TestARefusalBeforeAnythingWasSentChangesNothing(t *testing.T) {
	for name, refusal := range refusals {
		for _, state := range []string{"idle", "active"} {
			t.Run(name+", "+state, func(t *testing.T) {
				b := newBed(t, fakedriver.Options{}, session.Options{})
				s := b.Session()
				defer s.Close()
				states[state](b, s)
				before, inUse, flights := s.State(), b.Stats().InUse, b.Stats().Flights
				b.flights()
				err := refusal.call(s)
				wantIs(t, err, refusal.want)
				if name != "native code with a context that has ended" { // it queued something
					wantState(t, s, before)
				}
				if now := b.Stats().InUse; now != inUse {
					t.Errorf("%d connections are held, before it were %d", now, inUse)
				}
				if now := b.Stats().Flights; now != flights {
					t.Errorf("%d flights were sent", now-flights)
				}
				b.wantLog()
				b.exec(s, 3)
				wantIs(t, s.Commit(t.Context()), nil)
			})
		}
	}
}

func TestAStatementThatGotNoConnectionChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1, AcquireTimeout: time.Second})
		other := b.Session()
		defer other.Close()
		b.exec(other, 1)

		s := b.Session()
		defer s.Close()
		_, err := s.Exec(t.Context(), insert, 2)
		wantIs(t, err, session.ErrPoolTimeout)
		wantState(t, s, session.StateIdle)

		wantIs(t, s.Queue(insert, 3), nil)
		_, err = s.Exec(t.Context(), insert, 4)
		wantIs(t, err, session.ErrPoolTimeout)
		wantState(t, s, session.StateActive) // the queued statement still waits

		wantIs(t, other.Rollback(t.Context()), nil)
		wantIs(t, s.Commit(t.Context()), nil)
		b.wantContent(3)
	})
}

func TestAServerThatCannotBeReachedLeavesTheSessionIdle(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	down := errors.New("no route to host")
	b.db.OnDial(func(context.Context) error { return down })
	s := b.Session()
	defer s.Close()
	_, err := s.Exec(t.Context(), insert, 1)
	wantIs(t, err, down)
	wantText(t, err.Error(), "session: connect")
	wantState(t, s, session.StateIdle)
	b.db.OnDial(nil)
	b.exec(s, 1)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestOptionsGivenToBeginHoldForTheNextTransactionOnly(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session(session.TxOptions{Isolation: session.RepeatableRead})
	defer s.Close()
	wantIs(t, s.Begin(session.TxOptions{ReadOnly: true}), nil)
	_, err := s.Exec(ended(), ids)
	wantIs(t, err, context.Canceled) // refused, so the next is still to come
	for range 2 {
		if _, err := session.Collect[int](t.Context(), s, ids); err != nil {
			t.Fatal(err)
		}
		wantIs(t, s.Commit(t.Context()), nil)
	}
	b.wantLog("begin read only; query "+ids, "commit",
		"begin isolation level repeatable read; query "+ids, "commit")
}

func TestBeginDoesNotTakeBackWhatWasAskedForWhenItIsRefused(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	wantIs(t, s.Begin(session.TxOptions{Isolation: session.Serializable}), nil)
	if err := s.Begin(session.TxOptions{Deferrable: true}); err == nil {
		t.Error("a contradiction is accepted")
	}
	b.exec(s, 1)
	err := s.Begin(session.TxOptions{})
	wantIs(t, err, session.ErrTxBegun)
	wantIs(t, s.Begin(session.TxOptions{Isolation: session.Serializable}), nil)
	b.wantLog("begin isolation level serializable; exec " + insert)
}

func TestStatesHaveNames(t *testing.T) {
	for state, want := range map[session.State]string{
		session.StateIdle: "idle", session.StateActive: "active",
		session.StateFailed: "failed", session.StateClosed: "closed"} {
		if got := state.String(); got != want {
			t.Errorf("%d is called %q, want %q", state, got, want)
		}
	}
}
