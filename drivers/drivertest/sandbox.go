package drivertest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

var sandboxCases = []Case{
	{
		Name: "What was committed in a sandbox is undone with it",
		Rule: "Engine.Sandbox's transactions commit into savepoints; its Close rolls everything back " +
			"and gives the connection back clean.",
		Needs: savepoints,
		Run:   sandboxUndoes,
	},
	{
		Name:  "Transactions in a sandbox see what was committed before and not what was rolled back",
		Rule:  "Commit, Rollback, a failed statement and savepoints work in a sandbox as outside.",
		Needs: savepoints,
		Run:   sandboxWorks,
	},
	{
		Name: "A transaction that is begun inside another one in a sandbox",
		Rule: "It commits or rolls back alone; when the one around it is rolled back after it has " +
			"committed, which would not undo it outside of a sandbox, that is reported.",
		Needs: savepoints,
		Run:   sandboxNests,
	},
	{
		Name:  "Transactions in a sandbox wait for each other",
		Rule:  "From goroutines of their own they run one after the other, and all of them do.",
		Needs: savepoints,
		Run:   sandboxWaits,
	},
	{
		Name: "What a sandbox would not survive is refused",
		Rule: "COMMIT and its like as statements, and DDL that commits, are ErrUnsupported and never " +
			"sent; DDL that can be rolled back works.",
		Needs: savepoints,
		Run:   sandboxRefuses,
	},
	{
		Name:  "A read-only transaction in a sandbox refuses to write",
		Rule:  "It fails with KindReadOnly, as it does outside.",
		Needs: all(savepoints, readOnly),
		Run:   sandboxReadOnly,
	},
	{
		Name:  "A statement that is cancelled in a sandbox fails its transaction and no other",
		Rule:  "Unless the database ends the shared transaction, which is reported.",
		Needs: all(savepoints, remote),
		Run:   sandboxCancel,
	},
	{
		Name: "Settings end with their transaction in a sandbox as well",
		Rule: "A transaction has its own settings and those of no other one, be it the one around it " +
			"or the one before.",
		Needs: all(savepoints, settings),
		Run:   sandboxSettings,
	},
	{
		Name:  "Without savepoints there is no sandbox",
		Rule:  "Engine.Sandbox is ErrUnsupported.",
		Needs: not(savepoints),
		Run: func(t *T) {
			_, err := t.DB.Sandbox(session.SandboxOptions{})
			t.ErrIs("Sandbox", err, session.ErrUnsupported)
		},
	},
}

// box is a sandbox and what it has reported.
type box struct {
	*session.Engine
	t        *T
	reported []error
	closed   bool
}

func (t *T) box() *box {
	t.Helper()
	b := &box{t: t}
	var err error
	b.Engine, err = t.DB.Sandbox(session.SandboxOptions{
		Report: func(err error) { b.reported = append(b.reported, err) }})
	t.NoErr("Sandbox", err)
	t.Cleanup(func() { b.close() })
	return b
}

// session opens a session that is closed before the sandbox is.
func (b *box) session(opts ...session.TxOptions) *session.Session {
	s := b.Session(opts...)
	b.t.Cleanup(func() { _ = s.Close() })
	return s
}

func (b *box) close() {
	b.t.Helper()
	if !b.closed {
		b.closed = true
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		b.t.NoErr("Close of the sandbox", b.Close(ctx))
	}
}

// add inserts a row in a transaction of its own, which returns the error.
func (b *box) add(ctx context.Context, table string, id int64, err error) error {
	return b.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, failed := s.Exec(ctx, "INSERT INTO "+table+" (id) VALUES (?)", id)
		return errors.Join(failed, err)
	})
}

// holds checks which rows the sandbox sees.
func (b *box) holds(table string, want ...int64) {
	b.t.Helper()
	s := b.session()
	defer s.Close()
	if got := b.t.IDs(s, table); !slices.Equal(got, want) {
		b.t.Fatalf("in the sandbox the table holds %v, want %v", got, want)
	}
}

func sandboxUndoes(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	b := t.box()
	t.NoErr("a transaction in the sandbox", b.add(t.Context(), table, 2, nil))
	b.holds(table, 1, 2)
	open := b.session()
	t.Insert(open, table, 3)
	t.NoErr("Close of a session", open.Close())
	b.close()
	t.AllBack()
	t.Holds(table, 1)
	_, err := b.session().Exec(t.Context(), "DELETE FROM "+table)
	t.ErrIs("a statement after the sandbox", err, session.ErrClosed)
}

func sandboxWorks(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	b := t.box()
	t.NoErr("a transaction that commits", b.add(t.Context(), table, 2, nil))
	t.ErrIs("one that fails", b.add(t.Context(), table, 3, errUndo), errUndo)
	t.KindIs("one with a statement that fails", b.add(t.Context(), table, 2, nil), session.KindUnique)
	s := b.session()
	t.Insert(s, table, 4)
	sp := t.open(s)
	t.Insert(sp, table, 5)
	_ = t.Break(sp, table, 1)
	t.NoErr("Rollback of the savepoint", sp.Rollback())
	kept := t.open(s)
	t.Insert(kept, table, 6)
	t.NoErr("Release", kept.Release())
	t.NoErr("Queue", s.Queue("UPDATE "+table+" SET n = n + 1 WHERE id = ?", 6))
	t.NoErr("Commit", s.Commit(t.Context()))
	b.holds(table, 1, 2, 4, 6)
	Equal(t, "commits", b.Stats().Commits, 2)
	Equal(t, "reports", len(b.reported), 0)
	b.close()
	t.Holds(table, 1)
}

