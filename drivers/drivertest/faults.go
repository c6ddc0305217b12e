package drivertest

import (
	"context"
	"errors"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// faultCases kill every connection at once; they need Faults.Kill.
var faultCases = []Case{
	{
		Name: "A connection that died in the pool is replaced and nobody notices",
		Rule: "The first statement of a session does not fail because a kept connection has " +
			"died: it is sent once more on a fresh one, and is done once.",
		Options: session.Options{MaxConns: 2},
		Run:     diedInPool,
	},
	{
		Name: "A connection that dies in a transaction fails it",
		Rule: "A lost connection is KindConnLost, never replaced inside a transaction: later " +
			"statements and Commit get ErrTxFailed, and nothing is written.",
		Run: diedInTransaction,
	},
	{
		Name: "A connection that dies in a savepoint fails the whole transaction",
		Rule: "With the connection the whole transaction is lost; rolling back the savepoint " +
			"does not bring it back.",
		Needs: savepoints,
		Run:   diedInSavepoint,
	},
	{
		Name: "A connection that dies during a statement ends it",
		Rule: "A statement whose connection is lost ends soon with KindConnLost.",
		Run:  diedInStatement,
	},
	{
		Name: "A write whose connection dies is not run again",
		Rule: "A write that stands alone and loses its connection in the middle is " +
			"KindConnLost, and is done at most once.",
		Run: diedInWrite,
	},
	{
		Name: "A connection that dies while rows are read is an error of the rows",
		Rule: "Rows end with KindConnLost or are complete; they are never cut off in silence.",
		Run:  diedInRows,
	},
	{
		Name: "Closing a session whose connection died is quiet",
		Rule: "Rollback and Close of a lost connection return nil; the server has rolled back.",
		Run:  diedBeforeClose,
	},
	{
		Name:    "All connections dead at once cost nothing but new ones",
		Rule:    "After a failover every kept connection is replaced, and all work goes on.",
		Options: session.Options{MaxConns: 4},
		Run:     allDied,
	},
}

// kill ends every connection, or skips the case.
func (t *T) kill() {
	t.Helper()
	if t.Faults.Kill == nil {
		t.Skip("the harness has no Faults.Kill")
	}
	t.NoErr("Kill", t.Faults.Kill(t.Context()))
}

// holdsSoon is Holds for what a server undoes when it notices that the client
// has gone: the rows may be locked until then.
func (t *T) holdsSoon(table string, want ...int64) {
	t.Helper()
	t.AllBack()
	t.Holds(table, want...)
}

func diedInPool(t *T) {
	table := t.Items()
	for id := range int64(3) {
		t.Fill(table, 10+id)
		t.kill()
		s := t.Session()
		t.Insert(s, table, id)
		t.NoErr("Commit", s.Commit(t.Context()))
	}
	t.Holds(table, 0, 1, 2, 10, 11, 12)
}

func diedInTransaction(t *T) {
	table := t.Items()
	s := t.Session()
	t.Insert(s, table, 1)
	t.kill()
	t.KindIs("the next statement", t.TryInsert(s, table, 2), session.KindConnLost)
	t.StateIs(s, session.StateFailed)
	t.ErrIs("the one after it", t.TryInsert(s, table, 3), session.ErrTxFailed)
	err := s.Commit(t.Context())
	t.ErrIs("Commit", err, session.ErrTxFailed)
	Equal(t, "Commit is ErrCommitUnknown", errors.Is(err, session.ErrCommitUnknown), false)
	t.holdsSoon(table)
	t.Insert(s, table, 4)
	t.NoErr("Commit of the next transaction", s.Commit(t.Context()))
	t.Holds(table, 4)
}

func diedInSavepoint(t *T) {
	table := t.Items()
	s, sp := t.savepoint(table, 1)
	t.Insert(sp, table, 2)
	t.kill()
	t.KindIs("the next statement", t.TryInsert(sp, table, 3), session.KindConnLost)
	t.ErrIs("Rollback of the savepoint", sp.Rollback(), session.ErrTxFailed)
	t.ErrIs("the next statement", t.TryInsert(s, table, 4), session.ErrTxFailed)
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	t.holdsSoon(table)
}

func diedInStatement(t *T) {
	slow := "SELECT " + t.Slow(10*time.Second)
	if t.Faults.Kill == nil {
		t.Skip("the harness has no Faults.Kill")
	}
	table := t.Items()
	s := t.Session()
	t.Insert(s, table, 1)
	killed := make(chan error, 1)
	start := time.Now()
	timer := time.AfterFunc(200*time.Millisecond, func() { killed <- t.Faults.Kill(t.Context()) })
	defer timer.Stop()
	_, err := session.Collect[int64](t.Context(), s, slow)
	t.KindIs("the query", err, session.KindConnLost)
	t.NoErr("Kill", <-killed)
	t.Within("it", start, patience)
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	t.holdsSoon(table)
}

func diedInWrite(t *T) {
	slow := t.Slow(500 * time.Millisecond)
	if t.Faults.Kill == nil {
		t.Skip("the harness has no Faults.Kill")
	}
	table := t.Items()
	t.Fill(table, 1)
	killed := make(chan error, 1)
	timer := time.AfterFunc(200*time.Millisecond, func() { killed <- t.Faults.Kill(t.Context()) })
	defer timer.Stop()
	err := t.DB.RunSync(t.Context(), t.Name("write"), func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, "UPDATE "+table+" SET n = n + 1 + 0 * "+slow+" WHERE id = 1")
		return err
	}, session.SyncOptions{NoTransaction: true})
	t.KindIs("the UPDATE", err, session.KindConnLost)
	t.NoErr("Kill", <-killed)
	t.AllBack()
	if n := t.N(t.Session(), table, 1); n != 10 && n != 11 {
		t.Fatalf("n is %d: the UPDATE was done %d times", n, n-10)
	}
}

func diedInRows(t *T) {
	table := t.Items()
	t.FillMany(table, 500)
	s := t.Session()
	rows, err := s.Query(t.Context(), t.Product(table))
	t.NoErr("SELECT", err)
	read := 0
	for rows.Next() {
		if read++; read == 3 {
			t.kill()
		}
	}
	if err := rows.Close(); err == nil {
		Equal(t, "rows of a result that was not cut off", read, 500*500)
	} else {
		t.KindIs("the rows", err, session.KindConnLost)
		t.StateIs(s, session.StateFailed)
	}
	t.NoErr("Rollback", s.Rollback(t.Context()))
	Equal(t, "rows in the table", len(t.IDs(s, table)), 500)
}

func diedBeforeClose(t *T) {
	table := t.Items()
	for _, end := range []func(*session.Session) error{
		(*session.Session).Close,
		func(s *session.Session) error { return s.Rollback(context.WithoutCancel(t.Context())) },
	} {
		s := t.Session()
		t.Insert(s, table, 1)
		t.kill()
		t.NoErr("the end", end(s))
		t.holdsSoon(table)
	}
}

func allDied(t *T) {
	table := t.Items()
	limit := t.DB.Describe().MaxConns
	work := func(round int64) {
		t.together(8, func(worker int) error {
			return t.DB.Do(t.Context(), func(_ context.Context, s *session.Session) error {
				return t.TryInsert(s, table, 100*round+int64(worker))
			})
		})
	}
	work(0)
	t.AllBack()
	t.kill()
	work(1)
	t.AllBack()
	Equal(t, "rows", len(t.IDs(t.Session(), table)), 16)
	if open := t.DB.Stats().Pool.Open; open > limit {
		t.Fatalf("%d connections are open and MaxConns is %d", open, limit)
	}
}
