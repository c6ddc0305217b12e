package drivertest

import (
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session"
)

var optionCases = []Case{
	{
		Name:  "A read-only transaction refuses to write",
		Rule:  "With Capabilities.ReadOnly a write fails with KindReadOnly and leaves nothing.",
		Needs: readOnly,
		Run:   readOnlyRefuses,
	},
	{
		Name:  "A read-only transaction reads",
		Rule:  "ReadOnly keeps nobody from reading and committing.",
		Needs: readOnly,
		Run:   readOnlyReads,
	},
	{
		Name:  "Read-only transactions that were not promised are refused",
		Rule:  "Without Capabilities.ReadOnly the option is ErrUnsupported, never ignored.",
		Needs: not(readOnly),
		Run:   unsupported(session.TxOptions{ReadOnly: true}),
	},
	{
		Name:  "A deferrable transaction works",
		Rule:  "With Capabilities.Deferrable a serializable read-only transaction may be it.",
		Needs: all(deferrable, readOnly),
		Run:   deferrableWorks,
	},
	{
		Name:  "Deferrable transactions that were not promised are refused",
		Rule:  "Without Capabilities.Deferrable the option is ErrUnsupported, never ignored.",
		Needs: not(deferrable),
		Run: unsupported(session.TxOptions{
			Isolation: session.Serializable, ReadOnly: true, Deferrable: true}),
	},
	{
		Name: "A statement timeout ends the statement on the server",
		Rule: "With Capabilities.StatementTimeout a longer statement fails with " +
			"KindStatementTimeout, and the transaction with it.",
		Needs: statementTimeout,
		Run:   statementTimeoutWorks,
	},
	{
		Name:  "Statement timeouts that were not promised are refused",
		Rule:  "Without Capabilities.StatementTimeout the option is ErrUnsupported.",
		Needs: not(statementTimeout),
		Run:   unsupported(session.TxOptions{StatementTimeout: time.Second}),
	},
	{
		Name: "A lock timeout ends the wait for a lock",
		Rule: "With Capabilities.LockTimeout a longer wait for a row that another " +
			"transaction has changed fails with KindLockTimeout.",
		Needs: all(lockTimeout, not(singleWriter)),
		Run:   lockTimeoutWorks,
	},
	{
		Name:  "Lock timeouts that were not promised are refused",
		Rule:  "Without Capabilities.LockTimeout the option is ErrUnsupported.",
		Needs: not(lockTimeout),
		Run:   unsupported(session.TxOptions{LockTimeout: time.Second}),
	},
	{
		Name:  "Repeatable read reads the same twice",
		Rule:  "Under RepeatableRead a transaction does not see rows change that it has read.",
		Needs: all(has(session.RepeatableRead), not(singleWriter)),
		Run:   repeatableRead,
	},
}

// tryTx begins a transaction with the options and runs a statement in it. A
// refusal may come from either.
func (t *T) tryTx(opts session.TxOptions, sql string) error {
	s := t.Session()
	if err := s.Begin(opts); err != nil {
		return err
	}
	if _, err := session.Collect[int64](t.Context(), s, sql); err != nil {
		return err
	}
	return s.Commit(t.Context())
}

func unsupported(opts session.TxOptions) func(t *T) {
	return func(t *T) {
		flights := t.DB.Stats().Flights
		t.ErrIs("Begin", t.tryTx(opts, "SELECT 1"), session.ErrUnsupported)
		_, err := t.Session(opts).Exec(t.Context(), "SELECT 1")
		t.ErrIs("a session with the option", err, session.ErrUnsupported)
		Equal(t, "flights", t.DB.Stats().Flights, flights)
	}
}

func has(level session.Isolation) func(*drivers.Capabilities) bool {
	return func(c *drivers.Capabilities) bool { return c.HasIsolation(level) }
}