func sandboxNests(t *T) {
	table := t.Items()
	b := t.box()
	inner := func(id int64, err error) func(context.Context, *session.Session) error {
		return func(ctx context.Context, s *session.Session) error {
			t.Insert(s, table, id)
			t.ErrIs("the one inside", b.add(ctx, table, id+1, err), err)
			t.Insert(s, table, id+2)
			return nil
		}
	}
	t.NoErr("a Do with a Do inside", b.Do(t.Context(), inner(10, nil)))
	t.NoErr("a Do with one inside that fails", b.Do(t.Context(), inner(20, errUndo)))
	b.holds(table, 10, 11, 12, 20, 22)
	Equal(t, "reports", len(b.reported), 0)
	err := b.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		t.NoErr("the one inside", inner(30, nil)(ctx, s))
		return errUndo
	})
	t.ErrIs("a Do that fails after one inside has committed", err, errUndo)
	b.holds(table, 10, 11, 12, 20, 22)
	Equal(t, "reports", len(b.reported), 1)
	err = b.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		return s.Nested(ctx, func(ctx context.Context, sp *session.Savepoint) error {
			t.Insert(sp, table, 40)
			t.NoErr("the one inside", b.add(ctx, table, 41, nil))
			return errUndo
		})
	})
	t.ErrIs("a savepoint that fails after one inside has committed", err, errUndo)
	Equal(t, "reports", len(b.reported), 2)
}

func sandboxWaits(t *T) {
	table := t.Items()
	b := t.box()
	const clients = 8
	errs := make(chan error, clients)
	for id := range int64(clients) {
		t.Go(func() { errs <- b.add(t.Context(), table, id, nil) })
	}
	for range clients {
		t.NoErr("a transaction in the sandbox", <-errs)
	}
	b.holds(table, 0, 1, 2, 3, 4, 5, 6, 7)
}

func sandboxRefuses(t *T) {
	table := t.Items()
	made := t.Name("made")
	create := "CREATE TABLE " + made + " (id " + t.Spell.Key + ")"
	b := t.box()
	for _, sql := range []string{"COMMIT", " rollback", "/* now */ BEGIN", "START TRANSACTION",
		"-- x\nEND"} {
		s := b.session()
		t.Insert(s, table, 1)
		_, err := s.Exec(t.Context(), sql)
		t.ErrIs(sql, err, session.ErrUnsupported)
		t.NoErr("Close", s.Close())
	}
	s := b.session()
	_, err := s.Exec(t.Context(), create)
	if t.Caps.TransactionalDDL {
		t.NoErr(create, err)
	} else {
		t.ErrIs(create, err, session.ErrUnsupported)
	}
	t.NoErr("Commit", s.Commit(t.Context()))
	err = b.RunSync(t.Context(), "in a sandbox", func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, "INSERT INTO "+table+" (id) VALUES (9)")
		return err
	}, session.SyncOptions{NoTransaction: true})
	t.ErrIs("a RunSync without a transaction", err, session.ErrUnsupported)
	b.close()
	t.Holds(table)
	t.NoErr("CREATE TABLE afterwards", t.tryTxDDL(create))
	t.Cleanup(func() { t.drop(made) })
}

// tryTxDDL runs a statement alone.
func (t *T) tryTxDDL(sql string) error {
	return t.DB.RunSync(t.Context(), t.prefix+"ddl", func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, sql)
		return err
	})
}

func sandboxReadOnly(t *T) {
	table := t.Items()
	b := t.box()
	s := b.session(session.TxOptions{ReadOnly: true})
	Equal(t, "rows", len(t.IDs(s, table)), 0)
	t.KindIs("INSERT", t.TryInsert(s, table, 1), session.KindReadOnly)
	t.StateIs(s, session.StateFailed)
	t.NoErr("Close", s.Close())
	t.NoErr("one that may write", b.add(t.Context(), table, 2, nil))
	b.holds(table, 2)
}

func sandboxCancel(t *T) {
	table := t.Items()
	slow := "SELECT " + t.Slow(20*time.Second)
	b := t.box()
	t.NoErr("a transaction", b.add(t.Context(), table, 1, nil))
	s := b.session()
	t.Insert(s, table, 2)
	ctx := t.Soon(100 * time.Millisecond)
	_, err := session.Collect[int64](ctx, s, slow)
	t.ErrIs("a statement that was cancelled", err, context.DeadlineExceeded)
	t.NoErr("Close", s.Close())
	if len(b.reported) > 0 {
		return
	}
	b.holds(table, 1)
}

func sandboxSettings(t *T) {
	b := t.box()
	opts := func(name string) session.TxOptions {
		return session.TxOptions{Settings: session.Setting(tenant, name)}
	}
	is := func(ctx context.Context, s *session.Session, want string) {
		t.Helper()
		Equal(t, "the variable", t.settingIn(ctx, s, tenant), want)
	}
	for _, outcome := range []error{nil, errUndo} {
		err := b.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
			is(ctx, s, "acme")
			for _, inside := range []error{nil, errUndo} {
				err := b.Do(ctx, func(ctx context.Context, s *session.Session) error {
					is(ctx, s, "bolt")
					return inside
				}, opts("bolt"))
				t.ErrIs("the one inside", err, inside)
				is(ctx, s, "acme")
			}
			t.NoErr("one without", b.Do(ctx, func(ctx context.Context, s *session.Session) error {
				is(ctx, s, "")
				return nil
			}))
			return outcome
		}, opts("acme"))
		t.ErrIs("the one around", err, outcome)
		s := b.session()
		is(t.Context(), s, "")
		t.NoErr("Close", s.Close())
	}
}

// errUndo makes a transaction roll back.
var errUndo = errors.New("to be rolled back")
