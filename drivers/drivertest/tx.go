package drivertest

import (
	"errors"

	"github.com/sqlscope/sqlscope/session"
)

var txCases = []Case{
	{
		Name: "What is committed is seen by others",
		Rule: "After Commit returned nil, every other session sees what was done.",
		Run:  commitIsSeen,
	},
	{
		Name: "What is not committed is seen by nobody else",
		Rule: "No other session sees the work of an open transaction.",
		Run:  openIsNotSeen,
	},
	{
		Name: "Rollback undoes everything",
		Rule: "Nothing that was done since the transaction began is left after Rollback.",
		Run:  rollbackUndoes,
	},
	{
		Name: "Close undoes everything",
		Rule: "A session that is closed without Commit leaves nothing behind.",
		Run:  closeUndoes,
	},
	{
		Name: "A statement after a failed one is refused and the first cause is kept",
		Rule: "A statement that failed fails the transaction: later ones get ErrTxFailed, " +
			"which unwraps to the first cause, and nothing is sent.",
		Run: refusedAfterFailure,
	},
	{
		Name: "Commit of a failed transaction writes nothing and is never nil",
		Rule: "Commit after a failure rolls back and returns ErrTxFailed, whatever the " +
			"database would have kept.",
		Run: commitAfterFailure,
	},
	{
		Name: "A session works again after a failed transaction was rolled back",
		Rule: "Rollback ends the failure; the session and its next connection are sound.",
		Run:  worksAfterFailure,
	},
	{
		Name: "A failed first statement leaves nothing behind",
		Rule: "A failure of the flight that carried BEGIN fails the transaction like any other.",
		Run:  failedFirst,
	},
	{
		Name: "A statement refused before it was sent changes nothing",
		Rule: "Wrong arguments and contexts that ended are refused; the transaction goes on.",
		Run:  refusedUnsent,
	},
	{
		Name: "A COMMIT that the server refuses is an error and not an unknown outcome",
		Rule: "When the server answers COMMIT with an error, Commit returns it; nothing was " +
			"written, and ErrCommitUnknown is for lost answers only.",
		Run: commitRefused,
	},
	{
		Name: "A statement after one that ended the transaction does not run outside it",
		Rule: "Where DDL commits by itself, later work of the session is either part of a " +
			"transaction that Rollback undoes or refused.",
		Needs: not(transactionalDDL),
		Run:   implicitCommit,
	},
}

func commitIsSeen(t *T) {
	table := t.Items()
	s := t.Session()
	t.Insert(s, table, 1)
	t.Insert(s, table, 2)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.StateIs(s, session.StateIdle)
	t.Holds(table, 1, 2)
}

func openIsNotSeen(t *T) {
	if t.DB.Describe().MaxConns < 2 {
		t.Skip("the case needs two connections")
	}
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session()
	t.Insert(s, table, 2)
	// Where there is one writer only a reader can look.
	other := t.Session(session.TxOptions{ReadOnly: t.Caps.SingleWriter && t.Caps.ReadOnly})
	Equal(t, "rows that another session sees", len(t.IDs(other, table)), 1)
	t.NoErr("Close", other.Close())
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2)
}

func rollbackUndoes(t *T) {
	table := t.Items()
	t.Fill(table, 1, 2)
	s := t.Session()
	t.Insert(s, table, 3)
	for _, sql := range []string{
		"UPDATE " + table + " SET n = 0", "DELETE FROM " + table + " WHERE id = 1",
	} {
		_, err := s.Exec(t.Context(), sql)
		t.NoErr(sql, err)
	}
	t.NoErr("Rollback", s.Rollback(t.Context()))
	t.StateIs(s, session.StateIdle)
	t.Holds(table, 1, 2)
	Equal(t, "n", t.N(s, table, 2), 20)
}

func closeUndoes(t *T) {
	table := t.Items()
	for id := range int64(5) {
		s := t.Session()
		t.Insert(s, table, id)
		t.NoErr("Close", s.Close())
	}
	t.AllBack()
	t.Holds(table)
}

