package session_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

func TestCollectWithoutRowsIsAnEmptySlice(t *testing.T) {
	_, s := reading(t)
	got, err := session.Collect[int](t.Context(), s, ids)
	if err != nil || got == nil || len(got) != 0 {
		t.Errorf("%#v, %v", got, err)
	}
}

func TestCollectReturnsEveryRowInOrder(t *testing.T) {
	b, s := reading(t)
	for _, id := range []int{3, 1, 2} {
		b.exec(s, id)
	}
	got, err := session.Collect[int](t.Context(), s, ids)
	if err != nil || !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestOneWantsExactlyOneRow(t *testing.T) {
	b, s := reading(t)
	_, err := session.One[int](t.Context(), s, ids)
	wantIs(t, err, session.ErrNoRows)
	wantText(t, err.Error(), "no rows", ids)
	b.exec(s, 1)
	if got, err := session.One[int](t.Context(), s, ids); got != 1 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	b.exec(s, 2)
	got, err := session.One[int](t.Context(), s, ids)
	if got != 0 {
		t.Errorf("a row together with an error: %v", got)
	}
	wantIs(t, err, session.ErrManyRows)
	wantState(t, s, session.StateActive) // none of these is the database's failure
	wantIs(t, s.Commit(t.Context()), nil)
}

func TestAnErrorInTheMiddleOfTheRowsIsReturned(t *testing.T) {
	const sql = "SELECT id / (2 - id) FROM t" // fails at 2
	for name, read := range map[string]func(session.Querier) error{
		"Collect": func(q session.Querier) error {
			got, err := session.Collect[int](context.Background(), q, sql)
			if got != nil {
				t.Errorf("rows together with an error: %v", got)
			}
			return err
		},
		"One": func(q session.Querier) error {
			_, err := session.One[int](context.Background(), q, sql)
			return err
		},
		"Each": func(q session.Querier) (last error) {
			for v, err := range session.Each[int](context.Background(), q, sql) {
				if last != nil || err != nil && v != 0 {
					t.Errorf("yielded %v, %v after %v", v, err, last)
				}
				last = err
			}
			return last
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, s := reading(t)
			b.exec(s, 1)
			b.exec(s, 2)
			err := read(s)
			if session.KindOf(err) != session.KindData {
				t.Errorf("the error is %v", err)
			}
			wantState(t, s, session.StateFailed)
			wantIs(t, s.Commit(t.Context()), session.ErrTxFailed)
			b.wantContent()
		})
	}
}

func TestLeavingALoopOverEachClosesItsRows(t *testing.T) {
	for name, leave := range map[string]func(*session.Session){
		"break": func(s *session.Session) {
			for _, err := range session.Each[int](t.Context(), s, ids) {
				wantIs(t, err, nil)
				_, err = s.Exec(t.Context(), insert, 9)
				wantIs(t, err, session.ErrRowsOpen)
				break
			}
		},
		"panic": func(s *session.Session) {
			defer func() { _ = recover() }()
			for _, err := range session.Each[int](t.Context(), s, ids) {
				wantIs(t, err, nil)
				panic("boom")
			}
		},
		"return": func(s *session.Session) {
			for _, err := range session.Each[int](t.Context(), s, ids) {
				wantIs(t, err, nil)
				return
			}
		},
		"a value that does not fit": func(s *session.Session) {
			n := 0
			for _, err := range session.Each[bool](t.Context(), s, "SELECT 'x' FROM t") {
				wantIs(t, err, session.ErrScan)
				n++
			}
			if n != 1 {
				t.Errorf("the error came %d times", n)
			}
		},
		"a column that does not fit": func(s *session.Session) {
			for _, err := range session.Each[names](t.Context(), s, "SELECT 1 AS nowhere FROM t") {
				wantIs(t, err, session.ErrScan)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, s := reading(t)
			b.exec(s, 1)
			b.exec(s, 2)
			leave(s)
			b.exec(s, 3)
			wantIs(t, s.Commit(t.Context()), nil)
			b.wantContent(1, 2, 3)
		})
	}
}

