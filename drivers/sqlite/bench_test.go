package sqlite_test

import (
	"context"
	"database/sql/driver"
	"io"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

// The benchmarks compare this driver, "flight", with modernc's driver.Conn used
// directly with a prepared statement, "raw", which is the least it can cost. In
// "cancellable" the context can end, as that of every request can.

const benchRows = 10_000

func benchPool(b *testing.B) *client {
	c := writer(b, openPool(b, fileURL(b), 1))
	c.run(begin, exec("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)"),
		exec("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < ?) "+
			"INSERT INTO t SELECT x, 'n' || x FROM c", benchRows), commit)
	return c
}

func prepare(b *testing.B, c *client, sql string) driver.Stmt {
	st, err := c.Native().(driver.ConnPrepareContext).PrepareContext(b.Context(), sql)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	return st
}

// contexts runs a benchmark with a context that cannot end and one that can.
func contexts(b *testing.B, run func(*testing.B, context.Context)) {
	b.Run("plain", func(b *testing.B) { run(b, context.Background()) })
	b.Run("cancellable", func(b *testing.B) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		run(b, ctx)
	})
}

func BenchmarkSelectByKey(b *testing.B) {
	const sql = "SELECT id, name FROM t WHERE id = ?"
	c := benchPool(b)
	b.Run("raw", func(b *testing.B) {
		st := prepare(b, c, sql).(driver.StmtQueryContext)
		contexts(b, func(b *testing.B, ctx context.Context) {
			b.ReportAllocs()
			dest := make([]driver.Value, 2)
			args := []driver.NamedValue{{Ordinal: 1}}
			for i := 0; b.Loop(); i++ {
				args[0].Value = int64(i%benchRows + 1)
				rows, err := st.QueryContext(ctx, args)
				if err != nil || rows.Next(dest) != nil || rows.Next(dest) != io.EOF ||
					rows.Close() != nil {
					b.Fatal(err)
				}
			}
		})
	})
	b.Run("flight", func(b *testing.B) {
		contexts(b, func(b *testing.B, ctx context.Context) {
			b.ReportAllocs()
			f := &drivers.Flight{Steps: []drivers.Step{
				{Op: drivers.OpQuery, SQL: sql, Args: []any{0}}}}
			var id int64
			var name string
			dest := []any{&id, &name}
			for i := 0; b.Loop(); i++ {
				f.Steps[0].Args[0] = i%benchRows + 1
				rows, err := c.Run(ctx, f)
				if err != nil || !rows.Next() || rows.Scan(dest...) != nil || rows.Next() ||
					rows.Close() != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

func BenchmarkInsertInTransaction(b *testing.B) {
	const sql = "INSERT INTO t (name) VALUES (?)"
	c := benchPool(b)
	b.Run("raw", func(b *testing.B) {
		st := prepare(b, c, sql).(driver.StmtExecContext)
		contexts(b, func(b *testing.B, ctx context.Context) {
			b.ReportAllocs()
			c.run(begin)
			args := []driver.NamedValue{{Ordinal: 1, Value: "a name"}}
			for b.Loop() {
				if _, err := st.ExecContext(ctx, args); err != nil {
					b.Fatal(err)
				}
			}
			c.run(rollback)
		})
	})
	b.Run("flight", func(b *testing.B) {
		contexts(b, func(b *testing.B, ctx context.Context) {
			b.ReportAllocs()
			c.run(begin)
			f := &drivers.Flight{Steps: []drivers.Step{exec(sql, "a name")}}
			for b.Loop() {
				if _, err := c.Run(ctx, f); err != nil {
					b.Fatal(err)
				}
			}
			c.run(rollback)
		})
	})
}

func BenchmarkScan(b *testing.B) {
	const sql = "SELECT id, name FROM t"
	c := benchPool(b)
	b.Run("raw", func(b *testing.B) {
		st := prepare(b, c, sql).(driver.StmtQueryContext)
		contexts(b, func(b *testing.B, ctx context.Context) {
			b.ReportAllocs()
			dest := make([]driver.Value, 2)
			for b.Loop() {
				rows, err := st.QueryContext(ctx, nil)
				if err != nil {
					b.Fatal(err)
				}
				for rows.Next(dest) == nil {
				}
				rows.Close()
			}
		})
	})
	b.Run("flight", func(b *testing.B) {
		contexts(b, func(b *testing.B, ctx context.Context) {
			b.ReportAllocs()
			f := &drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpQuery, SQL: sql}}}
			var id int64
			var name string
			dest := []any{&id, &name}
			for b.Loop() {
				rows, err := c.Run(ctx, f)
				if err != nil {
					b.Fatal(err)
				}
				for rows.Next() {
					if err := rows.Scan(dest...); err != nil {
						b.Fatal(err)
					}
				}
				rows.Close()
			}
		})
	})
}
