package drivertest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session"
)

var manyCases = []Case{
	{
		Name: "ExecMany runs the statement once for each row and sums what it touched",
		Rule: "Every row is done, in order, and RowsAffected is the sum over all of them.",
		Run:  manySums,
	},
	{
		Name: "ExecMany without rows does nothing",
		Rule: "No rows are no error, no transaction and no connection.",
		Run:  manyNone,
	},
	{
		Name: "ExecMany keeps the values of each row apart",
		Rule: "Rows may hold values of other lengths and NULL where others have none.",
		Run:  manyValues,
	},
	{
		Name: "ExecMany takes more rows than travel at a time",
		Rule: "Rows from an iterator arrive whole and in order, however many there are.",
		Run:  manyParts,
	},
	{
		Name: "ExecMany updates and deletes as well",
		Rule: "What is no INSERT runs once for each row too.",
		Run:  manyUpdates,
	},
	{
		Name: "A row that fails fails ExecMany and nothing is written",
		Rule: "The error of a row is that of the statement: the transaction has failed, and " +
			"the rows before it are undone with it.",
		Run: manyFails,
	},
	{
		Name: "A row that fails in a later part undoes the parts before it",
		Rule: "All rows are done or none, whatever travelled together.",
		Run:  manyFailsLate,
	},
	{
		Name:  "ExecMany in a savepoint fails alone",
		Rule:  "A row that fails in a savepoint fails the savepoint and no more.",
		Needs: savepoints,
		Run:   manyInSavepoint,
	},
	{
		Name: "A row with the wrong number of arguments is named and nothing is sent",
		Rule: "What can be found wrong without the server is ErrArguments that names the row; " +
			"the session is as it was.",
		Run: manyCounted,
	},
	{
		Name: "A row with the wrong number of arguments in a later part fails the transaction",
		Rule: "Some of the rows must not be committed without the others.",
		Run:  manyCountedLate,
	},
	{
		Name: "ExecMany after a failure is refused",
		Rule: "ExecMany is a statement: a failed transaction refuses it with ErrTxFailed.",
		Run:  manyAfterFailure,
	},
	{
		Name: "Cancelling ExecMany in the middle fails the transaction and nothing is written",
		Rule: "ExecMany returns the context's error soon, and neither the rows before nor " +
			"those after are written.",
		Run: manyCancelled,
	},
	{
		Name: "Queued statements run before ExecMany",
		Rule: "What was queued travels with the rows and is done before them.",
		Run:  manyAfterQueue,
	},
	{
		Name: "ExecMany in RunSync is all rows or none",
		Rule: "Where RunSync has no transaction, ExecMany makes one of its own.",
		Run:  manyInSync,
	},
	{
		Name: "ExecMany takes one round trip for many rows",
		Rule: "With Bulk and Pipelining, rows whose statement is known take the trip of one.",
		Needs: all(pipelining, func(c *drivers.Capabilities) bool {
			return c.Bulk
		}),
		Run: manyTrips,
	},
}

// manyRows are rows for insertMany with these ids.
func manyRows(ids ...int64) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		row := make([]any, 3)
		for _, id := range ids {
			row[0], row[1], row[2] = id, 10*id, fmt.Sprint("item ", id)
			if !yield(row) {
				return
			}
		}
	}
}

func upTo(n int64) []int64 {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(i + 1)
	}
	return ids
}

// insertMany inserts rows with the ids.
func (t *T) insertMany(q session.Querier, table string, ids ...int64) error {
	res, err := session.ExecMany(t.Context(), q,
		"INSERT INTO "+table+" (id, n, name) VALUES (?, ?, ?)", manyRows(ids...))
	if err == nil {
		Equal(t, "RowsAffected", res.RowsAffected, int64(len(ids)))
		Equal(t, "LastInsertID", res.LastInsertID, 0)
	}
	return err
}

func manySums(t *T) {
	table := t.Items()
	t.Fill(table, 1, 2, 3, 4)
	s := t.Session()
	res, err := s.ExecMany(t.Context(), "UPDATE "+table+" SET n = n + ? WHERE id >= ?",
		slices.Values([][]any{{1, 2}, {1, 4}, {1, 9}}))
	t.NoErr("ExecMany", err)
	Equal(t, "RowsAffected", res.RowsAffected, 3+1+0)
	t.NoErr("ExecMany", t.insertMany(s, table, 7, 5, 6))
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2, 3, 4, 5, 6, 7)
	after := t.Session()
	for id, want := range map[int64]int64{1: 10, 2: 21, 4: 42, 6: 60} {
		Equal(t, fmt.Sprint("n of row ", id), t.N(after, table, id), want)
	}
}

