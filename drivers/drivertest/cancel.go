package drivertest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

var cancelCases = []Case{
	{
		Name: "Cancelling the wait for a connection changes nothing",
		Rule: "A session whose wait for a connection is cancelled gets the context's error, " +
			"is idle and holds nothing; the connection goes to who comes next.",
		Options: session.Options{MaxConns: 1},
		Run:     cancelWaiting,
	},
	{
		Name:    "A wait for a connection ends after AcquireTimeout",
		Rule:    "Without a deadline of the caller's the wait ends with ErrPoolTimeout.",
		Options: session.Options{MaxConns: 1, AcquireTimeout: 100 * time.Millisecond},
		Run:     acquireTimeout,
	},
	{
		Name: "Cancelling the first flight leaves nothing behind",
		Rule: "A cancelled first statement returns the context's error soon, and neither a " +
			"transaction nor a connection is left over.",
		Run: cancelFirst,
	},
	{
		Name: "A context that ends between statements ends nothing",
		Rule: "A transaction does not depend on the context of an earlier statement.",
		Run:  cancelBetween,
	},
	{
		Name: "Cancelling a statement fails the transaction and the work before it is undone",
		Rule: "A cancelled statement returns the context's error soon; later ones and Commit " +
			"get ErrTxFailed; nothing is written.",
		Run: cancelInside,
	},
	{
		Name: "An interrupted write leaves no way to write outside the transaction",
		Rule: "Where interrupting a write ends the whole transaction, later statements are " +
			"refused and do not commit by themselves.",
		Run: cancelWrite,
	},
	{
		Name: "A write interrupted in a savepoint is either undone alone or fails the whole",
		Rule: "After a cancelled write in a savepoint, either its rollback succeeds and the " +
			"transaction commits, or Commit is ErrTxFailed and nothing is written.",
		Needs: savepoints,
		Run:   cancelInSavepoint,
	},
	{
		Name: "Cancelling in the middle of the rows ends them with the context's error",
		Rule: "The context of Query covers its rows: they end with its error or are complete, " +
			"never cut off in silence.",
		Run: cancelMidStream,
	},
	{
		Name: "Commit with a context that has ended rolls back",
		Rule: "A caller that has given up does not commit: Commit returns the context's error " +
			"and nothing is written.",
		Run: cancelCommit,
	},
	{
		Name: "Queued statements cancelled during Commit are not committed",
		Rule: "A Commit cancelled while queued statements run returns the context's error, and " +
			"nothing is written.",
		Run: cancelQueued,
	},
	{
		Name: "A unit of work cancelled at any moment is told as it is",
		Rule: "Whether the context ends before the first statement, in one, while rows are read " +
			"or with COMMIT on its way: nil means all of it is there, an error none.",
		Run: cancelAnywhere,
	},
	{
		Name: "A cancellation never reaches a later statement",
		Rule: "Whenever a cancellation comes, the next user of the connection is not its victim.",
		// One connection, so that the next user gets the same.
		Options: session.Options{MaxConns: 1},
		Run:     cancelStorm,
	},
	{
		Name:    "Cancelled sessions give their connections back",
		Rule:    "Any number of cancelled sessions leaves the pool whole.",
		Options: session.Options{MaxConns: 2},
		Run:     cancelMany,
	},
}

// patience is how late a cancelled statement may come back, on a busy machine.
const patience = 3 * time.Second

// cancelled checks the error of a statement that a context ended.
func (t *T) cancelled(ctx context.Context, what string, err error) {
	t.Helper()
	t.ErrIs(what, err, ctx.Err())
	t.KindIs(what, err, session.KindCancelled)
}

func cancelWaiting(t *T) {
	table := t.Items()
	holder, s := t.Session(), t.Session()
	t.Insert(holder, table, 1)
	ctx := t.Soon(50 * time.Millisecond)
	_, err := s.Exec(ctx, "SELECT 1")
	t.ErrIs("Exec", err, context.DeadlineExceeded)
	t.StateIs(s, session.StateIdle)
	Equal(t, "connections in use", t.DB.Stats().InUse, 1)
	Equal(t, "sessions waiting", t.DB.Stats().Waiting, 0)
	t.NoErr("Commit", holder.Commit(t.Context()))
	t.Insert(s, table, 2)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2)
}

