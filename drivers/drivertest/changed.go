package drivertest

import (
	"context"
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/session"
)

// A change is what becomes of a table that statements were run on. The table has
// the columns id, a, b and c, and a row with id 1.
type change struct {
	what    string // the table …
	columns []string
	sql     func(s *Spelling, table string) []string
}

var changes = []change{
	{"got another column", []string{"id", "a", "b", "c", "d"}, func(s *Spelling, table string) []string {
		return []string{"ALTER TABLE " + table + " ADD d " + s.Integer}
	}},
	{"lost a column", []string{"id", "b", "c"}, func(_ *Spelling, table string) []string {
		return []string{"ALTER TABLE " + table + " DROP COLUMN a"}
	}},
	{"was made anew", []string{"c", "b", "id", "a"}, func(s *Spelling, table string) []string {
		return []string{"DROP TABLE " + table, fmt.Sprintf("CREATE TABLE %s (c %[2]s, b %[2]s, id %s, a %[2]s)",
			table, s.Integer, s.Key), "INSERT INTO " + table + filled}
	}},
}

// filled fills a row of the columns, in their first order.
const filled = " (id, a, b, c) VALUES (1, 10, 20, 30)"

// row is what a query shows of the row with the id, printed, in which the columns
// but for the id are NULL or as filled.
func (ch change) row(id int, null bool) string {
	row := map[string]any{}
	for _, column := range ch.columns {
		row[column] = map[string]any{"a": 10, "b": 20, "c": 30}[column]
		if null {
			row[column] = nil
		}
	}
	row["id"] = id
	return fmt.Sprint(row)
}

// unchanged is the table as it is first.
var unchanged = change{columns: []string{"id", "a", "b", "c"}}

// changedCases have one connection at most, so that a statement comes back to the
// one that has run it before and may have kept something of it.
func changedCases() (cases []Case) {
	for _, ch := range changes {
		cases = append(cases,
			Case{
				Name: "A statement begins a transaction after its table " + ch.what,
				Rule: "What a connection keeps of a statement does not outlive the columns of its table: as the " +
					"first of a transaction the statement runs on that same connection, and shows each value " +
					"under the name of its column.",
				Options: session.Options{MaxConns: 1},
				Run:     func(t *T) { changedBefore(t, ch) },
			},
			Case{
				Name: "A statement runs outside of a transaction after its table " + ch.what,
				Rule: "What a connection keeps of a statement does not outlive the columns of its table, outside of " +
					"transactions either.",
				Options: session.Options{MaxConns: 1},
				Run:     func(t *T) { changedOutside(t, ch) },
			},
			Case{
				Name: "A statement whose table " + ch.what + " in the middle of the transaction",
				Rule: "It shows the row as it was or as it is, or it fails, and its transaction with it, with an " +
					"error that is retryable; the next try finds nothing of the first and succeeds.",
				Options: session.Options{MaxConns: 1},
				Run:     func(t *T) { changedMeanwhile(t, ch) },
			})
	}
	return append(cases, Case{
		Name: "A statement takes and shows what fits since its column was widened",
		Rule: "What a connection keeps of a statement does not outlive the types of its table: an argument " +
			"that only the new type has room for is stored, and shown, as it is.",
		Options: session.Options{MaxConns: 1},
		Run:     changedType,
	})
}

// use runs statements that were run before on a table that is as given now.
type use func(ctx context.Context, q session.Querier, now ...change) error

// showing runs a query and expects the first row, as it is or was.
func (t *T) showing(sql string, args ...any) use {
	return func(ctx context.Context, q session.Querier, now ...change) error {
		row, err := session.One[map[string]any](ctx, q, sql, args...)
		if err != nil {
			return err
		}
		var want []string
		for _, ch := range now {
			if want = append(want, ch.row(1, false)); fmt.Sprint(row) == want[len(want)-1] {
				return nil
			}
		}
		t.Fatalf("%s: the row is %v, want %s", sql, row, strings.Join(want, " or "))
		return nil
	}
}

