package drivertest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/sqlscope/sqlscope/session"
)

var ddlCases = []Case{
	{
		Name: "RunSync makes tables that are there afterwards",
		Rule: "What RunSync's function did is there for everybody when RunSync has returned nil.",
		Run:  syncCreates,
	},
	{
		Name: "RunSync undoes everything when its function fails",
		Rule: "Where DDL can be rolled back, a failed RunSync leaves nothing behind and returns " +
			"the function's error.",
		Needs: transactionalDDL,
		Run:   syncUndoes,
	},
	{
		Name: "RunSync tells what took effect where DDL cannot be undone",
		Rule: "Elsewhere a failed RunSync is a *PartialError that lists what took effect and " +
			"what failed.",
		Needs: not(transactionalDDL),
		Run:   syncPartial,
	},
	{
		Name: "RunSync refuses statements after a failed one",
		Rule: "A function that goes on after an error gets ErrTxFailed, and RunSync is not nil.",
		Run:  syncGoesOn,
	},
	{
		Name: "One RunSync runs at a time",
		Rule: "Functions of RunSync of one engine never overlap.",
		Run:  syncAlone,
	},
	{
		Name:  "A table made in a transaction goes with its rollback",
		Rule:  "With Capabilities.TransactionalDDL a session may make tables and undo that.",
		Needs: transactionalDDL,
		Run:   ddlRollsBack,
	},
	{
		Name: "DDL that fails says whether it has committed",
		Rule: "Where DDL commits before it does its work, its error is ErrImplicitCommit if something came " +
			"before it, and that is there; elsewhere it is undone with the rest. Only what is undone may be " +
			"run again.",
		Run: ddlFails,
	},
	{
		Name: "RunSync stops waiting when its context ends",
		Rule: "Who waits for another RunSync gives up with the context's error.",
		Run:  syncCancelled,
	},
}

// create is the statement that makes a table with an id.
func (t *T) create(table string) string {
	return "CREATE TABLE " + table + " (id " + t.Spell.Key + ")"
}

// absent checks that nobody sees the table.
func (t *T) absent(table string) {
	t.Helper()
	s := t.DB.Session()
	defer s.Close()
	_, err := session.Collect[int64](t.Context(), s, "SELECT id FROM "+table)
	t.KindIs("a SELECT from a table that was undone", err, session.KindSyntax)
}

// sync runs statements by RunSync.
func (t *T) sync(statements ...string) error {
	return t.DB.RunSync(t.Context(), "drivertest",
		func(ctx context.Context, c *session.SyncConn) error {
			for _, sql := range statements {
				if _, err := c.Exec(ctx, sql); err != nil {
					return err
				}
			}
			return nil
		})
}

func syncCreates(t *T) {
	a, b := t.Name("a"), t.Name("b")
	t.NoErr("RunSync", t.sync(t.create(a), t.create(b), "INSERT INTO "+b+" (id) VALUES (1)"))
	t.Cleanup(func() { t.drop(a); t.drop(b) })
	t.Holds(a)
	t.Holds(b, 1)
	t.NoErr("RunSync", t.sync("DELETE FROM "+b))
	t.Holds(b)
	t.AllBack()
}

func syncUndoes(t *T) {
	a, b := t.Name("a"), t.Name("b")
	mine := errors.New("mine")
	err := t.DB.RunSync(t.Context(), "drivertest",
		func(ctx context.Context, c *session.SyncConn) error {
			for _, sql := range []string{t.create(a), "INSERT INTO " + a + " (id) VALUES (1)"} {
				_, err := c.Exec(ctx, sql)
				t.NoErr(sql, err)
			}
			return mine
		})
	t.ErrIs("RunSync", err, mine)
	t.AllBack()
	t.absent(a)
	err = t.sync(t.create(b), t.create(b))
	t.KindIs("RunSync of the same table twice", err, session.KindSyntax)
	t.AllBack()
	t.absent(b)
}

