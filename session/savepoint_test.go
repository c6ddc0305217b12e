package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

func TestASavepointTravelsWithTheStatementThatNeedsIt(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	sp := must(s.Savepoint())
	b.exec(sp, 1)
	wantIs(t, sp.Release(), nil)
	b.exec(s, 2)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantLog("begin; savepoint sqlscope_1; exec "+insert,
		"release savepoint sqlscope_1; exec "+insert, "commit")
	b.wantContent(1, 2)
}

func TestEmptySavepointsVanish(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	for _, end := range []func(*session.Savepoint) error{
		(*session.Savepoint).Release, (*session.Savepoint).Rollback} {
		outer := must(s.Savepoint())
		for range 3 {
			inner := must(outer.Savepoint())
			wantIs(t, end(inner), nil)
		}
		wantIs(t, end(outer), nil)
	}
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantLog()
	if st := b.Stats(); st.Pool.Opened != 0 || st.Flights != 0 {
		t.Errorf("empty savepoints took a connection: %+v", st)
	}
}

func TestARollbackToASavepointKeepsWhatCameBefore(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	sp := must(s.Savepoint())
	b.exec(sp, 2)
	wantIs(t, sp.Queue(insert, 3), nil)
	wantIs(t, sp.Rollback(), nil)
	b.exec(s, 4)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantLog("begin; exec "+insert, "savepoint sqlscope_1; exec "+insert,
		"rollback to savepoint sqlscope_1; release savepoint sqlscope_1; exec "+insert, "commit")
	b.wantContent(1, 4)
}

func TestEndingASavepointEndsThoseInsideIt(t *testing.T) {
	for name, end := range map[string]func(*session.Savepoint) error{
		"release": (*session.Savepoint).Release, "rollback": (*session.Savepoint).Rollback} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, fakedriver.Options{}, session.Options{})
			s := b.Session()
			defer s.Close()
			outer := must(s.Savepoint())
			b.exec(outer, 1)
			middle := must(outer.Savepoint())
			b.exec(middle, 2)
			inner := must(middle.Savepoint())
			wantIs(t, inner.Queue(insert, 3), nil)
			wantIs(t, end(outer), nil)
			for _, sp := range []*session.Savepoint{outer, middle, inner} {
				_, err := sp.Exec(t.Context(), insert, 9)
				wantIs(t, err, session.ErrClosed)
				wantIs(t, sp.Release(), session.ErrClosed)
				wantIs(t, sp.Rollback(), nil)
			}
			wantIs(t, s.Commit(t.Context()), nil)
			if name == "release" {
				b.wantContent(1, 2, 3)
			} else {
				b.wantContent()
			}
		})
	}
}

func TestSavepointsOfOneTransactionHaveDifferentNames(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	seen := map[string]bool{}
	for range 3 {
		sp := must(s.Savepoint())
		b.exec(sp, 1)
		if seen[sp.Name()] || sp.Name() == "" {
			t.Errorf("the name %q comes twice", sp.Name())
		}
		seen[sp.Name()] = true
		wantIs(t, sp.Release(), nil)
	}
}

func TestCommitReleasesTheSavepointsThatAreOpen(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	sp := must(s.Savepoint())
	b.exec(sp, 1)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
	b.exec(s, 2) // the next transaction
	_, err := sp.Exec(t.Context(), insert, 3)
	wantIs(t, err, session.ErrClosed)
	wantIs(t, sp.Rollback(), nil)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1, 2)
}