// changing makes the table that is changed.
func (t *T) changing(name string) string {
	t.Helper()
	table := t.Table(name, "id "+t.Spell.Key, "a "+t.Spell.Integer, "b "+t.Spell.Integer, "c "+t.Spell.Integer)
	t.DDL("INSERT INTO " + table + filled)
	return table
}

// changed runs a use until all that can be kept of it is, changes the table, and
// runs it again on the same connection.
func (t *T) changed(ch change, table string, run func(now change) error) {
	t.Helper()
	for range 3 {
		t.NoErr("before "+table+" "+ch.what, run(unchanged))
	}
	t.AllBack()
	opened := t.DB.Stats().Pool.Opened
	t.elsewhere(ch.sql(&t.Spell, table)...)
	t.NoErr("after "+table+" "+ch.what, run(ch))
	t.AllBack()
	Equal(t, "connections opened for it", t.DB.Stats().Pool.Opened-opened, 0)
}

// elsewhere runs statements on another engine of the database or, where that
// cannot be, on the case's.
func (t *T) elsewhere(statements ...string) {
	t.Helper()
	db := t.DB
	if !t.harness.Private {
		db = t.Another()
	}
	t.runOn(db, statements...)
}

func (t *T) runOn(db *session.Engine, statements ...string) {
	t.Helper()
	err := db.RunSync(t.Context(), t.Name("ddl"), func(ctx context.Context, c *session.SyncConn) error {
		for _, sql := range statements {
			if _, err := c.Exec(ctx, sql); err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
		}
		return nil
	})
	t.NoErr("RunSync", err)
}

func changedBefore(t *T, ch change) {
	for name, build := range t.firstUses() {
		table := t.changing(name)
		run := build(table)
		t.changed(ch, table, func(now change) error {
			return t.DB.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
				return run(ctx, s, now)
			})
		})
	}
}

// firstUse is a way to begin a transaction.
type firstUse func(ctx context.Context, s *session.Session, now change) error

func (t *T) firstUses() map[string]func(table string) firstUse {
	in := func(sql string, args ...any) func(string) firstUse {
		return func(table string) firstUse {
			show := t.showing("SELECT * FROM "+table+sql, args...)
			return func(ctx context.Context, s *session.Session, now change) error { return show(ctx, s, now) }
		}
	}
	uses := map[string]func(string) firstUse{
		"queried":                in(" WHERE id < 2"),
		"queried_with_arguments": in(" WHERE id = ?", 1),
		"executed": func(table string) firstUse {
			return func(ctx context.Context, s *session.Session, _ change) error {
				_, err := s.Exec(ctx, "SELECT * FROM "+table+" WHERE id = ?", 1)
				return err
			}
		},
		"queued_for_commit": func(table string) firstUse {
			return func(_ context.Context, s *session.Session, _ change) error {
				return s.Queue("SELECT * FROM "+table+" WHERE id = ?", 1)
			}
		},
	}
	if t.Caps.Savepoints {
		uses["nested"] = func(table string) firstUse {
			show := t.showing("SELECT * FROM "+table+" WHERE id = ?", 1)
			return func(ctx context.Context, s *session.Session, now change) error {
				return s.Nested(ctx, func(ctx context.Context, sp *session.Savepoint) error { return show(ctx, sp, now) })
			}
		}
	}
	if t.Caps.Returning {
		uses["inserted"] = t.inserting
	}
	return uses
}

// inserting shows rows that it inserts.
func (t *T) inserting(table string) firstUse {
	last, sql := 100, "INSERT INTO "+table+" (id) VALUES (?) RETURNING *"
	return func(ctx context.Context, s *session.Session, now change) error {
		last++
		row, err := session.One[map[string]any](ctx, s, sql, last)
		if err == nil {
			Equal(t, sql, fmt.Sprint(row), now.row(last, true))
		}
		return err
	}
}

func changedOutside(t *T, ch change) {
	for name, where := range map[string]string{"queried": "", "queried_with_arguments": " WHERE id = ?"} {
		table := t.changing(name)
		show := t.showing("SELECT * FROM "+table+where, []any{1}[:strings.Count(where, "?")]...)
		t.changed(ch, table, func(now change) error { return t.outside(show, now) })
	}
}