func manyNone(t *T) {
	table := t.Items()
	s := t.Session()
	before := t.DB.Stats().Flights
	t.NoErr("ExecMany", t.insertMany(s, table))
	t.StateIs(s, session.StateIdle)
	Equal(t, "flights", t.DB.Stats().Flights-before, 0)
	t.Insert(s, table, 1)
	t.NoErr("ExecMany", t.insertMany(s, table))
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1)
}

func manyValues(t *T) {
	type item struct {
		ID   int64
		N    *int64
		Name *string
		B    []byte
	}
	table := t.Table("items", "id "+t.Spell.Key, "n "+t.Spell.Integer, "name "+t.Spell.Text, "b "+t.Spell.Blob)
	long, empty, n := "é😀 "+fmt.Sprint(upTo(500)), "", int64(-1)
	want := []item{{1, &n, &long, []byte("ab")}, {2, nil, &empty, nil}, {3, &n, nil, []byte("longer")},
		{4, nil, nil, []byte{}}, {5, &n, &empty, []byte{0}}}
	s := t.Session()
	_, err := s.ExecMany(t.Context(), "INSERT INTO "+table+" (id, n, name, b) VALUES (?, ?, ?, ?)",
		func(yield func([]any) bool) {
			for _, w := range want {
				if !yield([]any{w.ID, w.N, w.Name, w.B}) {
					return
				}
			}
		})
	t.NoErr("ExecMany", err)
	got, err := session.Collect[item](t.Context(), s, "SELECT id, n, name, b FROM "+table+" ORDER BY id")
	t.NoErr("SELECT", err)
	Equal(t, "number of rows", len(got), len(want))
	for i, w := range want {
		Equal(t, fmt.Sprint("row ", i+1), show(got[i].N)+show(got[i].Name), show(w.N)+show(w.Name))
		Equal(t, fmt.Sprint("bytes of row ", i+1), fmt.Sprintf("%q", got[i].B), fmt.Sprintf("%q", w.B))
	}
}

func show[V any](p *V) string {
	if p == nil {
		return "NULL"
	}
	return fmt.Sprintf("%q", fmt.Sprint(*p))
}

func manyParts(t *T) {
	const n = 2345
	table := t.Items()
	s := t.Session()
	t.NoErr("ExecMany", t.insertMany(s, table, upTo(n)...))
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, upTo(n)...)
}

func manyUpdates(t *T) {
	table := t.Items()
	t.Fill(table, 1, 2, 3)
	s := t.Session()
	_, err := s.ExecMany(t.Context(), "UPDATE "+table+" SET name = :name WHERE id = :id",
		slices.Values([][]any{{session.Named{"id": 1, "name": "a"}}, {session.Named{"id": 3, "name": "c"}}}))
	t.NoErr("UPDATE", err)
	res, err := s.ExecMany(t.Context(), "DELETE FROM "+table+" WHERE id = ?",
		slices.Values([][]any{{2}, {2}}))
	t.NoErr("DELETE", err)
	Equal(t, "RowsAffected", res.RowsAffected, 1)
	names, err := session.Collect[string](t.Context(), s, "SELECT name FROM "+table+" ORDER BY id")
	t.NoErr("SELECT", err)
	Equal(t, "names", fmt.Sprint(names), "[a c]")
}

func manyFails(t *T) {
	table := t.Items()
	t.Fill(table, 3)
	s := t.Session()
	t.KindIs("ExecMany", t.insertMany(s, table, 1, 2, 3, 4), session.KindUnique)
	t.StateIs(s, session.StateFailed)
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	t.AllBack()
	t.Holds(table, 3)
}

func manyFailsLate(t *T) {
	table := t.Items()
	t.Fill(table, 1500)
	s := t.Session()
	t.KindIs("ExecMany", t.insertMany(s, table, upTo(2000)...), session.KindUnique)
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	t.AllBack()
	t.Holds(table, 1500)
}

func manyInSavepoint(t *T) {
	table := t.Items()
	s, sp := t.savepoint(table, 1)
	t.KindIs("ExecMany", t.insertMany(sp, table, 2, 3, 1), session.KindUnique)
	t.ErrIs("the next", t.insertMany(sp, table, 4), session.ErrTxFailed)
	t.NoErr("Rollback", sp.Rollback())
	t.NoErr("ExecMany", t.insertMany(s, table, 3, 4))
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 3, 4)
}

