package session_test

import (
	"database/sql/driver"
	"errors"
	"slices"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// three are a session with three rows in its table and a query on them.
func three(t *testing.T) (*bed, *session.Session, *session.Rows) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	t.Cleanup(func() { wantIs(t, s.Close(), nil) })
	for id := 1; id <= 3; id++ {
		b.exec(s, id)
	}
	return b, s, must(s.Query(t.Context(), ids))
}

func TestRowsThatAreSharedGiveWayToTheNextStatement(t *testing.T) {
	b, s, rows := three(t)
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	var rest []driver.Value
	rows.Share(func(r drivers.Rows) error {
		for row := make([]driver.Value, 1); r.Next(); {
			if err := session.DriverValues(r, row); err != nil {
				return err
			}
			rest = append(rest, row[0])
		}
		return r.Err()
	})
	b.exec(s, 4)
	if !slices.Equal(rest, []driver.Value{int64(2), int64(3)}) {
		t.Errorf("the rest was %v", rest)
	}
	if rows.Next() {
		t.Error("the rows are still open")
	}
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1, 2, 3, 4)
}

func TestRowsThatDoNotGiveWayKeepTheSession(t *testing.T) {
	b, s, rows := three(t)
	full := errors.New("too many")
	rows.Share(func(drivers.Rows) error { return full })
	_, err := s.Exec(t.Context(), insert, 4)
	wantIs(t, err, session.ErrRowsOpen)
	wantIs(t, err, full)
	if !rows.Next() {
		t.Errorf("the rows are gone: %v", rows.Err())
	}
	wantIs(t, rows.Close(), nil)
	b.exec(s, 4)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1, 2, 3, 4)
}

func TestAnErrorOfTheRestFailsTheTransactionAndRefusesTheStatement(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	b.exec(s, 0)
	rows := must(s.Query(t.Context(), "SELECT 1 / id FROM t"))
	rows.Share(func(r drivers.Rows) error {
		for r.Next() {
		}
		return nil
	})
	_, err := s.Exec(t.Context(), insert, 2)
	wantIs(t, err, session.ErrTxFailed)
	if rows.Err() == nil {
		t.Error("the rows have no error")
	}
}

func TestRowsThatAreAbandonedAreClosedByTheNextUse(t *testing.T) {
	for name, use := range map[string]func(*session.Session) error{
		"statement": func(s *session.Session) error {
			_, err := s.Exec(t.Context(), insert, 4)
			return err
		},
		"commit": func(s *session.Session) error { return s.Commit(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			b, s, rows := three(t)
			done := make(chan struct{})
			go func() { // whoever it is
				defer close(done)
				rows.Abandon()
			}()
			<-done
			wantIs(t, use(s), nil)
			if rows.Next() {
				t.Error("the rows are still open")
			}
			wantIs(t, s.Commit(t.Context()), nil)
			if got := b.content(); len(got) < 3 {
				t.Errorf("committed are %v", got)
			}
		})
	}
}

func TestRowsAreOpenUntilTheyAreClosedForCommitEvenIfShared(t *testing.T) {
	_, s, rows := three(t)
	rows.Share(func(drivers.Rows) error { t.Error("recalled"); return nil })
	wantIs(t, s.Commit(t.Context()), session.ErrRowsOpen)
	wantIs(t, rows.Close(), nil)
	wantIs(t, s.Commit(t.Context()), nil)
}

func TestDriverValuesAreThoseOfTheDriver(t *testing.T) {
	_, _, rows := three(t)
	defer rows.Close()
	row := make([]driver.Value, 1)
	if err := rows.DriverValues(row); err == nil {
		t.Error("there are values before the first row")
	}
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	wantIs(t, rows.DriverValues(row), nil)
	if row[0] != int64(1) {
		t.Errorf("the value is %#v", row[0])
	}
	if got := rows.ColumnType(0); got != (session.ColumnType{}) {
		t.Errorf("the fake knows of types: %+v", got)
	}
	wantIs(t, rows.Close(), nil)
	wantIs(t, rows.DriverValues(row), session.ErrClosed)
}
