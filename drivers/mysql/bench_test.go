package mysql_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	gomysql "github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/internal/interleave"
	"github.com/sqlscope/sqlscope/session"
)

const (
	benchRead  = "SELECT name FROM bench WHERE id = ?"
	benchWrite = "UPDATE bench SET name = ? WHERE id = ?"
)

// BenchmarkCosts compares a unit of work - BEGIN, one SELECT, one UPDATE,
// COMMIT - through database/sql with arguments in the text, which is the best
// that it can do here, with the same through a session. They run in turn, so that
// a noisy machine is noisy for both; the metric is the session's throughput as a
// part of the other's, by medians. 2 is twice as fast as database/sql.
func BenchmarkCosts(b *testing.B) {
	for _, delay := range []time.Duration{0, 500 * time.Microsecond} {
		b.Run("rtt="+(2*delay).String(), func(b *testing.B) {
			url := dsn(b)
			if delay > 0 {
				proxy, proxied := proxied(b)
				proxy.SetDelay(delay)
				url = proxied
			}
			interleave.Run(b, contenders(b, url)...)
		})
	}
}

// BenchmarkAllocs has the same contenders one by one, for -benchmem.
func BenchmarkAllocs(b *testing.B) {
	for _, c := range contenders(b, dsn(b)) {
		b.Run(c.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				must(b, c.Work())
			}
		})
	}
}

func contenders(b *testing.B, url string) []interleave.Contender {
	ctx, cancel := context.WithCancel(context.Background()) // as that of every request can
	b.Cleanup(cancel)
	for _, sql := range []string{"CREATE TABLE IF NOT EXISTS bench (id INT PRIMARY KEY, name VARCHAR(20))",
		"REPLACE INTO bench VALUES (1, 'one')"} {
		_, err := connect(b).ExecContext(ctx, sql)
		must(b, err)
	}
	connector, err := gomysql.NewConnector(libraryConfig(b, url))
	must(b, err)
	db := sql.OpenDB(connector)
	b.Cleanup(func() { _ = db.Close() })
	e, err := session.Open(ctx, url, session.Options{MaxConns: 4}, mysql.Driver)
	must(b, err)
	b.Cleanup(func() { must(b, e.Close(context.Background())) })
	return []interleave.Contender{
		{Name: "sql", Work: func() error { return sqlTransaction(ctx, db) }},
		{Name: "session", Work: func() error { return sessionTransaction(ctx, e) }},
	}
}

func sqlTransaction(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var name string
	if err := tx.QueryRowContext(ctx, benchRead, 1).Scan(&name); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, benchWrite, name, 1); err != nil {
		return err
	}
	return tx.Commit()
}

func sessionTransaction(ctx context.Context, e *session.Engine) error {
	s := e.Session()
	defer s.Close()
	name, err := session.One[string](ctx, s, benchRead, 1)
	if err != nil {
		return err
	}
	if _, err := s.Exec(ctx, benchWrite, name, 1); err != nil {
		return err
	}
	return s.Commit(ctx)
}
