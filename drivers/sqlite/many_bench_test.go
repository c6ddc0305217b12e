package sqlite_test

import (
	"context"
	"database/sql/driver"
	"testing"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/interleave"
	"github.com/sqlscope/sqlscope/session"
)

// BenchmarkMany compares 5,000 inserts in one transaction: modernc's own
// prepared statement in a loop, and ExecMany. The metric is throughput as a
// multiple of the loop's.
func BenchmarkMany(b *testing.B) {
	const sql, n = "INSERT INTO t (name) VALUES (?)", 5000
	ctx := context.Background()
	c := benchPool(b)
	st := prepare(b, c, sql).(driver.StmtExecContext)
	loop := func() error {
		c.run(begin)
		args := []driver.NamedValue{{Ordinal: 1, Value: "an item of some length"}}
		for range n {
			if _, err := st.ExecContext(ctx, args); err != nil {
				return err
			}
		}
		c.run(rollback)
		return nil
	}
	e, err := session.Open(ctx, fileURL(b), session.Options{}, sqlite.Driver)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = e.Close(ctx) })
	if err := e.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
		return err
	}); err != nil {
		b.Fatal(err)
	}
	many := func() error {
		s := e.Session()
		defer s.Close()
		_, err := s.ExecMany(ctx, sql, func(yield func([]any) bool) {
			for range n {
				if !yield([]any{"an item of some length"}) {
					return
				}
			}
		})
		return err
	}
	interleave.Run(b, interleave.Contender{Name: "raw", Work: loop}, interleave.Contender{Name: "many", Work: many})
}
