//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/drivers/odbc"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/session"
)

// everyDriver is handed to the engines of tests with more than one driver.
var everyDriver = []drivers.Driver{odbc.Driver, postgres.Driver, mysql.Driver, sqlite.Driver}

// engine opens an engine of any driver.
func engine(t testing.TB, url string) *session.Engine {
	t.Helper()
	e, err := session.Open(t.Context(), url, session.Options{}, everyDriver...)
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		must(t, e.Close(ctx))
	})
	return e
}

// roads are two URLs of one database: the native driver's and ODBC's.
type roads struct{ native, odbc string }

func roadsTo(t testing.TB, database string) roads {
	t.Helper()
	switch database {
	case "Postgres":
		return roads{testdsn.Get(t, "postgres"), postgresURL(t)}
	case "MariaDB":
		return roads{testdsn.Get(t, "mysql"), mysqlURL(t)}
	}
	file := filepath.Join(t.TempDir(), "a file.db")
	return roads{"sqlite:///" + file, "odbc:Driver={" + sqliteDriver + "};Database=" + file}
}

// onEveryDatabase runs a test with the native holder and ODBC's waiter, and the
// other way round.
func onEveryDatabase(t *testing.T, test func(t *testing.T, holder, waiter string)) {
	for _, database := range []string{"Postgres", "MariaDB", "SQLite"} {
		t.Run("ODBC holds, native waits: "+database, func(t *testing.T) {
			r := roadsTo(t, database)
			test(t, r.odbc, r.native)
		})
		t.Run("native holds, ODBC waits: "+database, func(t *testing.T) {
			r := roadsTo(t, database)
			test(t, r.native, r.odbc)
		})
	}
}

func nothing(context.Context, *session.SyncConn) error { return nil }

var briefly = session.SyncOptions{LockWait: 200 * time.Millisecond, NoTransaction: true}

// longName has to be made shorter for MySQL.
const longName = "a name of a lock that is longer than the sixty-four characters that MySQL allows"

func TestANativeProcessAndOneOfODBCExcludeEachOther(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, holder, waiter string) {
		e := engine(t, waiter)
		for _, name := range []string{"schema", longName} {
			h := startHolder(t, holder, name, "")
			h.await("inside")
			var late *session.LockTimeoutError
			if err := e.RunSync(t.Context(), name, nothing, briefly); !errors.As(err, &late) {
				t.Fatalf("RunSync while another process is inside: %v", err)
			}
			if late.Holder == nil || late.Holder.Connection == "" {
				t.Errorf("the holder is %+v", late.Holder)
			}
			h.letGo()
			h.await("done")
			must(t, e.RunSync(t.Context(), name, nothing, session.SyncOptions{LockWait: 10 * time.Second}))
			who, err := e.SyncHolder(t.Context(), name)
			must(t, err)
			if who != nil {
				t.Errorf("afterwards the lock is held by %+v", who)
			}
		}
	})
}

func TestTheLockOfAKilledProcessIsFreeSoon(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, holder, waiter string) {
		e := engine(t, waiter)
		h := startHolder(t, holder, "schema", "")
		h.await("inside")
		h.kill()
		must(t, e.RunSync(t.Context(), "schema", nothing, session.SyncOptions{LockWait: 10 * time.Second}))
	})
}

func TestBehaviour13AProcessKilledInItsStatementThroughODBCLeavesNothing(t *testing.T) {
	e := engine(t, testdsn.Get(t, "postgres"))
	h := startHolder(t, postgresURL(t), "killed in a statement",
		"CREATE TABLE odbc_killed AS SELECT 1 FROM pg_sleep(60)")
	h.await("inside")
	awaitRows(t, e, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE TABLE odbc_killed%'")
	h.kill()
	must(t, e.RunSync(t.Context(), "killed in a statement", nothing, session.SyncOptions{LockWait: 20 * time.Second}))
	s := e.Session()
	defer s.Close()
	if n, err := session.One[int](t.Context(), s, "SELECT count(*) FROM pg_class WHERE relname = 'odbc_killed'"); n != 0 {
		t.Errorf("%d tables, %v", n, err)
	}
}

func awaitRows(t testing.TB, e *session.Engine, count string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var n int
		must(t, e.Do(t.Context(), func(ctx context.Context, s *session.Session) (err error) {
			n, err = session.One[int](ctx, s, count)
			return err
		}))
		if n > 0 {
			return
		}
	}
	t.Fatalf("%s is 0", count)
}

func TestThroughODBCBehindAPoolerTheLockIsTheTransactions(t *testing.T) {
	dsn := testdsn.Get(t, "postgres")
	for _, mode := range []string{"transaction", "session"} {
		url := connString(t, postgresDriver, testdsn.Pooler(t, dsn, mode))
		pooled, direct := engine(t, url), engine(t, dsn)
		err := pooled.RunSync(t.Context(), "pooled", nothing, briefly)
		if !errors.Is(err, session.ErrUnsupported) || !errors.Is(err, drivers.ErrNotKept) {
			t.Fatalf("RunSync without a transaction: %v", err)
		}
		err = pooled.RunSync(t.Context(), "pooled", func(ctx context.Context, _ *session.SyncConn) error {
			var late *session.LockTimeoutError
			if err := direct.RunSync(ctx, "pooled", nothing, briefly); !errors.As(err, &late) {
				t.Errorf("RunSync while the other is inside: %v", err)
			}
			return nil
		})
		must(t, err)
		must(t, direct.RunSync(t.Context(), "pooled", nothing, briefly))
	}
}

func TestWhatTheUserHandsToLibpqIsKept(t *testing.T) {
	e := engine(t, postgresURL(t)+";pqopt={application_name=mine}")
	must(t, e.RunSync(t.Context(), "named", func(ctx context.Context, c *session.SyncConn) error {
		name, err := session.One[string](ctx, c, "SHOW application_name")
		if name != "mine" {
			t.Errorf("the name is %q", name)
		}
		return err
	}, briefly))
}
