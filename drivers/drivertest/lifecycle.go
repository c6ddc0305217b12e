package drivertest

import (
	"context"
	"errors"

	"github.com/sqlscope/sqlscope/session"
)

var lifecycleCases = []Case{
	{
		Name: "A session that is never used takes no connection",
		Rule: "Opening a session costs nothing; the first statement takes the connection.",
		Run:  unusedSession,
	},
	{
		Name: "Commit with nothing begun sends nothing",
		Rule: "Ending with nothing begun sends nothing and takes no connection.",
		Run:  emptyCommit,
	},
	{
		Name: "The connection is held from the first statement to the end",
		Rule: "A session holds one connection while its transaction is open, and none otherwise.",
		Run:  holdsOne,
	},
	{
		Name: "Close may be called again and again",
		Rule: "Close is idempotent, and closed is where it stays.",
		Run:  closeTwice,
	},
	{
		Name: "A session runs one transaction after the other",
		Rule: "After Commit or Rollback a session is idle and can begin again; each " +
			"transaction stands alone.",
		Run: oneAfterTheOther,
	},
	{
		Name: "Do commits on nil",
		Rule: "Do commits when its function returns nil.",
		Run:  doCommits,
	},
	{
		Name: "Do rolls back on an error and returns it",
		Rule: "Do rolls back when its function returns an error, and the error is still that one.",
		Run:  doRollsBack,
	},
	{
		Name: "Do rolls back on a panic and panics on",
		Rule: "A panic rolls back and is not swallowed.",
		Run:  doPanics,
	},
	{
		Name: "Hooks run after the outcome with the connection given back",
		Rule: "OnCommit runs after a commit only, OnRollback after a rollback only, both when " +
			"the connection is back in the pool.",
		Options: session.Options{MaxConns: 1},
		Run:     hooksRunAfter,
	},
	{
		Name: "An engine that is closed refuses new work",
		Rule: "Engine.Close waits for the connections; after it everything gets ErrClosed.",
		Run:  engineClosed,
	},
}

func unusedSession(t *T) {
	before := t.DB.Stats()
	s := t.Session()
	t.StateIs(s, session.StateIdle)
	Equal(t, "connections in use", t.DB.Stats().InUse, 0)
	t.NoErr("Close", s.Close())
	Equal(t, "flights", t.DB.Stats().Flights, before.Flights)
	Equal(t, "connections opened", t.DB.Stats().Pool.Opened, before.Pool.Opened)
}

func emptyCommit(t *T) {
	before := t.DB.Stats()
	s := t.Session()
	t.NoErr("Commit", s.Commit(t.Context()))
	t.NoErr("Rollback", s.Rollback(t.Context()))
	t.NoErr("Close", s.Close())
	Equal(t, "flights", t.DB.Stats().Flights, before.Flights)
	Equal(t, "connections opened", t.DB.Stats().Pool.Opened, before.Pool.Opened)
}

func holdsOne(t *T) {
	table := t.Items()
	t.AllBack()
	s := t.Session()
	t.Insert(s, table, 1)
	t.Insert(s, table, 2)
	Equal(t, "connections in use in the transaction", t.DB.Stats().InUse, 1)
	t.NoErr("Commit", s.Commit(t.Context()))
	Equal(t, "connections in use after Commit", t.DB.Stats().InUse, 0)
	t.Insert(s, table, 3)
	t.NoErr("Rollback", s.Rollback(t.Context()))
	Equal(t, "connections in use after Rollback", t.DB.Stats().InUse, 0)
}

func closeTwice(t *T) {
	table := t.Items()
	s := t.Session()
	t.Insert(s, table, 1)
	t.NoErr("Close", s.Close())
	t.NoErr("Close again", s.Close())
	t.StateIs(s, session.StateClosed)
	t.AllBack()
	t.Holds(table)
}

func oneAfterTheOther(t *T) {
	table := t.Items()
	s := t.Session()
	t.Insert(s, table, 1)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Insert(s, table, 2)
	t.NoErr("Rollback", s.Rollback(t.Context()))
	t.Insert(s, table, 3)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 3)
}

func doCommits(t *T) {
	table := t.Items()
	err := t.DB.Do(t.Context(), func(_ context.Context, s *session.Session) error {
		return t.TryInsert(s, table, 1)
	})
	t.NoErr("Do", err)
	t.Holds(table, 1)
}

func doRollsBack(t *T) {
	table := t.Items()
	mine := errors.New("mine")
	err := t.DB.Do(t.Context(), func(_ context.Context, s *session.Session) error {
		t.Insert(s, table, 1)
		return mine
	})
	t.ErrIs("Do", err, mine)
	t.AllBack()
	t.Holds(table)
}

func doPanics(t *T) {
	table := t.Items()
	var caught any
	func() {
		defer func() { caught = recover() }()
		_ = t.DB.Do(t.Context(), func(_ context.Context, s *session.Session) error {
			t.Insert(s, table, 1)
			panic("mine")
		})
	}()
	Equal(t, "the panic", caught, any("mine"))
	t.AllBack()
	t.Holds(table)
}

func hooksRunAfter(t *T) {
	table := t.Items()
	var ran []string
	note := func(what string) func(context.Context) {
		return func(context.Context) {
			t.Holds(table, 1) // needs the only connection
			ran = append(ran, what)
		}
	}
	s := t.Session()
	t.NoErr("OnCommit", s.OnCommit(note("commit")))
	t.NoErr("OnRollback", s.OnRollback(note("rollback")))
	t.Insert(s, table, 1)
	t.NoErr("Commit", s.Commit(t.Context()))
	Equal(t, "hooks run by Commit", len(ran), 1)
	Equal(t, "the hook", ran[0], "commit")

	t.NoErr("OnCommit", s.OnCommit(note("commit")))
	t.NoErr("OnRollback", s.OnRollback(note("rollback")))
	t.Insert(s, table, 2)
	t.NoErr("Rollback", s.Rollback(t.Context()))
	Equal(t, "hooks run in all", len(ran), 2)
	Equal(t, "the second hook", ran[1], "rollback")
}

func engineClosed(t *T) {
	s := t.Session()
	_, err := session.One[int](t.Context(), s, "SELECT 1")
	t.NoErr("SELECT", err)
	t.NoErr("Close of the session", s.Close())
	t.NoErr("Close of the engine", t.DB.Close(t.Context()))
	_, err = t.Session().Exec(t.Context(), "SELECT 1")
	t.ErrIs("Exec after Engine.Close", err, session.ErrClosed)
	stats := t.DB.Stats().Pool
	Equal(t, "connections open", stats.Open, 0)
	Equal(t, "connections closed", stats.Closed, stats.Opened)
}