func syncPartial(t *T) {
	a, b := t.Name("a"), t.Name("b")
	err := t.sync(t.create(a), t.create(a), t.create(b))
	t.Cleanup(func() { t.drop(a) })
	t.KindIs("RunSync", err, session.KindSyntax)
	var partial *session.PartialError
	Equal(t, "it is a *PartialError", errors.As(err, &partial), true)
	Equal(t, "statements that took effect", len(partial.Applied), 1)
	Equal(t, "the statement that took effect", partial.Applied[0], t.create(a))
	Equal(t, "the statement that failed", partial.Failed, t.create(a))
	t.AllBack()
	t.Holds(a)
	t.absent(b)
}

func syncGoesOn(t *T) {
	a, b := t.Name("a"), t.Name("b")
	var second error
	err := t.DB.RunSync(t.Context(), "drivertest",
		func(ctx context.Context, c *session.SyncConn) error {
			_, err := c.Exec(ctx, "SELEC 1")
			t.KindIs("nonsense", err, session.KindSyntax)
			_, second = c.Exec(ctx, t.create(b))
			return nil // not ours: the failure must not get lost
		})
	t.ErrIs("the statement after it", second, session.ErrTxFailed)
	t.ErrIs("RunSync", err, session.ErrTxFailed)
	t.AllBack()
	t.absent(b)
	t.NoErr("RunSync again", t.sync(t.create(a)))
	t.drop(a)
}

func syncAlone(t *T) {
	table := t.Items()
	var inside, overlaps atomic.Int32
	t.together(6, func(worker int) error {
		return t.DB.RunSync(t.Context(), "drivertest",
			func(_ context.Context, c *session.SyncConn) error {
				if inside.Add(1) > 1 {
					overlaps.Add(1)
				}
				defer inside.Add(-1)
				return t.TryInsert(c, table, int64(worker))
			})
	})
	Equal(t, "functions that overlapped", overlaps.Load(), 0)
	Equal(t, "rows", len(t.IDs(t.Session(), table)), 6)
}

func ddlRollsBack(t *T) {
	table := t.Items()
	made := t.Name("made")
	s := t.Session()
	t.Insert(s, table, 1)
	_, err := s.Exec(t.Context(), t.create(made))
	t.NoErr("CREATE TABLE", err)
	_, err = s.Exec(t.Context(), "INSERT INTO "+made+" (id) VALUES (1)")
	t.NoErr("INSERT", err)
	t.NoErr("Rollback", s.Rollback(t.Context()))
	t.Holds(table)
	t.absent(made)
}

func ddlFails(t *T) {
	table := t.Items()
	twice := func(before func(s *session.Session)) error {
		return t.DB.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
			before(s)
			_, err := s.Exec(ctx, t.create(table))
			return err
		})
	}
	err := twice(func(*session.Session) {})
	t.KindIs("a table that is there", err, session.KindSyntax)
	Equal(t, "with nothing before it: is ErrImplicitCommit", errors.Is(err, session.ErrImplicitCommit), false)
	err = twice(func(s *session.Session) { t.Insert(s, table, 1) })
	t.KindIs("behind an INSERT", err, session.KindSyntax)
	committed := errors.Is(err, session.ErrImplicitCommit)
	Equal(t, "behind an INSERT: is ErrImplicitCommit", committed, !t.Caps.TransactionalDDL)
	if committed {
		t.Holds(table, 1)
	} else {
		t.Holds(table)
	}
	t.AllBack()
}

func syncCancelled(t *T) {
	err := t.DB.RunSync(t.Context(), "drivertest",
		func(context.Context, *session.SyncConn) error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			inner := t.DB.RunSync(ctx, "drivertest",
				func(context.Context, *session.SyncConn) error { return nil })
			t.ErrIs("the RunSync that waits", inner, context.Canceled)
			return nil
		})
	t.NoErr("the RunSync that is waited for", err)
}
