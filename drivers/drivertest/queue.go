package drivertest

import (
	"slices"

	"github.com/sqlscope/sqlscope/session"
)

var queueCases = []Case{
	{
		Name: "Queued statements run in order before the next one",
		Rule: "What was queued travels with the next statement, in order, and is done before it.",
		Run:  queueInOrder,
	},
	{
		Name: "Queued statements travel with Commit",
		Rule: "Commit sends what waits; a transaction of queued statements only is complete.",
		Run:  queueWithCommit,
	},
	{
		Name: "A queued statement that fails makes Commit fail and nothing is written",
		Rule: "A flight stops at the first step that fails: no later statement and no COMMIT " +
			"runs, and the error surfaces.",
		Run: queueFailsCommit,
	},
	{
		Name: "A queued statement that fails surfaces at the next statement",
		Rule: "The error of a queued statement is returned by the statement it travelled with, " +
			"which does not run.",
		Run: queueFailsNext,
	},
	{
		Name: "A rollback drops what is queued",
		Rule: "What waits is never sent after Rollback or Close.",
		Run:  queueDropped,
	},
	{
		Name: "Queue refuses wrong arguments at once",
		Rule: "What can be found wrong without the server is an error of Queue itself.",
		Run:  queueRefuses,
	},
	{
		Name: "Nothing that was queued runs after a statement that ended the transaction",
		Rule: "Where DDL commits by itself, the steps behind it in the same flight are not " +
			"sent: they would run outside the transaction.",
		Needs: not(transactionalDDL),
		Run:   queueBehindDDL,
	},
	{
		Name:  "A queued statement belongs to its savepoint",
		Rule:  "Rolling back a savepoint undoes or drops what was queued in it, and no more.",
		Needs: savepoints,
		Run:   queueInSavepoint,
	},
	{
		Name: "A savepoint that is rolled back drops what is queued in it",
		Rule: "What was queued in a savepoint is not sent after its rollback: it cannot fail " +
			"what goes on outside.",
		Needs: savepoints,
		Run:   queueDroppedWithSavepoint,
	},
	{
		Name: "A queued statement that fails after its savepoint was released fails the rest",
		Rule: "The failure of a queued statement is never forgotten: when its savepoint has " +
			"ended it is the level around it that has failed.",
		Needs: savepoints,
		Run:   queueOutlivesSavepoint,
	},
}

// queue queues the INSERT of a row.
func (t *T) queue(q interface{ Queue(string, ...any) error }, table string, id int64) {
	t.Helper()
	t.NoErr("Queue", q.Queue("INSERT INTO "+table+" (id, n) VALUES (?, ?)", id, id))
}

func queueInOrder(t *T) {
	table := t.Items()
	s := t.Session()
	t.queue(s, table, 1)
	t.queue(s, table, 2)
	t.NoErr("Queue", s.Queue("UPDATE "+table+" SET n = n + 100"))
	t.queue(s, table, 3)
	n, err := session.Collect[int64](t.Context(), s, "SELECT n FROM "+table+" ORDER BY id")
	t.NoErr("SELECT", err)
	Equal(t, "rows", len(n), 3)
	Equal(t, "n of the first, updated", n[0], 101)
	Equal(t, "n of the third, inserted later", n[2], 3)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2, 3)
}

func queueWithCommit(t *T) {
	table := t.Items()
	s := t.Session()
	for id := range int64(20) {
		t.queue(s, table, id)
	}
	t.StateIs(s, session.StateActive)
	t.NoErr("Commit", s.Commit(t.Context()))
	Equal(t, "rows", len(t.IDs(t.Session(), table)), 20)
}

func queueFailsCommit(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session()
	t.queue(s, table, 2)
	t.queue(s, table, 1)
	t.queue(s, table, 3)
	err := s.Commit(t.Context())
	t.KindIs("Commit", err, session.KindUnique)
	t.StateIs(s, session.StateIdle)
	t.AllBack()
	t.Holds(table, 1)
}

func queueFailsNext(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session()
	t.queue(s, table, 1)
	err := t.TryInsert(s, table, 2)
	t.KindIs("the statement after it", err, session.KindUnique)
	t.StateIs(s, session.StateFailed)
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	t.AllBack()
	t.Holds(table, 1)
}

func queueDropped(t *T) {
	table := t.Items()
	s := t.Session()
	t.queue(s, table, 1)
	t.NoErr("Rollback", s.Rollback(t.Context()))
	t.Insert(s, table, 2)
	t.queue(s, table, 3)
	t.NoErr("Rollback", s.Rollback(t.Context()))
	t.Insert(s, table, 4)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.queue(s, table, 5)
	t.NoErr("Close", s.Close())
	t.AllBack()
	t.Holds(table, 4)
}

func queueRefuses(t *T) {
	table := t.Items()
	s := t.Session()
	err := s.Queue("INSERT INTO "+table+" (id, n) VALUES (?, ?)", 1)
	t.ErrIs("Queue", err, session.ErrArguments)
	t.queue(s, table, 2)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 2)
}

func queueInSavepoint(t *T) {
	table := t.Items()
	s := t.Session()
	t.queue(s, table, 1)
	sp := t.open(s)
	t.queue(sp, table, 2)
	t.NoErr("Rollback", sp.Rollback())
	sp = t.open(s)
	t.queue(sp, table, 3)
	Equal(t, "rows seen", len(t.IDs(sp, table)), 2)
	t.queue(sp, table, 4)
	t.NoErr("Rollback", sp.Rollback())
	t.queue(s, table, 5)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 5)
}

func queueDroppedWithSavepoint(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s, sp := t.savepoint(table, 2)
	t.Insert(sp, table, 3)
	t.queue(sp, table, 1)
	t.NoErr("Rollback", sp.Rollback())
	t.Insert(s, table, 4)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2, 4)
}

func queueOutlivesSavepoint(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s, sp := t.savepoint(table, 2)
	t.queue(sp, table, 1)
	t.NoErr("Release", sp.Release())
	other := t.open(s)
	t.KindIs("a statement in it", t.TryInsert(other, table, 3), session.KindUnique)
	t.ErrIs("its Rollback", other.Rollback(), session.ErrTxFailed)
	t.StateIs(s, session.StateFailed)
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	t.AllBack()
	t.Holds(table, 1)
}

func queueBehindDDL(t *T) {
	table, made := t.Items(), t.Name("made")
	for _, first := range []bool{true, false} { // in the flight that begins, and in a later one
		t.NoErr("DELETE", t.sync("DELETE FROM "+table))
		s := t.Session()
		if !first {
			t.Insert(s, table, 9)
		}
		t.queue(s, table, 1)
		t.NoErr("Queue", s.Queue(t.create(made)))
		t.queue(s, table, 2)
		err := s.Commit(t.Context())
		if err == nil {
			t.Error("Commit is nil, and a statement has ended the transaction before")
		}
		t.AllBack()
		t.drop(made)
		if ids := t.IDs(t.Session(), table); slices.Contains(ids, 2) {
			t.Fatalf("the statement behind CREATE TABLE has run; the table holds %v", ids)
		}
		t.closeAll()
	}
}