func TestReleaseIsRefusedWhileRowsAreOpenAndRollbackClosesThem(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	sp := must(s.Savepoint())
	rows := must(sp.Query(t.Context(), ids))
	wantIs(t, sp.Release(), session.ErrRowsOpen)
	if !rows.Next() {
		t.Error("a refused Release closed the rows")
	}
	wantIs(t, sp.Rollback(), nil)
	if rows.Next() {
		t.Error("the rows outlive their savepoint")
	}
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestADatabaseThatEndsTheTransactionInASavepointFailsEverything(t *testing.T) {
	fake := fakedriver.Options{FailsAlone: true, EndsTx: []drivers.Kind{drivers.KindDeadlock}}
	b := newBed(t, fake, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	outer := must(s.Savepoint())
	b.exec(outer, 2)
	inner := must(outer.Savepoint())
	b.exec(inner, 3)
	b.db.Once("insert", fakedriver.Reaction{Err: fakedriver.Errorf(drivers.KindDeadlock, "deadlock")})
	_, err := inner.Exec(t.Context(), insert, 4)
	if session.KindOf(err) != session.KindDeadlock {
		t.Fatalf("the error is %v", err)
	}
	b.flights()
	wantIs(t, inner.Rollback(), session.ErrTxFailed)
	wantIs(t, outer.Release(), session.ErrTxFailed)
	_, err = s.Exec(t.Context(), insert, 5)
	wantIs(t, err, session.ErrTxFailed)
	err = s.Commit(t.Context())
	wantIs(t, err, session.ErrTxFailed)
	if !session.IsRetryable(err) {
		t.Errorf("a transaction that was lost to a deadlock is not retryable: %v", err)
	}
	b.wantLog() // nothing may run outside the transaction, and there is none to roll back
	b.wantContent()
}

func TestAFailureIsTheInnermostSavepointsOnEveryDatabase(t *testing.T) {
	for name, fake := range map[string]fakedriver.Options{
		"where a failure fails the transaction": {}, "where it fails alone": {FailsAlone: true}} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, fake, session.Options{})
			s := b.Session()
			defer s.Close()
			b.exec(s, 1)
			outer := must(s.Savepoint())
			b.exec(outer, 2)
			inner := must(outer.Savepoint())
			b.exec(inner, 3)
			fail(b, inner)
			_, err := outer.Exec(t.Context(), insert, 4) // inner is still open
			wantIs(t, err, session.ErrTxFailed)
			wantIs(t, inner.Release(), session.ErrTxFailed)
			b.exec(outer, 5)
			wantIs(t, outer.Release(), nil)
			wantIs(t, s.Commit(t.Context()), nil)
			b.wantContent(1, 2, 5)
		})
	}
}

func TestAQueuedStatementOfAReleasedSavepointFailsWhatIsAroundIt(t *testing.T) {
	for name, fake := range map[string]fakedriver.Options{
		"where a failure fails the transaction": {}, "where it fails alone": {FailsAlone: true}} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, fake, session.Options{})
			s := b.Session()
			defer s.Close()
			b.exec(s, 1)
			first := must(s.Savepoint())
			wantIs(t, first.Queue("SELECT fail()"), nil)
			wantIs(t, first.Release(), nil)
			second := must(s.Savepoint())
			_, err := second.Exec(t.Context(), insert, 2)
			wantText(t, err.Error(), "a queued statement failed", "SELECT fail()")
			wantIs(t, second.Rollback(), session.ErrTxFailed)
			wantIs(t, s.Commit(t.Context()), session.ErrTxFailed)
			b.wantContent()
		})
	}
}

func TestAQueuedStatementOfTheOuterLevelFailsTheOuterLevel(t *testing.T) {
	b := newBed(t, fakedriver.Options{FailsAlone: true}, session.Options{})
	s := b.Session()
	defer s.Close()
	wantIs(t, s.Queue("SELECT fail()"), nil)
	sp := must(s.Savepoint())
	_, err := sp.Exec(t.Context(), insert, 1)
	if session.KindOf(err) != session.KindData {
		t.Errorf("the error is %v", err)
	}
	wantIs(t, sp.Rollback(), session.ErrTxFailed)
	wantState(t, s, session.StateFailed)
}

func TestAFailureOfSavepointItselfIsThatOfWhatIsAroundIt(t *testing.T) {
	for name, fake := range map[string]fakedriver.Options{
		"where a failure fails the transaction": {}, "where it fails alone": {FailsAlone: true}} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, fake, session.Options{})
			s := b.Session()
			defer s.Close()
			outer := must(s.Savepoint())
			b.exec(outer, 1)
			b.db.Once("savepoint sqlscope_2", fakedriver.Reaction{
				Err: fakedriver.Errorf(drivers.KindResource, "too many")})
			inner := must(outer.Savepoint())
			if _, err := inner.Exec(t.Context(), insert, 2); session.KindOf(err) != session.KindResource {
				t.Errorf("the error is %v", err)
			}
			wantIs(t, inner.Rollback(), session.ErrTxFailed)
			wantIs(t, outer.Rollback(), nil)
			b.exec(s, 3)
			wantIs(t, s.Commit(t.Context()), nil)
			b.wantContent(3)
		})
	}
}

