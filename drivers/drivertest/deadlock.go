package drivertest

import (
	"slices"

	"github.com/sqlscope/sqlscope/session"
)

var deadlockCases = []Case{
	{
		Name: "The victim of a deadlock is failed as a whole and the other goes on",
		Rule: "A deadlock is KindDeadlock and retryable. Later statements of the victim get " +
			"ErrTxFailed, so that none runs outside its transaction; nothing of it is written.",
		Needs: not(singleWriter),
		Run:   deadlock,
	},
	{
		Name: "A deadlock inside a savepoint is undone alone or fails the whole",
		Rule: "Where a deadlock ends the whole transaction the savepoint's rollback is " +
			"ErrTxFailed and so is Commit; elsewhere both succeed. Nothing is half done.",
		Needs: all(savepoints, not(singleWriter)),
		Run:   deadlockInSavepoint,
	},
}

// addTo adds 1 to n of one row.
func (t *T) addTo(q session.Querier, table string, id int64) error {
	_, err := q.Exec(t.Context(), "UPDATE "+table+" SET n = n + 1 WHERE id = ?", id)
	return err
}

// a collision is what became of one of two who lock each other out.
type collision struct {
	first bool // it is the first of the two
	err   error
}

// collide lets a and b lock the rows 1 and 2, and then each the other's. It
// returns the victim's result, and a function that waits for the survivor's,
// which may come only when the victim has ended.
func (t *T) collide(table string, a, b session.Querier) (lost collision, won func() collision) {
	t.Helper()
	t.NoErr("UPDATE of row 1 by a", t.addTo(a, table, 1))
	t.NoErr("UPDATE of row 2 by b", t.addTo(b, table, 2))
	done := make(chan collision, 2)
	t.Go(func() { done <- collision{true, t.addTo(a, table, 2)} })
	t.Go(func() { done <- collision{false, t.addTo(b, table, 1)} })
	one := <-done
	if one.err != nil {
		return one, func() collision { return <-done }
	}
	return <-done, func() collision { return one }
}

func deadlock(t *T) {
	t.Room(2)
	table := t.Items()
	t.Fill(table, 1, 2)
	a, b := t.Session(), t.Session()
	lost, won := t.collide(table, a, b)
	victim, survivor := a, b
	if !lost.first {
		victim, survivor = b, a
	}
	t.KindIs("the victim's UPDATE", lost.err, session.KindDeadlock)
	Equal(t, "IsRetryable", session.IsRetryable(lost.err), true)
	t.ErrIs("the victim's next statement", t.TryInsert(victim, table, 9), session.ErrTxFailed)
	t.ErrIs("the victim's Commit", victim.Commit(t.Context()), session.ErrTxFailed)
	t.NoErr("the other's UPDATE", won().err)
	t.NoErr("the other's Commit", survivor.Commit(t.Context()))
	t.AllBack()
	t.Holds(table, 1, 2)
	n, err := session.Collect[int64](t.Context(), t.Session(), "SELECT n FROM "+table)
	t.NoErr("SELECT", err)
	Equal(t, "the sum after the survivor's two updates", n[0]+n[1], 10+20+2)
}

func deadlockInSavepoint(t *T) {
	t.Room(2)
	table := t.Items()
	t.Fill(table, 1, 2)
	for round := range 10 { // until the one with the savepoint is chosen as the victim
		a, b := t.Session(), t.Session()
		for id := range int64(5) {
			t.Insert(a, table, 100+id) // some choose the one with less work
		}
		t.Insert(b, table, 9)
		sp := t.open(b)
		pair := []session.Querier{a, sp}
		swapped := round%2 == 1 // most databases choose by who came last
		if swapped {
			slices.Reverse(pair)
		}
		lost, won := t.collide(table, pair[0], pair[1])
		t.KindIs("the victim's UPDATE", lost.err, session.KindDeadlock)
		if lost.first == swapped {
			t.afterDeadlock(table, a, b, sp, won)
			return
		}
		t.NoErr("Rollback", a.Rollback(t.Context()))
		t.NoErr("the other's UPDATE", won().err)
		t.NoErr("Rollback", b.Rollback(t.Context()))
	}
	t.Skip("the database never chose the one with the savepoint")
}

// afterDeadlock goes on in b, whose savepoint was the victim.
func (t *T) afterDeadlock(table string, a, b *session.Session, sp *session.Savepoint,
	won func() collision) {
	t.Helper()
	rolledBack := sp.Rollback()
	inserted := t.TryInsert(b, table, 10)
	committed := b.Commit(t.Context()) // some keep the locks until then
	t.NoErr("the other's UPDATE", won().err)
	t.NoErr("the other's Commit", a.Commit(t.Context()))
	t.AllBack()
	if rolledBack == nil {
		t.NoErr("an INSERT after the savepoint was rolled back", inserted)
		t.NoErr("Commit", committed)
		t.Holds(table, 1, 2, 9, 10, 100, 101, 102, 103, 104)
		return
	}
	t.ErrIs("Rollback of the savepoint", rolledBack, session.ErrTxFailed)
	t.ErrIs("an INSERT after it", inserted, session.ErrTxFailed)
	t.ErrIs("Commit", committed, session.ErrTxFailed)
	t.Holds(table, 1, 2, 100, 101, 102, 103, 104)
}