// panicky is a Scanner that panics.
type panicky struct{}

func (*panicky) Scan(any) error { panic("boom") }

func TestAPanicOfAScannerLeavesTheSessionUsable(t *testing.T) {
	for name, read := range map[string]func(*session.Session){
		"Collect": func(s *session.Session) { _, _ = session.Collect[panicky](t.Context(), s, ids) },
		"One":     func(s *session.Session) { _, _ = session.One[panicky](t.Context(), s, ids) },
		"Each": func(s *session.Session) {
			for _, err := range session.Each[panicky](t.Context(), s, ids) {
				t.Errorf("yielded, with the error %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, s := reading(t)
			b.exec(s, 1)
			func() {
				defer func() {
					if p := recover(); p != "boom" {
						t.Errorf("recovered %v", p)
					}
				}()
				read(s)
			}()
			b.exec(s, 2)
			wantIs(t, s.Commit(t.Context()), nil)
			b.wantContent(1, 2)
		})
	}
}

func TestEachDoesNothingUntilItIsRangedOver(t *testing.T) {
	b, s := reading(t)
	seq := session.Each[int](t.Context(), s, ids)
	b.wantLog()
	b.exec(s, 1)
	for range 2 { // and again each time
		n := 0
		for v, err := range seq {
			wantIs(t, err, nil)
			n += v
		}
		if n != 1 {
			t.Errorf("the sum is %d", n)
		}
	}
}

func TestTheReadersWorkOnEveryQuerier(t *testing.T) {
	b, s := reading(t)
	sp := must(s.Savepoint())
	for _, q := range []session.Querier{s, sp} {
		if got, err := session.One[int](t.Context(), q, "SELECT 1"); got != 1 || err != nil {
			t.Errorf("%T: %v, %v", q, got, err)
		}
	}
	wantIs(t, b.RunSync(t.Context(), "v1", func(ctx context.Context, c *session.SyncConn) error {
		_, err := session.One[int](ctx, c, "SELECT 1")
		return err
	}), nil)
}

func TestReadersReturnTheErrorOfAQueryThatIsRefused(t *testing.T) {
	_, s := reading(t)
	_ = s.Close()
	_, err := session.Collect[int](t.Context(), s, ids)
	wantIs(t, err, session.ErrClosed)
	_, err = session.One[int](t.Context(), s, ids)
	wantIs(t, err, session.ErrClosed)
	for _, err := range session.Each[int](t.Context(), s, ids) {
		wantIs(t, err, session.ErrClosed)
	}
}

func TestRowsThatTellNobodyOfALostConnectionStillFailTheTransaction(t *testing.T) {
	b, s := reading(t)
	b.exec(s, 1)
	b.exec(s, 2)
	sp := must(s.Savepoint())
	for _, err := range session.Each[int](t.Context(), sp, ids) {
		wantIs(t, err, nil)
		b.db.KillAll()
		break
	}
	_, err := s.Exec(t.Context(), insert, 3)
	if err == nil {
		t.Error("the transaction goes on")
	}
	wantIs(t, sp.Rollback(), session.ErrTxFailed)
	b.wantContent()
}

func TestAQueryThatFailedAloneWhileReadingFailsItsLevelEverywhere(t *testing.T) {
	for _, fake := range []fakedriver.Options{{}, {FailsAlone: true},
		{EndsTx: []drivers.Kind{drivers.KindData}}} {
		b := newBed(t, fake, session.Options{})
		s := b.Session()
		b.exec(s, 1)
		b.exec(s, 2)
		sp := must(s.Savepoint())
		_, err := session.Collect[int](t.Context(), sp, "SELECT id / (2 - id) FROM t")
		wantState(t, s, session.StateFailed)
		if err == nil {
			t.Error("no error")
		}
		err = sp.Rollback()
		if lost := fake.EndsTx != nil; errors.Is(err, session.ErrTxFailed) != lost {
			t.Errorf("after the rollback of the savepoint: %v", err)
		}
		_ = s.Close()
	}
}