func acquireTimeout(t *T) {
	table := t.Items()
	holder, s := t.Session(), t.Session()
	t.Insert(holder, table, 1)
	_, err := s.Exec(t.Context(), "SELECT 1")
	t.ErrIs("Exec", err, session.ErrPoolTimeout)
	t.StateIs(s, session.StateIdle)
	t.NoErr("Commit", holder.Commit(t.Context()))
	t.Insert(s, table, 2)
}

func cancelFirst(t *T) {
	slow := "SELECT " + t.Slow(10*time.Second)
	s := t.Session()
	start := time.Now()
	ctx := t.Soon(100 * time.Millisecond)
	_, err := session.Collect[int64](ctx, s, slow)
	t.cancelled(ctx, "the query", err)
	t.Within("it", start, patience)
	t.NoErr("Rollback", s.Rollback(t.Context()))
	t.StateIs(s, session.StateIdle)
	t.AllBack()
	_, err = session.One[int64](t.Context(), s, "SELECT 1")
	t.NoErr("SELECT", err)
}

func cancelBetween(t *T) {
	table := t.Items()
	s := t.Session()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Exec(ctx, "INSERT INTO "+table+" (id) VALUES (1)")
	t.NoErr("INSERT", err)
	_, err = session.Collect[int64](ctx, s, "SELECT id FROM "+table)
	t.NoErr("SELECT", err)
	cancel()
	t.StateIs(s, session.StateActive)
	t.Insert(s, table, 2)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2)
}

func cancelInside(t *T) {
	slow := "SELECT " + t.Slow(10*time.Second)
	table := t.Items()
	s := t.Session()
	t.Insert(s, table, 1)
	start := time.Now()
	ctx := t.Soon(100 * time.Millisecond)
	_, err := session.Collect[int64](ctx, s, slow)
	t.cancelled(ctx, "the query", err)
	t.Within("it", start, patience)
	t.StateIs(s, session.StateFailed)
	t.ErrIs("the next statement", t.TryInsert(s, table, 2), session.ErrTxFailed)
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	t.AllBack()
	t.Holds(table)
}

func cancelWrite(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session()
	t.Insert(s, table, 2)
	ctx := t.Soon(100 * time.Millisecond)
	_, err := s.Exec(ctx, "UPDATE "+table+" SET n = "+t.Slow(10*time.Second)+" WHERE id = 1")
	t.cancelled(ctx, "the UPDATE", err)
	t.ErrIs("an INSERT after it", t.TryInsert(s, table, 3), session.ErrTxFailed)
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	t.AllBack()
	t.Holds(table, 1)
	Equal(t, "n", t.N(t.Session(), table, 1), 10)
}

func cancelInSavepoint(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s, sp := t.savepoint(table, 2)
	t.Insert(sp, table, 3)
	ctx := t.Soon(100 * time.Millisecond)
	_, err := sp.Exec(ctx, "UPDATE "+table+" SET n = "+t.Slow(10*time.Second)+" WHERE id = 1")
	t.cancelled(ctx, "the UPDATE", err)
	rolledBack := sp.Rollback()
	inserted := t.TryInsert(s, table, 4)
	committed := s.Commit(t.Context())
	t.AllBack()
	if rolledBack == nil {
		t.NoErr("an INSERT after the savepoint was rolled back", inserted)
		t.NoErr("Commit", committed)
		t.Holds(table, 1, 2, 4)
		return
	}
	t.ErrIs("Rollback of the savepoint", rolledBack, session.ErrTxFailed)
	t.ErrIs("an INSERT after it", inserted, session.ErrTxFailed)
	t.ErrIs("Commit", committed, session.ErrTxFailed)
	t.Holds(table, 1)
}

func cancelMidStream(t *T) {
	table := t.Items()
	t.FillMany(table, 500)
	s := t.Session()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rows, err := s.Query(ctx, t.Product(table))
	t.NoErr("SELECT", err)
	read := 0
	for rows.Next() {
		if read++; read == 3 {
			cancel()
		}
	}
	if err := rows.Close(); err == nil {
		Equal(t, "rows of a result that was not cut off", read, 500*500)
	} else {
		t.cancelled(ctx, "the rows", err)
		t.ErrIs("the next statement", t.TryInsert(s, table, 0), session.ErrTxFailed)
	}
	t.NoErr("Rollback", s.Rollback(t.Context()))
	Equal(t, "rows in the table", len(t.IDs(s, table)), 500)
}

