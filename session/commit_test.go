package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

func TestCommitOnItsWayIsNotInterruptedByItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		s := b.Session()
		defer s.Close()
		b.exec(s, 1)
		onItsWay := b.db.Once("commit", fakedriver.Reaction{Delay: time.Second})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-onItsWay; cancel() }()
		wantIs(t, s.Commit(ctx), nil)
		wantIs(t, ctx.Err(), context.Canceled)
		b.wantContent(1)
	})
}

func TestCommitWhoseContextEndedBeforeRollsBackAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		s := b.Session()
		defer s.Close()
		b.exec(s, 1)
		b.flights()
		err := s.Commit(ended())
		wantIs(t, err, context.Canceled)
		wantText(t, err.Error(), "commit", "rolled back")
		if session.IsRetryable(err) {
			t.Errorf("%v is retryable, but nobody waits for it any more", err)
		}
		wantState(t, s, session.StateIdle)
		synctest.Wait()
		b.wantLog("rollback")
		b.wantContent()
		if st := b.Stats(); st.Commits != 0 || st.Rollbacks != 1 {
			t.Errorf("counted %+v", st)
		}
	})
}

func TestCommitThatGetsNoAnswerEndsWithItsOwnLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{},
			session.Options{EndTimeout: 3 * time.Second, CancelGrace: time.Second})
		s := b.Session()
		defer s.Close()
		b.exec(s, 1)
		b.db.Once("commit", fakedriver.Reaction{Wait: make(chan struct{}), Deaf: true})
		start := time.Now()
		err := s.Commit(t.Context())
		wantIs(t, err, session.ErrCommitUnknown)
		if took := time.Since(start); took != 4*time.Second {
			t.Errorf("Commit took %v, want EndTimeout and CancelGrace", took)
		}
		if session.IsRetryable(err) {
			t.Errorf("an unknown commit is retryable: %v", err)
		}
		if st := b.Stats(); st.UnknownCommits != 1 || st.Commits != 0 || st.Rollbacks != 0 {
			t.Errorf("an unknown commit is no rollback: %+v", st)
		}
	})
}

func TestCommitThatIsCancelledInTimeIsKnownNotToHaveHappened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{EndTimeout: time.Second})
		s := b.Session()
		defer s.Close()
		b.exec(s, 1)
		b.db.Once("commit", fakedriver.Reaction{Delay: time.Minute}) // but it hears a cancellation
		err := s.Commit(t.Context())
		if err == nil || errors.Is(err, session.ErrCommitUnknown) {
			t.Errorf("the error is %v", err)
		}
		b.wantContent()
	})
}

func TestQueuedStatementsThatTravelWithCommitCanBeCancelled(t *testing.T) {
	for name, deaf := range map[string]bool{"the server answers": false, "it does not": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, fakedriver.Options{}, session.Options{})
				s := b.Session()
				defer s.Close()
				wantIs(t, s.Queue(insert, 1), nil)
				b.db.Once("insert", fakedriver.Reaction{Delay: time.Hour, Deaf: deaf})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				err := s.Commit(ctx)
				wantIs(t, err, context.DeadlineExceeded)
				if unknown := errors.Is(err, session.ErrCommitUnknown); unknown != deaf {
					t.Errorf("unknown is %v: %v", unknown, err)
				}
				if n := b.Stats().Cancelled; n != 1 {
					t.Errorf("%d flights are counted as cancelled", n)
				}
				b.wantContent()
			})
		})
	}
}

func TestAQueuedStatementThatFailsAtCommitMeansNothingIsCommitted(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	wantIs(t, s.Queue("SELECT fail()"), nil)
	wantIs(t, s.Queue(insert, 2), nil)
	err := s.Commit(t.Context())
	wantText(t, err.Error(), "a queued statement failed", "SELECT fail()")
	if session.KindOf(err) != session.KindData {
		t.Errorf("the kind is %v", session.KindOf(err))
	}
	wantState(t, s, session.StateIdle)
	b.wantContent()
}

func TestCommitWithNothingSentSendsNothing(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	wantIs(t, s.Commit(t.Context()), nil)
	wantIs(t, s.Begin(session.TxOptions{ReadOnly: true}), nil)
	wantIs(t, s.Commit(t.Context()), nil)
	_ = must(s.Savepoint())
	wantIs(t, s.Commit(t.Context()), nil)
	wantIs(t, s.Commit(ended()), nil) // idle: there is nothing to roll back
	if st := b.Stats(); st.Flights != 0 || st.Pool.Opened != 0 || st.Commits != 0 || st.Rollbacks != 0 {
		t.Errorf("counted %+v", st)
	}
	b.wantLog()
}

func TestCommitWithRowsOpenChangesNothing(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	rows := must(s.Query(t.Context(), ids))
	err := s.Commit(t.Context())
	wantIs(t, err, session.ErrRowsOpen)
	wantText(t, err.Error(), ids)
	wantState(t, s, session.StateActive)
	wantIs(t, rows.Close(), nil)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestACommitRefusedByTheServerIsItsErrorAndIsRolledBack(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	b.db.Once("commit", fakedriver.Reaction{
		Err: fakedriver.Errorf(drivers.KindSerialization, "could not serialize")})
	err := s.Commit(t.Context())
	if session.KindOf(err) != session.KindSerialization || !session.IsRetryable(err) {
		t.Errorf("the error is %v", err)
	}
	wantState(t, s, session.StateIdle)
	b.wantContent()
	b.exec(s, 2)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(2)
}

func TestOneSessionDoesSeveralTransactionsOneAfterTheOther(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	for i := range 3 {
		b.exec(s, i)
		wantIs(t, s.Commit(t.Context()), nil)
		b.exec(s, 10+i)
		wantIs(t, s.Rollback(t.Context()), nil)
	}
	b.wantContent(0, 1, 2)
	if st := b.Stats(); st.Commits != 3 || st.Rollbacks != 3 || st.Statements != 6 {
		t.Errorf("counted %+v", st)
	}
}