func refusedAfterFailure(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session()
	t.Insert(s, table, 2)
	first := t.Break(s, table, 1)
	t.StateIs(s, session.StateFailed)
	flights := t.DB.Stats().Flights
	err := t.TryInsert(s, table, 3)
	t.ErrIs("the statement after it", err, session.ErrTxFailed)
	t.KindIs("the cause", err, session.KindUnique)
	var cause, want *session.Error
	Equal(t, "the first cause is in it",
		errors.As(err, &cause) && errors.As(first, &want) && cause.Code == want.Code, true)
	_, err = s.Query(t.Context(), "SELECT 1")
	t.ErrIs("a query after it", err, session.ErrTxFailed)
	t.ErrIs("Queue after it", s.Queue("SELECT 1"), session.ErrTxFailed)
	Equal(t, "flights", t.DB.Stats().Flights, flights)
}

func commitAfterFailure(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session()
	t.Insert(s, table, 2)
	_ = t.Break(s, table, 1)
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	t.StateIs(s, session.StateIdle)
	t.AllBack()
	t.Holds(table, 1)
}

func worksAfterFailure(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session()
	for id := range int64(3) {
		_ = t.Break(s, table, 1)
		t.NoErr("Rollback", s.Rollback(t.Context()))
		t.Insert(s, table, 10+id)
		t.NoErr("Commit", s.Commit(t.Context()))
	}
	t.Holds(table, 1, 10, 11, 12)
}

func failedFirst(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session()
	_ = t.Break(s, table, 1)
	t.StateIs(s, session.StateFailed)
	t.ErrIs("the next statement", t.TryInsert(s, table, 2), session.ErrTxFailed)
	t.NoErr("Close", s.Close())
	t.AllBack()
	t.Holds(table, 1)
}

func refusedUnsent(t *T) {
	table := t.Items()
	s := t.Session()
	_, err := s.Exec(t.Context(), "SELECT 1 WHERE 1 = ?")
	t.ErrIs("a first statement without its argument", err, session.ErrArguments)
	t.StateIs(s, session.StateIdle)
	t.Insert(s, table, 1)
	_, err = s.Exec(t.Context(), "DELETE FROM "+table+" WHERE id = ?", 1, 2)
	t.ErrIs("a statement with an argument too many", err, session.ErrArguments)
	ended := t.Soon(0)
	<-ended.Done()
	_, err = s.Exec(ended, "DELETE FROM "+table)
	t.ErrIs("a statement with a context that ended", err, ended.Err())
	t.StateIs(s, session.StateActive)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1)
}

func commitRefused(t *T) {
	if t.Spell.DeferredReference == "" {
		t.Skip("the harness has no Spelling.DeferredReference")
	}
	parent := t.Items()
	child := t.Table("child", "id "+t.Spell.Key,
		"parent "+t.Spell.Integer+" REFERENCES "+parent+" (id) "+t.Spell.DeferredReference)
	s := t.Session()
	_, err := s.Exec(t.Context(), "INSERT INTO "+child+" (id, parent) VALUES (1, 99)")
	t.NoErr("INSERT", err)
	err = s.Commit(t.Context())
	t.KindIs("Commit", err, session.KindForeignKey)
	Equal(t, "Commit is ErrCommitUnknown", errors.Is(err, session.ErrCommitUnknown), false)
	t.StateIs(s, session.StateIdle)
	t.AllBack()
	t.Holds(child)
}

func implicitCommit(t *T) {
	table := t.Items()
	s := t.Session()
	t.Insert(s, table, 1)
	made := t.Name("made")
	if _, err := s.Exec(t.Context(), "CREATE TABLE "+made+" (id "+t.Spell.Key+")"); err == nil {
		t.Cleanup(func() { t.drop(made) })
	}
	if err := t.TryInsert(s, table, 2); err != nil {
		t.ErrIs("an INSERT after CREATE TABLE", err, session.ErrTxFailed)
	}
	t.NoErr("Rollback", s.Rollback(t.Context()))
	other := t.Session()
	for _, id := range t.IDs(other, table) {
		if id == 2 {
			t.Fatal("the INSERT after CREATE TABLE was there after Rollback")
		}
	}
}
