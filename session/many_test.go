package session_test

import (
	"context"
	"iter"
	"slices"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// numbers are rows from 1 to n.
func numbers(n int) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		row := make([]any, 1)
		for i := 1; i <= n; i++ {
			row[0] = i
			if !yield(row) {
				return
			}
		}
	}
}

func TestExecManyTravelsInPartsAndTheFirstCarriesBegin(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	res := must(s.ExecMany(t.Context(), insert, numbers(2500)))
	if want := (session.Result{RowsAffected: 2500}); res != want {
		t.Errorf("the result is %+v, want %+v", res, want)
	}
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantLog("begin; exec many 1000: "+insert, "exec many 1000: "+insert, "exec many 500: "+insert, "commit")
}

func TestExecManyWithoutBulkTravelsAsSteps(t *testing.T) {
	for _, pipelining := range []bool{true, false} {
		b := newBed(t, capabilities(func(c *drivers.Capabilities) {
			c.Bulk, c.Pipelining = false, pipelining
		}), session.Options{})
		s := b.Session()
		res := must(s.ExecMany(t.Context(), insert, numbers(250)))
		if res.RowsAffected != 250 {
			t.Errorf("the result is %+v", res)
		}
		wantIs(t, s.Commit(t.Context()), nil)
		sent := b.flights()
		if len(sent) != 4 {
			t.Errorf("%d flights, want 4: %q", len(sent), sent)
		}
		if got := b.content(); len(got) != 250 || got[249] != 250 {
			t.Errorf("committed are %v", got)
		}
		wantIs(t, s.Close(), nil)
	}
}

func TestAPartEndsWithAMegabyte(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	const sql = "INSERT INTO t (name) VALUES (?)"
	must(s.ExecMany(t.Context(), sql, func(yield func([]any) bool) {
		for range 5 {
			if !yield([]any{string(make([]byte, 400<<10))}) {
				return
			}
		}
	}))
	b.wantLog("begin; exec many 3: "+sql, "exec many 2: "+sql)
}

func TestAnIteratorMayUseTheSessionItself(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 100)
	must(s.ExecMany(t.Context(), insert, func(yield func([]any) bool) {
		for _, id := range must(session.Collect[int](t.Context(), s, ids)) {
			if !yield([]any{id + 1}) {
				return
			}
		}
	}))
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(100, 101)
}

func TestAnIteratorThatPanicsMidwayFailsTheTransaction(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	func() {
		defer func() { _ = recover() }()
		_, _ = s.ExecMany(t.Context(), insert, func(yield func([]any) bool) {
			numbers(1500)(yield)
			panic("the file has ended")
		})
	}()
	wantState(t, s, session.StateFailed)
	wantIs(t, s.Commit(t.Context()), session.ErrTxFailed)
	b.wantContent()
}

func TestAnIteratorThatPanicsBeforeAnythingWasSentChangesNothing(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	func() {
		defer func() { _ = recover() }()
		_, _ = s.ExecMany(t.Context(), insert, func(func([]any) bool) { panic("no file") })
	}()
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestASavepointThatEndsUnderExecManyRefusesTheRest(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	sp := must(s.Savepoint())
	_, err := sp.ExecMany(t.Context(), insert, func(yield func([]any) bool) {
		numbers(1000)(yield)
		wantIs(t, sp.Release(), nil)
		yield([]any{1001})
	})
	wantIs(t, err, session.ErrClosed)
	wantIs(t, s.Commit(t.Context()), session.ErrTxFailed) // or some of the rows would be there
	b.wantContent()
}

func TestExecManyMixesNoRowsWithAndWithoutNames(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	_, err := s.ExecMany(t.Context(), insert, slices.Values([][]any{{1}, {session.Named{"id": 2}}}))
	wantIs(t, err, session.ErrArguments)
	wantText(t, err.Error(), "row 2", "with and without names")
	wantState(t, s, session.StateIdle)
}

func TestExecManyInRunSyncWithoutATransactionMakesOne(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	plain := session.SyncOptions{NoTransaction: true}
	err := b.RunSync(t.Context(), "fill", func(ctx context.Context, c *session.SyncConn) error {
		must(c.ExecMany(ctx, insert, numbers(2)))
		_, err := c.Exec(ctx, insert, 3)
		return err
	}, plain)
	wantIs(t, err, nil)
	b.wantLog("begin; exec many 2: "+insert, "commit", "exec "+insert)
}

// counting is a Querier that knows nothing of ExecMany.
type counting struct {
	session.Querier
	calls int
}

func (c *counting) Exec(ctx context.Context, sql string, args ...any) (session.Result, error) {
	c.calls++
	return c.Querier.Exec(ctx, sql, args...)
}

func TestAForeignQuerierGetsACallForEachRow(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	q := &counting{Querier: s}
	res := must(session.ExecMany(t.Context(), q, insert, numbers(3)))
	if res.RowsAffected != 3 || q.calls != 3 {
		t.Errorf("%d calls, result %+v", q.calls, res)
	}
	_, err := session.ExecMany(t.Context(), q, insert, slices.Values([][]any{{4}, {}}))
	wantIs(t, err, session.ErrArguments)
	wantText(t, err.Error(), "row 2")
}

func TestAnObserverIsToldHowManyRowsThereWere(t *testing.T) {
	var seen []session.Event
	o := &session.Observer{End: func(_ context.Context, e session.Event) { seen = append(seen, e) }}
	b := newBed(t, fakedriver.Options{}, session.Options{Observer: o, LogStatements: true})
	s := b.Session()
	must(s.ExecMany(t.Context(), insert, numbers(7)))
	wantIs(t, s.Commit(t.Context()), nil)
	if e := seen[0]; e.Op != "exec many" || e.Rows != 7 || e.Result.RowsAffected != 7 || len(e.Args) != 0 {
		t.Errorf("the observer was told %+v", e)
	}
	wantText(t, b.log.String(), `op="exec many"`, "rows=7")
}

func TestTheErrorNamesTheRowsOfThePart(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	b.raw("CREATE TABLE u (id bigint primary key)")
	s := b.Session()
	defer s.Close()
	rows := slices.Collect(numbers(0))
	for i := range 1200 {
		rows = append(rows, []any{i})
	}
	rows[1100][0] = 7
	_, err := s.ExecMany(t.Context(), "INSERT INTO u (id) VALUES (?)", slices.Values(rows))
	wantText(t, err.Error(), "rows 1001 to 1200")
	if session.KindOf(err) != session.KindUnique {
		t.Errorf("the error is %v", err)
	}
}
