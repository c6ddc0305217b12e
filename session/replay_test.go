package session_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// keep leaves n idle connections in the pool.
func (b *bed) keep(n int) {
	b.t.Helper()
	var all []*session.Session
	for range n {
		s := b.Session()
		if _, err := session.Collect[int](b.t.Context(), s, ids); err != nil {
			b.t.Fatal(err)
		}
		all = append(all, s)
	}
	for _, s := range all {
		wantIs(b.t, s.Commit(b.t.Context()), nil)
	}
	if st := b.Stats(); st.Pool.Idle != n {
		b.t.Fatalf("%d connections are idle, want %d", st.Pool.Idle, n)
	}
	b.flights()
}

func (b *bed) wantReplays(want int64) {
	b.t.Helper()
	if got := b.Stats().Replays; got != want {
		b.t.Errorf("%d replays, want %d", got, want)
	}
}

func TestAConnectionFoundDeadBeforeAnythingWasSentIsReplaced(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	b.keep(3)
	b.db.KillAll()
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantLog("", "begin; exec "+insert, "commit") // the first found the connection dead
	b.wantReplays(1)
	b.wantContent(1)
	if n := b.db.Counts().Pings; n == 0 {
		t.Error("the replacement was not verified, so it could have been another dead one")
	}
}

func TestAFirstFlightWithCommitIsReplacedTooIfNothingWasSent(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	b.keep(1)
	b.db.KillAll()
	s := b.Session()
	defer s.Close()
	wantIs(t, s.Queue(insert, 1), nil)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantReplays(1)
	b.wantLog("", "begin; exec "+insert+"; commit")
	b.wantContent(1)
}

func TestAReplacementIsNotReplaced(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	b.keep(1)
	for range 2 {
		b.db.Once("begin", fakedriver.Reaction{Cut: fakedriver.CutUnsent})
	}
	s := b.Session()
	defer s.Close()
	_, err := s.Exec(t.Context(), insert, 1)
	if session.KindOf(err) != session.KindConnLost {
		t.Errorf("the error is %v", err)
	}
	b.wantReplays(1)
	b.wantLog("", "")
	wantState(t, s, session.StateIdle)
	b.exec(s, 2) // nothing was begun, so the session goes on
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(2)
}

func TestAFlightThatMayHaveReachedTheServerIsNeverSentAgain(t *testing.T) {
	for name, cut := range map[string]fakedriver.Cut{
		"before": fakedriver.CutBefore, "after": fakedriver.CutAfter} {
		for _, step := range []string{"begin", "insert"} {
			t.Run(step+" "+name, func(t *testing.T) {
				b := newBed(t, fakedriver.Options{}, session.Options{})
				b.keep(1)
				b.db.Once(step, fakedriver.Reaction{Cut: cut})
				s := b.Session()
				defer s.Close()
				_, err := s.Exec(t.Context(), insert, 1)
				if session.KindOf(err) != session.KindConnLost || !session.IsRetryable(err) {
					t.Errorf("the error is %v", err)
				}
				wantState(t, s, session.StateFailed)
				b.wantReplays(0)
				wantIs(t, s.Commit(t.Context()), session.ErrTxFailed)
				b.wantContent()
			})
		}
	}
}

func TestAConnectionLostInsideATransactionIsNotReplaced(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	b.db.KillAll()
	_, err := s.Exec(t.Context(), insert, 2)
	if session.KindOf(err) != session.KindConnLost {
		t.Errorf("the error is %v", err)
	}
	wantState(t, s, session.StateFailed)
	err = s.Commit(t.Context())
	wantIs(t, err, session.ErrTxFailed)
	if errors.Is(err, session.ErrCommitUnknown) {
		t.Errorf("no COMMIT was sent: %v", err)
	}
	b.wantReplays(0)
	b.wantContent()
}

func TestADeadConnectionFoundByCommitAloneMeansNotCommitted(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	b.db.KillAll()
	err := s.Commit(t.Context())
	if session.KindOf(err) != session.KindConnLost || errors.Is(err, session.ErrCommitUnknown) {
		t.Errorf("the error is %v", err)
	}
	wantState(t, s, session.StateIdle)
	b.wantContent()
}

func TestNoReplacementIsTakenWhenTheCallerHasGoneAway(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	b.db.OnRun(func(context.Context, drivers.Step) *fakedriver.Reaction {
		cancel()
		return &fakedriver.Reaction{Cut: fakedriver.CutUnsent}
	})
	s := b.Session()
	defer s.Close()
	if _, err := s.Exec(ctx, insert, 1); err == nil {
		t.Error("the statement worked")
	}
	b.wantReplays(0)
	wantState(t, s, session.StateIdle)
}

func TestAReplacementThatCannotBeHadIsNoReplay(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	b.keep(1)
	b.db.KillAll()
	down := errors.New("no route to host")
	b.db.OnDial(func(context.Context) error { return down })
	s := b.Session()
	defer s.Close()
	_, err := s.Exec(t.Context(), insert, 1)
	wantIs(t, err, down)
	b.wantReplays(0)
	wantState(t, s, session.StateIdle)
	b.db.OnDial(nil)
	b.exec(s, 1)
}
