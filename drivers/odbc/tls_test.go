//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"fmt"
	"testing"

	"github.com/sqlscope/sqlscope/internal/testdsn"
)

// psqlODBC and MariaDB's driver open a connection more to cancel, which has to
// be encrypted as well.
func TestAStatementIsCancelledBehindTLS(t *testing.T) {
	for name, test := range map[string]struct{ url, encrypted, slow string }{
		"Postgres": {
			connString(t, postgresDriver, testdsn.With(t, testdsn.Get(t, "postgres"), "sslmode", "require")),
			"SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()", "SELECT pg_sleep(10)",
		},
		"MariaDB": {
			connString(t, mysqlDriver, testdsn.With(t, testdsn.Get(t, "mysql"), "tls", "skip-verify")),
			"SHOW SESSION STATUS LIKE 'Ssl_version'", "SELECT SLEEP(10)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, test.url)
			c := acquire(t, p)
			row := mustRun(t, c, query(test.encrypted))[0]
			if got := fmt.Sprint(row[len(row)-1]); len(got) < 4 || got[:3] != "TLS" {
				t.Errorf("the connection is not encrypted: %v", row)
			}
			ctx := soon(t, grace/5)
			if _, _, err := runWith(ctx, c, query(test.slow)); err == nil || ctx.Err() == nil {
				t.Errorf("error %v", err)
			}
			mustRun(t, c, query("SELECT 1"))
			if n := p.Stats().Opened; n != 1 {
				t.Errorf("%d connections were opened", n)
			}
		})
	}
}
