package drivertest

import (
	"context"
	"errors"

	"github.com/sqlscope/sqlscope/session"
)

var savepointCases = []Case{
	{
		Name:  "A released savepoint keeps its work",
		Rule:  "Release makes the work part of the transaction around it.",
		Needs: savepoints,
		Run:   releaseKeeps,
	},
	{
		Name:  "Rolling back to a savepoint undoes its part and no more",
		Rule:  "ROLLBACK TO undoes what came after the savepoint; what was before it stays.",
		Needs: savepoints,
		Run:   rollbackToUndoes,
	},
	{
		Name: "An error inside a savepoint leaves the outer part alive",
		Rule: "A statement that failed fails the innermost savepoint only; after rolling it " +
			"back the transaction goes on and commits.",
		Needs: savepoints,
		Run:   outerSurvives,
	},
	{
		Name:  "A failed savepoint refuses statements until it is rolled back",
		Rule:  "Within a savepoint too a statement after a failed one gets ErrTxFailed.",
		Needs: savepoints,
		Run:   savepointRefuses,
	},
	{
		Name: "A failed savepoint that is released is rolled back",
		Rule: "Release of a failed savepoint is ErrTxFailed; its part is undone and the " +
			"transaction around it goes on.",
		Needs: savepoints,
		Run:   releaseFailed,
	},
	{
		Name:  "Commit with a failed savepoint open writes nothing",
		Rule:  "A failure that nobody rolled back makes Commit return ErrTxFailed.",
		Needs: savepoints,
		Run:   commitOverFailed,
	},
	{
		Name:  "Savepoints nest and end on their own",
		Rule:  "Each savepoint undoes its own part and those inside it, whatever the order.",
		Needs: savepoints,
		Run:   savepointsNest,
	},
	{
		Name:  "A rollback of the transaction undoes released savepoints too",
		Rule:  "A released savepoint is committed with the transaction and not before.",
		Needs: savepoints,
		Run:   rollbackOverRelease,
	},
	{
		Name: "Nested rolls back on an error and on a panic",
		Rule: "Nested undoes its part when its function returns an error, which it returns, or " +
			"panics, and the panic goes on.",
		Needs: savepoints,
		Run:   nestedRollsBack,
	},
	{
		Name:  "A savepoint that has ended is refused",
		Rule:  "After Release a savepoint gets ErrClosed; Rollback of it does nothing.",
		Needs: savepoints,
		Run:   savepointEnded,
	},
	{
		Name:  "Many savepoints one after the other work",
		Rule:  "Savepoints cost nothing that adds up, failed ones included.",
		Needs: savepoints,
		Run:   manySavepoints,
	},
	{
		Name:  "Savepoints that were not promised are refused",
		Rule:  "Without Capabilities.Savepoints, Savepoint is ErrUnsupported and nothing is sent.",
		Needs: not(savepoints),
		Run:   savepointUnsupported,
	},
}

// savepoint opens a savepoint in a transaction that has written a row.
func (t *T) savepoint(table string, id int64) (*session.Session, *session.Savepoint) {
	t.Helper()
	s := t.Session()
	t.Insert(s, table, id)
	return s, t.open(s)
}

// opener is a session or a savepoint.
type opener interface {
	Savepoint() (*session.Savepoint, error)
}

// open opens a savepoint in a session or in a savepoint.
func (t *T) open(in opener) *session.Savepoint {
	t.Helper()
	sp, err := in.Savepoint()
	t.NoErr("Savepoint", err)
	return sp
}

func releaseKeeps(t *T) {
	table := t.Items()
	s, sp := t.savepoint(table, 1)
	t.Insert(sp, table, 2)
	t.NoErr("Release", sp.Release())
	t.Insert(s, table, 3)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2, 3)
}

func rollbackToUndoes(t *T) {
	table := t.Items()
	s, sp := t.savepoint(table, 1)
	t.Insert(sp, table, 2)
	_, err := sp.Exec(t.Context(), "UPDATE "+table+" SET n = 0")
	t.NoErr("UPDATE", err)
	t.NoErr("Rollback", sp.Rollback())
	t.Insert(s, table, 3)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 3)
	Equal(t, "n of the first row", t.N(t.Session(), table, 1), 10)
}

func outerSurvives(t *T) {
	table := t.Items()
	t.Fill(table, 9)
	s, sp := t.savepoint(table, 1)
	t.Insert(sp, table, 2)
	_ = t.Break(sp, table, 9)
	t.NoErr("Rollback", sp.Rollback())
	t.StateIs(s, session.StateActive)
	t.Insert(s, table, 3)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 3, 9)
}