func cancelCommit(t *T) {
	table := t.Items()
	s := t.Session()
	t.Insert(s, table, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.ErrIs("Commit", s.Commit(ctx), context.Canceled)
	t.StateIs(s, session.StateIdle)
	t.AllBack()
	t.Holds(table)
}

func cancelQueued(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session()
	t.Insert(s, table, 2)
	t.NoErr("Queue", s.Queue(
		"UPDATE "+table+" SET n = "+t.Slow(10*time.Second)+" WHERE id = 1"))
	start := time.Now()
	err := s.Commit(t.Soon(100 * time.Millisecond))
	t.ErrIs("Commit", err, context.DeadlineExceeded)
	Equal(t, "Commit is ErrCommitUnknown", errors.Is(err, session.ErrCommitUnknown), false)
	t.Within("it", start, patience)
	t.AllBack()
	t.Holds(table, 1)
}

func cancelStorm(t *T) {
	slow := "SELECT " + t.Slow(20*time.Millisecond)
	for i := range 30 {
		s := t.Session()
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Millisecond)
		_, err := session.Collect[int64](ctx, s, slow)
		if err != nil {
			t.ErrIs("a slow query", err, context.DeadlineExceeded)
		}
		cancel()
		t.NoErr("Close", s.Close())
		s = t.Session()
		_, err = session.Collect[int64](t.Context(), s, slow)
		t.NoErr("the query of the next session", err)
		t.NoErr("Commit", s.Commit(t.Context()))
	}
}

func cancelMany(t *T) {
	slow := "SELECT " + t.Slow(10*time.Second)
	done := make(chan error, 10)
	for range cap(done) {
		t.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			done <- t.DB.Do(ctx, func(ctx context.Context, s *session.Session) error {
				_, err := session.Collect[int64](ctx, s, slow)
				return err
			})
		})
	}
	for range cap(done) {
		t.ErrIs("a slow query", <-done, context.DeadlineExceeded)
	}
	t.AllBack()
	_, err := session.One[int64](t.Context(), t.Session(), "SELECT 1")
	t.NoErr("SELECT", err)
	if open := t.DB.Stats().Pool.Open; open > 2 {
		t.Fatalf("%d connections are open and MaxConns is 2", open)
	}
}

func cancelAnywhere(t *T) {
	table := t.Items()
	t.FillMany(table, 200)
	seed := t.seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	start := time.Now()
	t.NoErr("the unit of work", t.unitOfWork(t.Context(), table, 1000))
	longest := max(time.Since(start), time.Millisecond)
	told := map[int64]error{1000: nil}
	for id := int64(1001); id < 1060; id++ {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.Int64N(int64(longest)*5/4)))
		told[id] = t.unitOfWork(ctx, table, id)
		cancel()
	}
	t.AllBack()
	ids := t.IDs(t.Session(), table)
	for id, err := range told {
		first, second := slices.Contains(ids, id), slices.Contains(ids, id+1000)
		switch {
		case first != second:
			t.Errorf("unit %d: half of it is there, and it was told %v", id, err)
		case err == nil != first && !errors.Is(err, session.ErrCommitUnknown):
			t.Errorf("unit %d: it is there: %v, and it was told %v", id, first, err)
		}
	}
}

// unitOfWork writes two rows and reads many in between.
func (t *T) unitOfWork(ctx context.Context, table string, id int64) error {
	return t.DB.Do(ctx, func(ctx context.Context, s *session.Session) error {
		insert := "INSERT INTO " + table + " (id, n) VALUES (?, ?)"
		if _, err := s.Exec(ctx, insert, id, id); err != nil {
			return err
		}
		for _, err := range session.Each[int64](ctx, s, "SELECT id FROM "+table) {
			if err != nil {
				return err
			}
		}
		_, err := s.Exec(ctx, insert, id+1000, id)
		return err
	})
}
