package drivertest

import (
	"context"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// What one session did to a connection must not be seen by the next. The cases
// have one connection where they can, so that the next session gets the same.
var hygieneCases = []Case{
	{
		Name: "A connection comes back without a transaction",
		Rule: "However a session ended, the next one on its connection begins a transaction " +
			"of its own: nothing of the first is seen or committed by it.",
		Options: session.Options{MaxConns: 1},
		Run:     noTransactionLeft,
	},
	{
		Name:    "A read-only transaction is followed by one that writes",
		Rule:    "Read-only holds for its transaction, not for the connection.",
		Needs:   readOnly,
		Options: session.Options{MaxConns: 1},
		Run:     readOnlyEnds,
	},
	{
		Name: "A read-only transaction that came to nothing is followed by one that writes",
		Rule: "Options hold for their transaction even where its first statement failed, or was " +
			"cancelled, before the database had begun it.",
		Needs:   readOnly,
		Options: session.Options{MaxConns: 1},
		Run:     readOnlyComesToNothing,
	},
	{
		Name:    "A transaction that writes is followed by a read-only one",
		Rule:    "Read-only is set for its transaction, whatever the one before it was.",
		Needs:   readOnly,
		Options: session.Options{MaxConns: 1},
		Run:     readOnlyBegins,
	},
	{
		Name: "Timeouts of a transaction end with it",
		Rule: "StatementTimeout and LockTimeout hold for their transaction, whether it was " +
			"committed or rolled back, not for the connection.",
		Needs:   statementTimeout,
		Options: session.Options{MaxConns: 1},
		Run:     timeoutsEnd,
	},
	{
		Name: "The isolation level of a transaction ends with it",
		Rule: "An isolation level holds for its transaction: one that asks for none sees " +
			"what the database gives by default.",
		Needs: all(has(session.Serializable), readOnly),
		Run:   optionsAlternate,
	},
	{
		Name: "A session closed with open rows gives back a sound connection",
		Rule: "Rows that nobody reads to the end leave nothing on the connection for the next.",
		// One connection, so that the next session meets what is left.
		Options: session.Options{MaxConns: 1},
		Run:     rowsLeftOpen,
	},
	{
		Name:    "Connections are used again",
		Rule:    "Sessions one after the other share one connection, failed and closed ones too.",
		Options: session.Options{MaxConns: 4},
		Run:     connectionsReused,
	},
}

func noTransactionLeft(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	endings := []func(s *session.Session){
		func(s *session.Session) { t.NoErr("Close", s.Close()) },
		func(s *session.Session) { t.NoErr("Rollback", s.Rollback(t.Context())) },
		func(s *session.Session) {
			_ = t.Break(s, table, 1)
			t.NoErr("Close", s.Close())
		},
		func(s *session.Session) {
			_ = t.Break(s, table, 1)
			t.ErrIs("Commit", s.Commit(t.Context()), session.ErrTxFailed)
		},
		func(s *session.Session) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			t.ErrIs("Commit", s.Commit(ctx), context.Canceled)
		},
	}
	want := []int64{1}
	for i, end := range endings {
		s := t.Session()
		t.Insert(s, table, int64(100+i))
		end(s)
		next := t.Session()
		t.Insert(next, table, int64(10+i))
		t.NoErr("Commit of the next session", next.Commit(t.Context()))
		want = append(want, int64(10+i))
	}
	t.Holds(table, want...)
}

func readOnlyEnds(t *T) {
	table := t.Items()
	want := []int64{}
	for i := range int64(4) {
		s := t.Session(session.TxOptions{ReadOnly: true})
		t.IDs(s, table)
		if i%2 == 0 {
			t.NoErr("Commit", s.Commit(t.Context()))
		} else {
			t.NoErr("Close", s.Close())
		}
		next := t.Session()
		t.Insert(next, table, i)
		t.NoErr("Commit", next.Commit(t.Context()))
		want = append(want, i)
	}
	t.Holds(table, want...)
}

