//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/drivertest"
	"github.com/sqlscope/sqlscope/drivers/odbc"
	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/session"
)

// opener opens engines on a URL.
func opener(url func(testing.TB) string) func(testing.TB, session.Options) *session.Engine {
	return func(t testing.TB, opts session.Options) *session.Engine {
		e, err := session.Open(t.Context(), url(t), opts, odbc.Driver)
		must(t, err)
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			must(t, e.Close(ctx))
		})
		return e
	}
}

func always(url string) func(testing.TB) string { return func(testing.TB) string { return url } }

func faults(proxy *netproxy.Proxy, kill func(context.Context) error) drivertest.Faults {
	return drivertest.Faults{
		Kill: func(ctx context.Context) error { return proxy.Farewell(ctx, kill) },
		Cut: func(phase drivertest.Phase, text string) <-chan struct{} {
			return proxy.CutNext(netproxy.Phase(phase), holds(text))
		},
		RoundTrips: proxy.RoundTrips,
	}
}

func TestConformanceOnPostgres(t *testing.T) {
	own := ownDatabase(t, postgresDriver, "postgres")
	proxy, dsn := testdsn.Proxied(t, own)
	drivertest.Run(t, drivertest.Harness{
		Open: opener(always(connString(t, postgresDriver, dsn))),
		Spelling: drivertest.Spelling{
			Timestamp: "TIMESTAMPTZ", Blob: "BYTEA",
			Slow:              func(d time.Duration) string { return fmt.Sprintf("(SELECT 1 FROM pg_sleep(%v))", d.Seconds()) },
			Fails:             func(column string) string { return "1 / " + column },
			DeferredReference: "DEFERRABLE INITIALLY DEFERRED",
			Names: map[drivers.Kind]drivertest.Names{
				drivers.KindUnique:     {Constraint: true},
				drivers.KindForeignKey: {Constraint: true, Table: true},
				drivers.KindCheck:      {Constraint: true, Table: true},
				drivers.KindNotNull:    {Table: true, Column: true},
			},
		},
		Faults: faults(proxy, killPostgres(t, own)),
	})
}

func TestConformanceOnMariaDB(t *testing.T) {
	own := ownDatabase(t, mysqlDriver, "mysql")
	proxy, dsn := testdsn.Proxied(t, own)
	drivertest.Run(t, drivertest.Harness{
		Open: opener(always(connString(t, mysqlDriver, dsn))),
		Spelling: drivertest.Spelling{
			Timestamp: "DATETIME(6)", Blob: "LONGBLOB",
			Slow:  func(d time.Duration) string { return fmt.Sprintf("SLEEP(%v)", d.Seconds()) },
			Fails: func(column string) string { return "IF(" + column + " = 0, (SELECT 1 UNION SELECT 2), 1)" },
			Names: map[drivers.Kind]drivertest.Names{
				drivers.KindUnique:     {Constraint: true},
				drivers.KindForeignKey: {Constraint: true, Table: true},
				drivers.KindCheck:      {Constraint: true},
				drivers.KindNotNull:    {Column: true},
			},
		},
		Faults: faults(proxy, killMariaDB(t, own)),
	})
}

func TestConformanceOnSQLite(t *testing.T) {
	drivertest.Run(t, drivertest.Harness{
		Open: opener(always(sqliteURL(t))),
		Spelling: drivertest.Spelling{
			Decimal: "TEXT", WideDecimal: "TEXT", Slow: slowSQLite,
			Fails:             func(column string) string { return "abs(-9223372036854775808 + " + column + ")" },
			DeferredReference: "DEFERRABLE INITIALLY DEFERRED",
			Names: map[drivers.Kind]drivertest.Names{
				drivers.KindUnique:  {Table: true, Column: true},
				drivers.KindNotNull: {Table: true, Column: true},
				drivers.KindCheck:   {Constraint: true},
			},
		},
		Known: map[string]string{
			"Floats keep their value":                     fifteenDigits,
			"Rows can be read as database/sql reads them": fifteenDigits,
		},
	})
}

const fifteenDigits = "sqliteodbc reads every REAL as text of 15 digits, " +
	"http://www.ch-werner.de/sqliteodbc/html/sqlite3odbc_8c.html"

// slowSQLite counts; SQLite has no function that sleeps.
func slowSQLite(d time.Duration) string {
	return fmt.Sprintf("(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "+
		"SELECT count(*) FROM n)", int64(d.Seconds()*3e6))
}