func savepointRefuses(t *T) {
	table := t.Items()
	t.Fill(table, 9)
	s, sp := t.savepoint(table, 1)
	_ = t.Break(sp, table, 9)
	t.StateIs(s, session.StateFailed)
	t.ErrIs("a statement in it", t.TryInsert(sp, table, 2), session.ErrTxFailed)
	_, err := sp.Savepoint()
	t.ErrIs("a savepoint in it", err, session.ErrTxFailed)
	t.NoErr("Rollback", sp.Rollback())
	t.StateIs(s, session.StateActive)
}

func releaseFailed(t *T) {
	table := t.Items()
	t.Fill(table, 9)
	s, sp := t.savepoint(table, 1)
	t.Insert(sp, table, 2)
	_ = t.Break(sp, table, 9)
	t.ErrIs("Release", sp.Release(), session.ErrTxFailed)
	t.Insert(s, table, 3)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 3, 9)
}

func commitOverFailed(t *T) {
	table := t.Items()
	t.Fill(table, 9)
	s, sp := t.savepoint(table, 1)
	_ = t.Break(sp, table, 9)
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	t.AllBack()
	t.Holds(table, 9)
}

func savepointsNest(t *T) {
	table := t.Items()
	t.Fill(table, 9)
	s, outer := t.savepoint(table, 1)
	t.Insert(outer, table, 2)
	inner := t.open(outer)
	t.Insert(inner, table, 3)
	_ = t.Break(inner, table, 9)
	t.NoErr("Rollback of the inner", inner.Rollback())
	t.Insert(outer, table, 4)
	again := t.open(outer)
	t.Insert(again, table, 5)
	t.NoErr("Release of the inner", again.Release())
	t.NoErr("Release of the outer", outer.Release())
	lost := t.open(s)
	within := t.open(lost)
	t.Insert(within, table, 6)
	t.NoErr("Release", within.Release())
	t.NoErr("Rollback around a release", lost.Rollback())
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2, 4, 5, 9)
}

func rollbackOverRelease(t *T) {
	table := t.Items()
	s, sp := t.savepoint(table, 1)
	t.Insert(sp, table, 2)
	t.NoErr("Release", sp.Release())
	t.NoErr("Rollback", s.Rollback(t.Context()))
	t.Holds(table)
}

func nestedRollsBack(t *T) {
	table := t.Items()
	s := t.Session()
	t.Insert(s, table, 1)
	mine := errors.New("mine")
	err := s.Nested(t.Context(), func(_ context.Context, sp *session.Savepoint) error {
		t.Insert(sp, table, 2)
		return mine
	})
	t.ErrIs("Nested", err, mine)
	var caught any
	func() {
		defer func() { caught = recover() }()
		_ = s.Nested(t.Context(), func(_ context.Context, sp *session.Savepoint) error {
			t.Insert(sp, table, 3)
			panic("mine")
		})
	}()
	Equal(t, "the panic", caught, any("mine"))
	err = s.Nested(t.Context(), func(_ context.Context, sp *session.Savepoint) error {
		return t.TryInsert(sp, table, 4)
	})
	t.NoErr("Nested", err)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 4)
}

func savepointEnded(t *T) {
	table := t.Items()
	s, sp := t.savepoint(table, 1)
	t.Insert(sp, table, 2)
	t.NoErr("Release", sp.Release())
	t.ErrIs("Exec", t.TryInsert(sp, table, 3), session.ErrClosed)
	t.ErrIs("Release again", sp.Release(), session.ErrClosed)
	t.NoErr("Rollback after Release", sp.Rollback())
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2)
}

func manySavepoints(t *T) {
	table := t.Items()
	t.Fill(table, 1000)
	s := t.Session()
	want := []int64{}
	for id := range int64(60) {
		sp := t.open(s)
		t.Insert(sp, table, id)
		if id%3 == 0 {
			_ = t.Break(sp, table, 1000)
		}
		if id%2 == 0 || id%3 == 0 {
			t.NoErr("Rollback", sp.Rollback())
			continue
		}
		t.NoErr("Release", sp.Release())
		want = append(want, id)
	}
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, append(want, 1000)...)
}

func savepointUnsupported(t *T) {
	table := t.Items()
	s := t.Session()
	t.Insert(s, table, 1)
	_, err := s.Savepoint()
	t.ErrIs("Savepoint", err, session.ErrUnsupported)
	t.StateIs(s, session.StateActive)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1)
}