// isolationCases has a case for each level that is declared, and one for each
// that is not.
func isolationCases() (cases []Case) {
	for _, level := range []session.Isolation{session.ReadUncommitted, session.ReadCommitted,
		session.RepeatableRead, session.Serializable} {
		opts := session.TxOptions{Isolation: level}
		cases = append(cases, Case{
			Name:  fmt.Sprintf("Isolation %v works where it is promised", level),
			Rule:  "Each level in Capabilities.Isolation can be asked for, read and write.",
			Needs: has(level),
			Run:   func(t *T) { isolationWorks(t, opts) },
		}, Case{
			Name:  fmt.Sprintf("Isolation %v is refused where it was not promised", level),
			Rule:  "A level that is not in Capabilities.Isolation is ErrUnsupported.",
			Needs: not(has(level)),
			Run:   unsupported(opts),
		})
	}
	return cases
}

func isolationWorks(t *T, opts session.TxOptions) {
	table := t.Items()
	s := t.Session(opts)
	t.Insert(s, table, 1)
	Equal(t, "rows seen inside", len(t.IDs(s, table)), 1)
	t.NoErr("Commit", s.Commit(t.Context()))
	t.Holds(table, 1)
}

func readOnlyRefuses(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	for _, sql := range []string{
		"INSERT INTO " + table + " (id, n) VALUES (2, 2)",
		"UPDATE " + table + " SET n = 0",
		"DELETE FROM " + table,
	} {
		s := t.Session(session.TxOptions{ReadOnly: true})
		_, err := s.Exec(t.Context(), sql)
		t.KindIs(sql, err, session.KindReadOnly)
		t.StateIs(s, session.StateFailed)
		t.NoErr("Rollback", s.Rollback(t.Context()))
	}
	t.Holds(table, 1)
}

func readOnlyReads(t *T) {
	table := t.Items()
	t.Fill(table, 1, 2)
	s := t.Session(session.TxOptions{ReadOnly: true})
	Equal(t, "rows", len(t.IDs(s, table)), 2)
	t.NoErr("Commit", s.Commit(t.Context()))
}

func deferrableWorks(t *T) {
	t.NoErr("a deferrable transaction", t.tryTx(session.TxOptions{
		Isolation: session.Serializable, ReadOnly: true, Deferrable: true}, "SELECT 1"))
}

func statementTimeoutWorks(t *T) {
	slow := "SELECT " + t.Slow(5*time.Second)
	start := time.Now()
	s := t.Session(session.TxOptions{StatementTimeout: 200 * time.Millisecond})
	_, err := session.Collect[int64](t.Context(), s, slow)
	t.KindIs("a statement that takes longer", err, session.KindStatementTimeout)
	t.Within("it", start, 4*time.Second)
	t.StateIs(s, session.StateFailed)
	t.NoErr("Rollback", s.Rollback(t.Context()))
	t.NoErr("a short one", t.tryTx(
		session.TxOptions{StatementTimeout: 10 * time.Second}, "SELECT 1"))
}

func lockTimeoutWorks(t *T) {
	t.Room(2)
	table := t.Items()
	t.Fill(table, 1)
	update := "UPDATE " + table + " SET n = n + 1 WHERE id = 1"
	holder := t.Session()
	_, err := holder.Exec(t.Context(), update)
	t.NoErr("UPDATE", err)
	start := time.Now()
	// A second at least: some databases count in seconds.
	s := t.Session(session.TxOptions{LockTimeout: time.Second})
	_, err = s.Exec(t.Context(), update)
	t.KindIs("an UPDATE of a row that is locked", err, session.KindLockTimeout)
	t.Within("the wait", start, 8*time.Second)
	t.StateIs(s, session.StateFailed)
	t.NoErr("Rollback", s.Rollback(t.Context()))
	t.NoErr("Commit of the holder", holder.Commit(t.Context()))
	_, err = s.Exec(t.Context(), update)
	t.NoErr("UPDATE", err)
}

func repeatableRead(t *T) {
	t.Room(2)
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session(session.TxOptions{Isolation: session.RepeatableRead})
	Equal(t, "n", t.N(s, table, 1), 10)
	other := t.Session(session.TxOptions{})
	_, err := other.Exec(t.Context(), "UPDATE "+table+" SET n = 0")
	t.NoErr("UPDATE by another", err)
	t.NoErr("Commit by another", other.Commit(t.Context()))
	Equal(t, "n again", t.N(s, table, 1), 10)
	t.NoErr("Commit", s.Commit(t.Context()))
	Equal(t, "n in a new transaction", t.N(s, table, 1), 0)
}
