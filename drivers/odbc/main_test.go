//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/odbc"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/internal/testdsn"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(holderVariable); text != "" {
		os.Exit(runHolder(text))
	}
	leakcheck.Main(m)
}

// The names in odbcinst.ini, as Debian's packages choose them.
const (
	postgresDriver = "PostgreSQL Unicode"
	mysqlDriver    = "MariaDB Unicode"
	sqliteDriver   = "SQLite3"
)

// grace is the tests' CancelGrace.
const grace = 700 * time.Millisecond

// connString makes a connection string of the DSN of a server.
func connString(t testing.TB, driver, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	must(t, err)
	password, _ := u.User.Password()
	s := fmt.Sprintf("odbc:Driver={%s};Server=%s;Port=%s;Database=%s;Uid=%s;Pwd={%s}", driver, u.Hostname(),
		u.Port(), strings.TrimPrefix(u.Path, "/"), u.User.Username(), strings.ReplaceAll(password, "}", "}}"))
	if u.Query().Get("tls") != "" {
		s += ";ForceTLS=1;SSLVerify=0"
	}
	if mode := u.Query().Get("sslmode"); driver == postgresDriver && mode != "" {
		s += ";SSLMode=" + mode
	}
	return s
}

func postgresURL(t testing.TB) string {
	t.Helper()
	return connString(t, postgresDriver, testdsn.Get(t, "postgres"))
}

func mysqlURL(t testing.TB) string {
	t.Helper()
	return connString(t, mysqlDriver, testdsn.Get(t, "mysql"))
}

func sqliteURL(t testing.TB) string {
	t.Helper()
	return "odbc:Driver={" + sqliteDriver + "};Database=" + filepath.Join(t.TempDir(), "test.db")
}

// proxied puts a proxy before the server of a database.
func proxied(t testing.TB, driver, database string) (*netproxy.Proxy, string) {
	t.Helper()
	proxy, dsn := testdsn.Proxied(t, testdsn.Get(t, database))
	return proxy, connString(t, driver, dsn)
}

func options() drivers.PoolOptions {
	return drivers.PoolOptions{MaxConns: 4, PingTimeout: time.Second, ConnectTimeout: 5 * time.Second,
		CancelGrace: grace}
}

func open(t testing.TB, url string) drivers.Pool {
	t.Helper()
	return openWith(t, url, options())
}

func openWith(t testing.TB, url string, o drivers.PoolOptions) drivers.Pool {
	t.Helper()
	cfg := drivers.Config{URL: url, Pool: o, Logger: slog.New(slog.DiscardHandler)}
	p, err := odbc.Driver.Open(t.Context(), cfg)
	must(t, err)
	t.Cleanup(func() { closePool(t, p) })
	return p
}

func closePool(t testing.TB, p drivers.Pool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// acquire takes a connection that is released when the test ends.
func acquire(t testing.TB, p drivers.Pool) drivers.Conn {
	t.Helper()
	c, err := p.Acquire(t.Context(), drivers.Need{})
	must(t, err)
	t.Cleanup(c.Release)
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// holds reports of a request whether it contains the text, in upper or lower case.
func holds(text string) func([]byte) bool {
	return func(b []byte) bool {
		return bytes.Contains(bytes.ToLower(b), bytes.ToLower([]byte(text)))
	}
}
