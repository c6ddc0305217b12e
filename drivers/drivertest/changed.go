package drivertest

import (
	"context"

	"github.com/sqlscope/sqlscope/session"
)

// changedCases have one connection at most, so that a statement comes back to the
// one that has run it before and may have kept something of it.
var changedCases = []Case{
	{
		Name: "A statement begins a transaction after its table got another column",
		Rule: "What a connection keeps of a statement does not outlive the columns of its table: as the " +
			"first of a transaction the statement runs on that same connection, and shows the new column.",
		Options: session.Options{MaxConns: 1},
		Run:     changedBefore,
	},
	{
		Name: "A statement runs outside of a transaction after its table got another column",
		Rule: "What a connection keeps of a statement does not outlive the columns of its table, outside of " +
			"transactions either.",
		Options: session.Options{MaxConns: 1},
		Run:     changedOutside,
	},
	{
		Name: "A statement whose table gets another column in the middle of the transaction",
		Rule: "It works, or it fails, and its transaction with it, with an error that is retryable; the next " +
			"try finds nothing of the first and succeeds.",
		Options: session.Options{MaxConns: 1},
		Run:     changedMeanwhile,
	},
}

// use runs statements that were run before; column is one that the table has.
type use func(ctx context.Context, q session.Querier, column string) error

// showing runs a query and looks for the column in its row.
func (t *T) showing(sql string, args ...any) use {
	return func(ctx context.Context, q session.Querier, column string) error {
		row, err := session.One[map[string]any](ctx, q, sql, args...)
		if err != nil {
			return err
		}
		if _, there := row[column]; !there {
			t.Fatalf("%s: the row has no column %s: %v", sql, column, row)
		}
		return nil
	}
}

// changed runs a use until all that can be kept of it is, adds a column, and runs
// it again on the same connection.
func (t *T) changed(table, column string, run func(column string) error) {
	t.Helper()
	for range 3 {
		t.NoErr("before the column "+column, run("id"))
	}
	t.AllBack()
	opened := t.DB.Stats().Pool.Opened
	t.addColumn(t.elsewhere(), table, column)
	t.NoErr("after the column "+column, run(column))
	t.AllBack()
	Equal(t, "connections opened for it", t.DB.Stats().Pool.Opened-opened, 0)
}

// elsewhere is another engine on the database or, where that cannot be, the case's.
func (t *T) elsewhere() *session.Engine {
	if t.harness.Private {
		return t.DB
	}
	return t.Another()
}

func (t *T) addColumn(db *session.Engine, table, column string) {
	t.Helper()
	sql := "ALTER TABLE " + table + " ADD " + column + " " + t.Spell.Integer
	err := db.RunSync(t.Context(), t.Name("ddl"), func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, sql)
		return err
	})
	t.NoErr(sql, err)
}

func changedBefore(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	for _, u := range t.firstUses(table) {
		t.changed(table, u.column, func(column string) error {
			return t.DB.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
				return u.run(ctx, s, column)
			})
		})
	}
}

// firstUse is a way to begin a transaction; the column that is added is called
// after it.
type firstUse struct {
	column string
	run    func(ctx context.Context, s *session.Session, column string) error
}

func (t *T) firstUses(table string) []firstUse {
	all := "SELECT * FROM " + table
	one := all + " WHERE id = ?"
	in := func(run use) func(context.Context, *session.Session, string) error {
		return func(ctx context.Context, s *session.Session, column string) error { return run(ctx, s, column) }
	}
	uses := []firstUse{
		{"queried", in(t.showing(all + " WHERE id < 2"))},
		{"queried_with_arguments", in(t.showing(one, 1))},
		{"executed", func(ctx context.Context, s *session.Session, _ string) error {
			_, err := s.Exec(ctx, one, 1)
			return err
		}},
		{"queued_for_commit", func(_ context.Context, s *session.Session, _ string) error {
			return s.Queue(one, 1)
		}},
	}
	if t.Caps.Savepoints {
		uses = append(uses, firstUse{"nested", func(ctx context.Context, s *session.Session, column string) error {
			return s.Nested(ctx, func(ctx context.Context, sp *session.Savepoint) error {
				return t.showing(one, 1)(ctx, sp, column)
			})
		}})
	}
	if t.Caps.Returning {
		insert := "INSERT INTO " + table + " (id) VALUES (?) RETURNING *"
		last := 100
		uses = append(uses, firstUse{"inserted", func(ctx context.Context, s *session.Session, column string) error {
			last++
			return t.showing(insert, last)(ctx, s, column)
		}})
	}
	return uses
}

func changedOutside(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	all := "SELECT * FROM " + table
	for column, show := range map[string]use{
		"queried": t.showing(all), "queried_with_arguments": t.showing(all+" WHERE id = ?", 1),
	} {
		t.changed(table, column, func(column string) error {
			return t.DB.RunSync(t.Context(), t.Name("reader"),
				func(ctx context.Context, c *session.SyncConn) error { return show(ctx, c, column) },
				session.SyncOptions{NoTransaction: true})
		})
	}
}

// changedMeanwhile adds the column to a table that the transaction has not touched
// yet: the ALTER would wait for it otherwise. Where one transaction at a time writes,
// it is one that reads.
func changedMeanwhile(t *T) {
	other := t.Another()
	writes := !t.Caps.SingleWriter
	if !writes && !t.Caps.ReadOnly {
		t.Skip("nothing can be changed in the middle of a transaction")
	}
	table, touched := t.Items(), t.Table("touched", "id "+t.Spell.Key)
	t.Fill(table, 1)
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
			t.addColumn(other, table, "more")
		}
		err := show(ctx, s, "id")
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
	t.NoErr("the new column", t.DB.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		return show(ctx, s, "more")
	}, tx))
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
