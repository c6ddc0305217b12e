package scopedsql_test

import (
	"context"
	"database/sql"
	"net/url"
	"strings"
	"testing"

	gomysql "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/interleave"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/session"
)

// BenchmarkRequest compares a request through database/sql on the database's
// usual driver - BeginTx, one SELECT, one UPDATE, Commit - with the same in a
// scope: "calls" makes them with the *sql.DB, "tx" begins a transaction in the
// scope as well. They run in turn; the metric is the throughput as a part of
// database/sql's, by medians.
func BenchmarkRequest(b *testing.B) {
	for _, c := range comparisons(b) {
		b.Run(c.name, func(b *testing.B) { interleave.Run(b, c.contenders(b)...) })
	}
}

// BenchmarkAllocs has the same contenders one by one, for -benchmem.
func BenchmarkAllocs(b *testing.B) {
	for _, c := range comparisons(b) {
		for _, contender := range c.contenders(b) {
			b.Run(c.name+"/"+contender.Name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					must(b, contender.Work())
				}
			})
		}
	}
}

type comparison struct {
	name   string
	driver drivers.Driver
	url    string
	open   func(b testing.TB, url string) *sql.DB
	mark   [2]string // the placeholders
}

func comparisons(b testing.TB) []comparison {
	return []comparison{
		{"sqlite", sqlite.Driver, "sqlite:///" + b.TempDir() + "/bench.db", openSQLite, [2]string{"?", "?"}},
		{"postgres", postgres.Driver, testdsn.Get(b, "postgres"), openPostgres, [2]string{"$1", "$2"}},
		{"mysql", mysql.Driver, testdsn.Get(b, "mysql"), openMySQL, [2]string{"?", "?"}},
	}
}

func openSQLite(b testing.TB, url string) *sql.DB {
	// What the engine sets too.
	return openDB(b, "sqlite", "file:"+url[len("sqlite:///"):]+"?_txlock=immediate"+
		"&_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)")
}

func openPostgres(b testing.TB, url string) *sql.DB { return openDB(b, "pgx", url) }

func openMySQL(b testing.TB, dsn string) *sql.DB {
	u, err := url.Parse(dsn)
	must(b, err)
	cfg := gomysql.NewConfig()
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	cfg.InterpolateParams, cfg.ParseTime = true, true // the best that it can do
	connector, err := gomysql.NewConnector(cfg)
	must(b, err)
	return sql.OpenDB(connector)
}

func openDB(b testing.TB, driver, dsn string) *sql.DB {
	db, err := sql.Open(driver, dsn)
	must(b, err)
	return db
}

func (c *comparison) contenders(b testing.TB) []interleave.Contender {
	ctx, cancel := context.WithCancel(context.Background()) // as that of every request can
	b.Cleanup(cancel)
	scopes := newBed(b, c.url, c.driver)
	scopes.filledForBench(ctx)
	plain := c.open(b, c.url)
	b.Cleanup(func() { must(b, plain.Close()) })
	read := "SELECT text FROM " + scopes.table + " WHERE id = " + c.mark[0]
	write := "UPDATE " + scopes.table + " SET text = " + c.mark[0] + " WHERE id = " + c.mark[1]
	work := func(ctx context.Context, q querier) error { return request(ctx, q, read, write) }
	return []interleave.Contender{
		{Name: "sql", Work: func() error { return inTx(ctx, plain, work) }},
		{Name: "calls", Work: func() error {
			return scopes.Do(ctx, func(ctx context.Context) error { return work(ctx, scopes.DB) })
		}},
		{Name: "tx", Work: func() error {
			return scopes.Do(ctx, func(ctx context.Context) error { return inTx(ctx, scopes.DB, work) })
		}},
		{Name: "session", Work: func() error {
			return scopes.Do(ctx, func(ctx context.Context) error {
				text, err := session.One[string](ctx, scopes.Registry, read, 1)
				if err == nil {
					_, err = scopes.Exec(ctx, write, text, 1)
				}
				return err
			})
		}},
	}
}

func (b *bed) filledForBench(ctx context.Context) {
	must(b.t, b.Do(ctx, func(ctx context.Context) error { return b.insert(ctx, b.DB, 1) }))
}

type querier interface {
	execer
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func request(ctx context.Context, q querier, read, write string) error {
	var text string
	if err := q.QueryRowContext(ctx, read, 1).Scan(&text); err != nil {
		return err
	}
	_, err := q.ExecContext(ctx, write, text, 1)
	return err
}

func inTx(ctx context.Context, db *sql.DB, work func(context.Context, querier) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := work(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}