func readOnlyBegins(t *T) {
	table := t.Items()
	for i := range int64(3) {
		t.Fill(table, i)
		s := t.Session(session.TxOptions{ReadOnly: true})
		t.KindIs("a write", t.TryInsert(s, table, 100), session.KindReadOnly)
		t.NoErr("Rollback", s.Rollback(t.Context()))
	}
	t.Holds(table, 0, 1, 2)
}

func timeoutsEnd(t *T) {
	slow := "SELECT " + t.Slow(400*time.Millisecond)
	opts := session.TxOptions{StatementTimeout: 100 * time.Millisecond}
	if t.Caps.LockTimeout {
		opts.LockTimeout = 100 * time.Millisecond
	}
	endings := map[string]func(s *session.Session) error{
		"Commit":   func(s *session.Session) error { return s.Commit(t.Context()) },
		"Rollback": func(s *session.Session) error { return s.Rollback(t.Context()) },
		"Close":    func(s *session.Session) error { return s.Close() },
	}
	for what, end := range endings {
		s := t.Session(opts)
		_, err := session.One[int](t.Context(), s, "SELECT 1")
		t.NoErr("SELECT", err)
		t.NoErr(what, end(s))
		next := t.Session()
		_, err = session.Collect[int64](t.Context(), next, slow)
		t.NoErr("a slow statement without a timeout after "+what, err)
		t.NoErr("Commit", next.Commit(t.Context()))
	}
}

func optionsAlternate(t *T) {
	table := t.Items()
	for i := range int64(3) {
		for _, opts := range []session.TxOptions{
			{Isolation: session.Serializable}, {}, {ReadOnly: true},
		} {
			s := t.Session(opts)
			t.IDs(s, table)
			t.NoErr("Commit", s.Commit(t.Context()))
		}
		t.Fill(table, i)
	}
	t.Holds(table, 0, 1, 2)
}

func rowsLeftOpen(t *T) {
	table := t.Items()
	t.FillMany(table, 200)
	for range 3 {
		s := t.Session()
		rows, err := s.Query(t.Context(), t.Product(table))
		t.NoErr("SELECT", err)
		Equal(t, "Next", rows.Next(), true)
		t.NoErr("Close of the session", s.Close())
		Equal(t, "Next after it", rows.Next(), false)
		_ = rows.Close()
		next := t.Session()
		Equal(t, "rows the next session reads", len(t.IDs(next, table)), 200)
		t.NoErr("Commit", next.Commit(t.Context()))
	}
}

func connectionsReused(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	t.AllBack()
	before := t.DB.Stats().Pool.Opened
	for i := range int64(12) {
		s := t.Session()
		t.Insert(s, table, 10+i)
		if i%3 == 0 {
			_ = t.Break(s, table, 1)
		}
		if i%2 == 0 {
			t.NoErr("Close", s.Close())
			t.AllBack()
			continue
		}
		_ = s.Commit(t.Context())
		t.AllBack()
	}
	Equal(t, "connections opened meanwhile", t.DB.Stats().Pool.Opened-before, 0)
}

func readOnlyComesToNothing(t *T) {
	table := t.Items()
	slow := "SELECT " + t.Slow(10*time.Second)
	for id, first := range []func(s *session.Session) error{
		func(s *session.Session) error {
			_, err := s.Exec(t.Context(), "SELEC 1")
			return err
		},
		func(s *session.Session) error {
			_, err := session.Collect[int64](t.Soon(50*time.Millisecond), s, slow)
			return err
		},
	} {
		s := t.DB.Session(session.TxOptions{ReadOnly: true})
		if first(s) == nil {
			t.Error("what must fail did not")
		}
		t.NoErr("Rollback", s.Rollback(t.Context()))
		t.NoErr("Close", s.Close())
		t.Fill(table, int64(id))
	}
	t.closeAll()
	t.Holds(table, 0, 1)
}