func manyCounted(t *T) {
	table := t.Items()
	s := t.Session()
	for _, rows := range [][][]any{{{1}, {2}, {3, 4}}, {{1}, {2}, {}}} {
		_, err := s.ExecMany(t.Context(), "INSERT INTO "+table+" (id) VALUES (?)", slices.Values(rows))
		t.ErrIs("ExecMany", err, session.ErrArguments)
		t.Mentions("ExecMany", err, "row 3")
	}
	t.StateIs(s, session.StateIdle)
	t.Insert(s, table, 7)
	_, err := s.ExecMany(t.Context(), "INSERT INTO "+table+" (id) VALUES (?)",
		slices.Values([][]any{{8}, {"\xff"}}))
	t.ErrIs("ExecMany", err, session.ErrArguments)
	t.Mentions("ExecMany", err, "row 2")
	t.StateIs(s, session.StateActive)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 7)
}

func manyCountedLate(t *T) {
	table := t.Items()
	s := t.Session()
	_, err := s.ExecMany(t.Context(), "INSERT INTO "+table+" (id) VALUES (?)",
		func(yield func([]any) bool) {
			for _, id := range upTo(2000) {
				if !yield([]any{id}) {
					return
				}
			}
			yield([]any{1, 2})
		})
	t.ErrIs("ExecMany", err, session.ErrArguments)
	t.Mentions("ExecMany", err, "row 2001")
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	t.AllBack()
	t.Holds(table)
}

func manyAfterFailure(t *T) {
	table := t.Items()
	s := t.Session()
	t.Insert(s, table, 1)
	_ = t.Break(s, table, 1)
	t.ErrIs("ExecMany", t.insertMany(s, table, 2, 3), session.ErrTxFailed)
	t.ErrIs("ExecMany without rows", t.insertMany(s, table), session.ErrTxFailed)
	t.NoErr("Close", s.Close())
	t.ErrIs("ExecMany", t.insertMany(s, table, 2, 3), session.ErrClosed)
	t.AllBack()
	t.Holds(table)
}

func manyCancelled(t *T) {
	slow := t.Slow(200 * time.Millisecond)
	table := t.Items()
	t.Fill(table, upTo(100)...)
	s := t.Session()
	t.Insert(s, table, 200)
	ctx, start := t.Soon(300*time.Millisecond), time.Now()
	_, err := s.ExecMany(ctx, "UPDATE "+table+" SET n = "+slow+" WHERE id = ?",
		func(yield func([]any) bool) {
			for _, id := range upTo(100) {
				if !yield([]any{id}) {
					return
				}
			}
		})
	t.cancelled(ctx, "ExecMany", err)
	t.Within("it", start, patience)
	t.StateIs(s, session.StateFailed)
	t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
	t.AllBack()
	t.Holds(table, upTo(100)...)
	Equal(t, "n", t.N(t.Session(), table, 1), 10)
}

func manyAfterQueue(t *T) {
	table := t.Items()
	s := t.Session()
	t.queue(s, table, 1)
	t.NoErr("ExecMany", t.insertMany(s, table, 2, 3))
	t.queue(s, table, 4)
	t.KindIs("ExecMany", t.insertMany(s, table, 5, 4), session.KindUnique)
	t.NoErr("Rollback", s.Rollback(t.Context()))
	t.queue(s, table, 1)
	t.NoErr("ExecMany", t.insertMany(s, table, 2))
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1, 2)
}

func manyInSync(t *T) {
	table := t.Items()
	insert := func(ids ...int64) error {
		return t.DB.RunSync(t.Context(), t.Name("many"), func(_ context.Context, c *session.SyncConn) error {
			return t.insertMany(c, table, ids...)
		}, session.SyncOptions{NoTransaction: true})
	}
	t.NoErr("RunSync", insert(upTo(1200)...))
	t.Holds(table, upTo(1200)...)
	t.KindIs("RunSync", insert(1201, 1202, 3), session.KindUnique)
	t.AllBack()
	t.Holds(table, upTo(1200)...)
}

func manyTrips(t *T) {
	if t.Faults.RoundTrips == nil {
		t.Skip("the harness has no Faults.RoundTrips")
	}
	table := t.Items()
	s := t.Session()
	t.NoErr("ExecMany", t.insertMany(s, table, 1, 2)) // the statement is known after this
	before := t.Faults.RoundTrips()
	t.NoErr("ExecMany", t.insertMany(s, table, upTo(1000)[2:]...))
	Equal(t, "round trips", t.Faults.RoundTrips()-before, 1)
}
