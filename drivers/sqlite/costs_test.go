package sqlite_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"testing"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/interleave"
	"github.com/sqlscope/sqlscope/session"
)

// BenchmarkSessionCosts compares a unit of work - BEGIN, one SELECT, one
// UPDATE, COMMIT - on modernc's own connection, with statements prepared once,
// and through a session. Both run in turn, so that a noisy machine is noisy for
// both; the metric is the session's throughput as a part of the other's.
func BenchmarkSessionCosts(b *testing.B) {
	ctx := b.Context()
	raw := newRawTransaction(b)
	e, err := session.Open(ctx, fileURL(b), session.Options{}, sqlite.Driver)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = e.Close(context.Background()) })
	fill := func(ctx context.Context, c *session.SyncConn) error {
		if _, err := c.Exec(ctx, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)"); err != nil {
			return err
		}
		_, err := c.Exec(ctx, "INSERT INTO t VALUES (1, 'one')")
		return err
	}
	if err := e.RunSync(ctx, "fill", fill); err != nil {
		b.Fatal(err)
	}
	interleave.Run(b,
		interleave.Contender{Name: "modernc", Work: func() error { return raw(ctx) }},
		interleave.Contender{Name: "session", Work: func() error { return e.Do(ctx, unitOfWork) }})
}

func unitOfWork(ctx context.Context, s *session.Session) error {
	name, err := session.One[string](ctx, s, "SELECT name FROM t WHERE id = ?", 1)
	if err != nil {
		return err
	}
	_, err = s.Exec(ctx, "UPDATE t SET name = ? WHERE id = ?", name, 1)
	return err
}

// newRawTransaction is the same on the least that modernc can cost.
func newRawTransaction(b *testing.B) func(context.Context) error {
	c := benchPool(b)
	var all []driver.Stmt
	for _, sql := range []string{"BEGIN IMMEDIATE", "SELECT name FROM t WHERE id = ?",
		"UPDATE t SET name = ? WHERE id = ?", "COMMIT"} {
		all = append(all, prepare(b, c, sql))
	}
	run := func(ctx context.Context, st driver.Stmt, args ...driver.NamedValue) error {
		_, err := st.(driver.StmtExecContext).ExecContext(ctx, args)
		return err
	}
	return func(ctx context.Context) error {
		if err := run(ctx, all[0]); err != nil {
			return err
		}
		rows, err := all[1].(driver.StmtQueryContext).QueryContext(ctx,
			[]driver.NamedValue{{Ordinal: 1, Value: int64(1)}})
		if err != nil {
			return err
		}
		row := make([]driver.Value, 1)
		if err := errors.Join(rows.Next(row), notEOF(rows.Next(row)), rows.Close()); err != nil {
			return err
		}
		err = run(ctx, all[2], driver.NamedValue{Ordinal: 1, Value: "one"},
			driver.NamedValue{Ordinal: 2, Value: int64(1)})
		return errors.Join(err, run(ctx, all[3]))
	}
}

func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
