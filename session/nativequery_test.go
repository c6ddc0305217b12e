package session_test

import (
	"context"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// natives runs one step on the fake's own connection.
func natives(step drivers.Step) func(context.Context, *fakedriver.Conn) (drivers.Rows, error) {
	return func(ctx context.Context, c *fakedriver.Conn) (drivers.Rows, error) {
		rows, err := c.Run(ctx, &drivers.Flight{Steps: []drivers.Step{step}})
		if rows == nil {
			return nil, err
		}
		return rows, err
	}
}

func TestANativeQueryIsAStatementOfTheSession(t *testing.T) {
	var events []session.Event
	b := newBed(t, fakedriver.Options{}, session.Options{Observer: &session.Observer{
		End: func(_ context.Context, e session.Event) { events = append(events, e) }}})
	s := b.Session()
	defer s.Close()
	rows, err := session.NativeQuery(t.Context(), s, "mine",
		natives(drivers.Step{Op: drivers.OpExec, SQL: insert, Args: []any{1}}))
	wantIs(t, err, nil)
	if rows != nil {
		t.Error("there are rows")
	}
	b.wantLog("begin", "exec "+insert)
	if n := len(events); n != 2 || events[1].SQL != "mine" {
		t.Errorf("the observer saw %+v", events)
	}
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestTheRowsOfANativeQueryStayOpenAndKeepTheSession(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	b.exec(s, 2)
	rows := must(session.NativeQuery(t.Context(), s, "mine", natives(drivers.Step{Op: drivers.OpQuery, SQL: ids})))
	_, err := s.Exec(t.Context(), insert, 3)
	wantIs(t, err, session.ErrRowsOpen)
	wantText(t, err.Error(), "mine")
	for n := int64(1); rows.Next(); n++ {
		var id int64
		wantIs(t, rows.Scan(&id), nil)
		if id != n {
			t.Errorf("row %d is %d", n, id)
		}
	}
	wantIs(t, rows.Err(), nil)
	b.exec(s, 3)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1, 2, 3)
}

func TestASessionThatIsClosedEndsTheRowsOfANativeQuery(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	b.exec(s, 1)
	rows := must(session.NativeQuery(t.Context(), s, "mine", natives(drivers.Step{Op: drivers.OpQuery, SQL: ids})))
	wantIs(t, s.Close(), nil)
	if rows.Next() {
		t.Error("there is a row")
	}
	wantIs(t, rows.Err(), session.ErrClosed)
	b.wantContent()
}

func TestAnErrorOfANativeQueryFailsTheLevelAndIsASessionError(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	sp := must(s.Savepoint())
	b.exec(sp, 2)
	_, err := session.NativeQuery(t.Context(), s, "mine",
		natives(drivers.Step{Op: drivers.OpExec, SQL: broken}))
	if session.KindOf(err) != session.KindData {
		t.Errorf("the error is %v", err)
	}
	wantState(t, s, session.StateFailed)
	wantIs(t, sp.Rollback(), nil)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestASavepointThatNativeCodeFailedIsRolledBackWithTheNextStatement(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	sp := must(s.Savepoint())
	_, err := session.NativeQuery(t.Context(), s, "mine",
		natives(drivers.Step{Op: drivers.OpExec, SQL: broken}))
	if err == nil {
		t.Fatal("it worked")
	}
	wantIs(t, sp.Rollback(), nil)
	b.exec(s, 2)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1, 2)
}

func TestAPanicInANativeQueryGoesOn(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	func() {
		defer func() {
			if recover() != "oops" {
				t.Error("the panic is gone")
			}
		}()
		_, _ = session.NativeQuery(t.Context(), s, "mine",
			func(context.Context, *fakedriver.Conn) (drivers.Rows, error) { panic("oops") })
	}()
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestAConnectionThatNativeCodeKeptIsLookedAtBeforeEachStatement(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	var kept *fakedriver.Conn
	wantIs(t, session.Native(t.Context(), s, func(c *fakedriver.Conn) error { kept = c; return nil }), nil)
	b.exec(s, 1)
	wantIs(t, natively(drivers.Step{Op: drivers.OpCommit})(kept), nil)
	_, err := s.Exec(t.Context(), insert, 2)
	wantIs(t, err, session.ErrTxFailed)
	b.wantContent(1)
}