// outside runs a use outside of a transaction.
func (t *T) outside(run use, now ...change) error {
	return t.DB.RunSync(t.Context(), t.Name("reader"),
		func(ctx context.Context, c *session.SyncConn) error { return run(ctx, c, now...) },
		session.SyncOptions{NoTransaction: true})
}

// changedMeanwhile changes a table that the transaction has not touched yet: DDL
// would wait for it otherwise. Where one transaction at a time writes, it is one
// that reads.
func changedMeanwhile(t *T, ch change) {
	other := t.Another()
	writes := !t.Caps.SingleWriter
	if !writes && !t.Caps.ReadOnly {
		t.Skip("nothing can be changed in the middle of a transaction")
	}
	table, touched := t.changing("changing"), t.Table("touched", "id "+t.Spell.Key)
	show := t.showing("SELECT * FROM "+table+" WHERE id = ?", 1)
	tx, tries := session.TxOptions{ReadOnly: !writes}, 0
	unit := func(ctx context.Context, s *session.Session) error {
		tries++
		t.IDs(s, touched)
		if writes {
			_, err := s.Exec(ctx, "INSERT INTO "+touched+" (id) VALUES (?)", tries)
			t.NoErr("INSERT", err)
		}
		if tries == 4 {
			t.runOn(other, ch.sql(&t.Spell, table)...)
		}
		err := show(ctx, s, unchanged, ch)
		if err != nil {
			t.failsWhole(s, err)
		}
		return err
	}
	for range 4 {
		t.NoErr("Do", t.DB.Do(t.Context(), unit, tx, session.Retry{}))
	}
	if tries > 5 {
		t.Fatalf("it took %d tries", tries-3)
	}
	if ids := []int64{1, 2, 3, int64(tries)}; writes {
		t.Holds(touched, ids...)
	}
	t.NoErr("the row afterwards", t.DB.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		return show(ctx, s, ch)
	}, tx))
}

// changedType makes the table anew with the wider type: not every database can
// change a column's type.
func changedType(t *T) {
	create := func(table, integer string) string {
		return "CREATE TABLE " + table + " (id " + t.Spell.Key + ", n " + integer + ")"
	}
	for _, keep := range []string{"stored", "stored_outside"} {
		table := t.Name(keep)
		t.DDL(create(table, "SMALLINT"))
		t.Cleanup(func() { t.drop(table) })
		n := int64(7)
		run := func(ctx context.Context, q session.Querier, _ ...change) error { return t.keeps(ctx, q, table, n) }
		within := func() error {
			return t.DB.Do(t.Context(), func(ctx context.Context, s *session.Session) error { return run(ctx, s) })
		}
		if keep == "stored_outside" {
			within = func() error { return t.outside(run) }
		}
		for range 3 {
			t.NoErr("a small integer", within())
		}
		t.AllBack()
		t.elsewhere("DROP TABLE "+table, create(table, t.Spell.Integer))
		n = 5_000_000_000
		t.NoErr("a large integer", within())
		t.AllBack()
	}
}

// keeps stores n in three ways and reads it, alone and with others.
func (t *T) keeps(ctx context.Context, q session.Querier, table string, n int64) error {
	for _, sql := range []string{"DELETE FROM " + table + " WHERE n <= ? OR id = 1",
		"INSERT INTO " + table + " (id, n) VALUES (1, ?)", "UPDATE " + table + " SET n = ? WHERE id = 1"} {
		if _, err := q.Exec(ctx, sql, n); err != nil {
			return err
		}
	}
	got, err := session.One[int64](ctx, q, "SELECT n FROM "+table+" WHERE n = ?", n)
	if err == nil {
		Equal(t, "the integer", got, n)
	}
	return err
}

// failsWhole checks what is said of a transaction in which a statement has failed
// that may succeed in the next one.
func (t *T) failsWhole(s *session.Session, err error) {
	t.Helper()
	if !session.IsRetryable(err) {
		t.Fatalf("the error, of kind %q, is not retryable: %v", session.KindOf(err), err)
	}
	t.StateIs(s, session.StateFailed)
	_, err = s.Exec(t.Context(), "SELECT 1")
	t.ErrIs("the statement after it", err, session.ErrTxFailed)
}
