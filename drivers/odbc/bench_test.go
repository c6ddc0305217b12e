//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/alexbrainman/odbc" // to compare with

	"github.com/sqlscope/sqlscope/drivers/odbc"
	"github.com/sqlscope/sqlscope/internal/interleave"
	"github.com/sqlscope/sqlscope/session"
)

// BenchmarkCosts compares with github.com/alexbrainman/odbc through database/sql.
// The metric is the session's throughput as a part of the other's, by medians: 2
// is twice as fast.
func BenchmarkCosts(b *testing.B) {
	b.Run("read 100,000 rows", func(b *testing.B) {
		e, db := sides(b)
		const query = "SELECT id, k, name, f, ts FROM odbc_bench_read"
		fill(b, e, "odbc_bench_read", "id BIGINT, k INT, name TEXT, f DOUBLE PRECISION, ts TIMESTAMP",
			"SELECT i, i % 1000, 'name ' || i, i * 1.5, TIMESTAMP '2024-01-01' + i * INTERVAL '1 s' "+
				"FROM generate_series(1, 100000) i")
		interleave.Run(b,
			interleave.Contender{Name: "sql", Work: func() error { return readBySQL(b.Context(), db, query) }},
			interleave.Contender{Name: "session", Work: func() error { return readBySession(b.Context(), e, query) }})
	})
	b.Run("insert 5,000 rows", func(b *testing.B) {
		e, db := sides(b)
		fill(b, e, "odbc_bench_write", "id BIGINT, name TEXT", "")
		const insert = "INSERT INTO odbc_bench_write (id, name) VALUES (?, ?)"
		interleave.Run(b,
			interleave.Contender{Name: "sql", Work: func() error { return insertBySQL(b.Context(), db, insert) }},
			interleave.Contender{Name: "session", Work: func() error { return insertBySession(b.Context(), e, insert) }})
	})
}

// sides are the two ways to the same server. The other one gets the options that
// make it faster.
func sides(b *testing.B) (*session.Engine, *sql.DB) {
	url := postgresURL(b)
	e, err := session.Open(b.Context(), url, session.Options{MaxConns: 1}, odbc.Driver)
	must(b, err)
	b.Cleanup(func() { must(b, e.Close(context.Background())) })
	db, err := sql.Open("odbc", strings.TrimPrefix(url, "odbc:")+
		";UseServerSidePrepare=0;Protocol=7.4-0;BoolsAsChar=0")
	must(b, err)
	b.Cleanup(func() { must(b, db.Close()) })
	db.SetMaxOpenConns(1)
	return e, db
}

func fill(b *testing.B, e *session.Engine, table, columns, rows string) {
	all := []string{"DROP TABLE IF EXISTS " + table, "CREATE TABLE " + table + " (" + columns + ")"}
	if rows != "" {
		all = append(all, "INSERT INTO "+table+" "+rows)
	}
	must(b, e.RunSync(b.Context(), table, func(ctx context.Context, c *session.SyncConn) error {
		for _, sql := range all {
			if _, err := c.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	}))
}

type benchRow struct {
	id, k int64
	name  string
	f     float64
	ts    time.Time
}

func readBySQL(ctx context.Context, db *sql.DB, query string) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var r benchRow
		if err := rows.Scan(&r.id, &r.k, &r.name, &r.f, &r.ts); err != nil {
			return err
		}
	}
	return counted(n, rows.Err())
}

func readBySession(ctx context.Context, e *session.Engine, query string) error {
	s := e.Session()
	defer s.Close()
	rows, err := s.Query(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var r benchRow
		if err := rows.Scan(&r.id, &r.k, &r.name, &r.f, &r.ts); err != nil {
			return err
		}
	}
	return counted(n, rows.Err())
}

func counted(n int, err error) error {
	if err == nil && n != 100_000 {
		err = fmt.Errorf("%d rows", n)
	}
	return err
}

func insertBySQL(ctx context.Context, db *sql.DB, insert string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	st, err := tx.PrepareContext(ctx, insert)
	if err != nil {
		return err
	}
	defer st.Close()
	for i := range 5000 {
		if _, err := st.ExecContext(ctx, i, fmt.Sprint("name ", i)); err != nil {
			return err
		}
	}
	return tx.Rollback()
}

func insertBySession(ctx context.Context, e *session.Engine, insert string) error {
	rows := make([][]any, 5000)
	for i := range rows {
		rows[i] = []any{i, fmt.Sprint("name ", i)}
	}
	s := e.Session()
	defer s.Close()
	if _, err := s.ExecMany(ctx, insert, slices.Values(rows)); err != nil {
		return err
	}
	return s.Rollback(ctx)
}