func TestAQueuedStatementOfASavepointFailsOnlyTheSavepoint(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	sp := must(s.Savepoint())
	wantIs(t, sp.Queue("SELECT fail()"), nil)
	_, err := sp.Exec(t.Context(), insert, 2)
	wantText(t, err.Error(), "a queued statement failed")
	wantIs(t, sp.Rollback(), nil)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestASavepointRolledBackDropsItsQueuedStatements(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	sp := must(s.Savepoint())
	b.exec(sp, 2)
	b.flights()
	wantIs(t, sp.Queue("SELECT fail()"), nil)
	inner := must(sp.Savepoint())
	wantIs(t, inner.Queue(insert, 3), nil)
	wantIs(t, sp.Rollback(), nil)
	b.exec(s, 4)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantLog("rollback to savepoint sqlscope_1; release savepoint sqlscope_1; exec "+insert, "commit")
	b.wantContent(1, 4)
}

func TestADatabaseWithoutSavepointsSaysSo(t *testing.T) {
	b := newBed(t, capabilities(func(c *drivers.Capabilities) { c.Savepoints = false }), session.Options{})
	s := b.Session()
	defer s.Close()
	_, err := s.Savepoint()
	wantIs(t, err, session.ErrUnsupported)
	wantIs(t, s.Nested(t.Context(), nil), session.ErrUnsupported)
	wantState(t, s, session.StateIdle)
}

func TestNestedEndsItsSavepointAsItsFunctionEnds(t *testing.T) {
	wrong := errors.New("wrong")
	type fn = func(context.Context, *session.Savepoint) error
	for name, c := range map[string]struct {
		fn      fn
		want    error
		content []int64
	}{
		"nil releases": {func(context.Context, *session.Savepoint) error { return nil },
			nil, []int64{1, 2, 3}},
		"an error rolls back": {func(context.Context, *session.Savepoint) error { return wrong },
			wrong, []int64{1, 3}},
		"a failure that is ignored rolls back": {func(ctx context.Context, sp *session.Savepoint) error {
			_, _ = sp.Exec(ctx, "SELECT fail()")
			return nil
		}, session.ErrTxFailed, []int64{1, 3}},
		"rows left open roll back": {func(ctx context.Context, sp *session.Savepoint) error {
			_, _ = sp.Query(ctx, ids)
			return nil
		}, session.ErrRowsOpen, []int64{1, 3}},
		"released by hand": {func(_ context.Context, sp *session.Savepoint) error { return sp.Release() },
			nil, []int64{1, 2, 3}},
		"released by hand, then an error": {func(_ context.Context, sp *session.Savepoint) error {
			return errors.Join(sp.Release(), wrong)
		}, wrong, []int64{1, 3}}, // the savepoint around it rolls back
		"rolled back by hand": {func(_ context.Context, sp *session.Savepoint) error { return sp.Rollback() },
			nil, []int64{1, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, fakedriver.Options{}, session.Options{})
			s := b.Session()
			defer s.Close()
			b.exec(s, 1)
			err := s.Nested(t.Context(), func(ctx context.Context, sp *session.Savepoint) error {
				return sp.Nested(ctx, func(ctx context.Context, sp *session.Savepoint) error {
					b.exec(sp, 2)
					return c.fn(ctx, sp)
				})
			})
			wantIs(t, err, c.want)
			b.exec(s, 3)
			wantIs(t, s.Commit(t.Context()), nil)
			b.wantContent(c.content...)
		})
	}
}

func TestAPanicInNestedRollsTheSavepointBackAndGoesOn(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	func() {
		defer func() {
			if p := recover(); p != "boom" {
				t.Errorf("recovered %v", p)
			}
		}()
		_ = s.Nested(t.Context(), func(_ context.Context, sp *session.Savepoint) error {
			b.exec(sp, 2)
			panic("boom")
		})
	}()
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestASavepointThatEndsWithItsSessionSendsNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		s := b.Session()
		sp := must(s.Savepoint())
		b.exec(sp, 1)
		_ = s.Close()
		synctest.Wait()
		wantIs(t, sp.Rollback(), nil)
		wantIs(t, sp.Queue(insert, 2), session.ErrClosed)
		b.wantLog("begin; savepoint sqlscope_1; exec "+insert, "rollback")
		b.wantContent()
	})
}

// A server may go down right behind its answer. The savepoint's failure is what
// the statement says; that the transaction is gone has another cause, which allows
// to run the whole again.
func TestAConnectionLostBehindTheErrorOfASavepointIsTheTransactionsFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		s := b.Session()
		b.exec(s, 1)
		b.db.Once("fail()", fakedriver.Reaction{Err: fakedriver.Errorf(session.KindUnique, "twice"),
			Cut: fakedriver.CutAnswered})
		err := s.Nested(t.Context(), func(ctx context.Context, sp *session.Savepoint) error {
			_, err := sp.Exec(ctx, "SELECT fail()")
			return err
		})
		if kind := session.KindOf(err); kind != session.KindUnique {
			t.Errorf("the savepoint's error is %v, of kind %v", err, kind)
		}
		_, err = s.Exec(t.Context(), insert, 2)
		wantIs(t, err, session.ErrTxFailed)
		if !session.IsRetryable(err) {
			t.Errorf("the transaction cannot be run again: %v", err)
		}
		wantIs(t, s.Close(), nil)
	})
}
