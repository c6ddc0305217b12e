package peers

import (
	"context"
	"database/sql"
	"io/fs"
	"log/slog"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql's driver "pgx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	_ "modernc.org/sqlite" // database/sql's driver "sqlite"

	pgdriver "github.com/sqlscope/sqlscope/drivers/postgres"
	sqlitedriver "github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/session"
)

// runner migrates the database at a URL as a service does when it starts, from
// opening it to closing it, and returns how many migrations it applied.
type runner func(tb testing.TB, at string, files fs.FS) int

// ours is the runner of this repository, as it is when nothing is set.
func ours(tb testing.TB, at string, files fs.FS) int {
	tb.Helper()
	quiet := slog.New(slog.DiscardHandler)
	engine, err := session.Open(tb.Context(), at, session.Options{Logger: quiet}, pgdriver.Driver, sqlitedriver.Driver)
	noErr(tb, err)
	defer func() { noErr(tb, engine.Close(context.WithoutCancel(tb.Context()))) }()
	m, err := migrate.New(engine, []migrate.Source{{FS: files}}, migrate.Options{Logger: quiet})
	noErr(tb, err)
	result, err := m.Up(tb.Context())
	noErr(tb, err)
	return len(result.Applied)
}

// gooses is goose's provider without a lock, as it is when nothing is set.
func gooses(tb testing.TB, at string, files fs.FS) int {
	tb.Helper()
	return provide(tb, at, files)
}

// goosesLocked is goose with its lock, which it has for Postgres.
func goosesLocked(tb testing.TB, at string, files fs.FS) int {
	tb.Helper()
	locker, err := lock.NewPostgresSessionLocker()
	noErr(tb, err)
	return provide(tb, at, files, goose.WithSessionLocker(locker))
}

func provide(tb testing.TB, at string, files fs.FS, opts ...goose.ProviderOption) int {
	tb.Helper()
	db, dialect := connect(tb, at)
	defer func() { noErr(tb, db.Close()) }()
	p, err := goose.NewProvider(dialect, db, files, opts...)
	noErr(tb, err)
	results, err := p.Up(tb.Context())
	noErr(tb, err)
	return len(results)
}

// connect opens a database for goose, with the settings that ours has.
func connect(tb testing.TB, at string) (*sql.DB, goose.Dialect) {
	tb.Helper()
	driver, dialect := "pgx", goose.DialectPostgres
	if file, ok := isSQLite(at); ok {
		driver, dialect = "sqlite", goose.DialectSQLite3
		at = "file:" + file + "?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
			"&_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)&_txlock=immediate"
	}
	db, err := sql.Open(driver, at)
	noErr(tb, err)
	return db, dialect
}

// timed is how long a runner took to apply n migrations.
func (r runner) timed(tb testing.TB, at string, files fs.FS, n int) time.Duration {
	tb.Helper()
	began := time.Now()
	applied := r(tb, at, files)
	took := time.Since(began)
	if applied != n {
		tb.Fatalf("%d migrations were applied, not %d", applied, n)
	}
	return took
}
