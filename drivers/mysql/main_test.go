package mysql_test

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	gomysql "github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/internal/testdsn"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// libraryError is the library's own error.
type libraryError = gomysql.MySQLError

// grace is the tests' CancelGrace.
const grace = 700 * time.Millisecond

// dsn is the server to test with, and a database of this package's own: what its
// tests kill must not be another package's.
func dsn(t testing.TB) string {
	t.Helper()
	server := testdsn.Get(t, "mysql")
	must(t, ownDatabase(libraryConfig(t, server)))
	u, err := url.Parse(server)
	must(t, err)
	u.Path = "/" + ownName
	return u.String()
}

const ownName = "sqlscope_drivers_mysql"

var created struct {
	once sync.Once
	err  error
}

func ownDatabase(cfg *gomysql.Config) error {
	created.once.Do(func() {
		connector, err := gomysql.NewConnector(cfg)
		if err != nil {
			created.err = err
			return
		}
		db := sql.OpenDB(connector)
		defer db.Close()
		_, created.err = db.Exec("CREATE DATABASE IF NOT EXISTS " + ownName)
	})
	return created.err
}

// with returns the DSN with more parameters: name, value, name, value, ….
func with(t testing.TB, dsn string, params ...string) string {
	t.Helper()
	return testdsn.With(t, dsn, params...)
}

// proxied puts a proxy before the server.
func proxied(t testing.TB) (*netproxy.Proxy, string) {
	t.Helper()
	return testdsn.Proxied(t, dsn(t))
}

func options() drivers.PoolOptions {
	return drivers.PoolOptions{MaxConns: 4, PingTimeout: time.Second, ConnectTimeout: 5 * time.Second,
		CancelGrace: grace}
}

func open(t testing.TB, dsn string) drivers.Pool {
	t.Helper()
	return openWith(t, dsn, options())
}

func openWith(t testing.TB, dsn string, o drivers.PoolOptions) drivers.Pool {
	t.Helper()
	cfg := drivers.Config{URL: dsn, Pool: o, Logger: slog.New(slog.DiscardHandler)}
	p, err := mysql.Driver.Open(t.Context(), cfg)
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

// libraryConfig is how the library alone connects to the server of a DSN.
func libraryConfig(t testing.TB, dsn string) *gomysql.Config {
	t.Helper()
	u, err := url.Parse(dsn)
	must(t, err)
	cfg := gomysql.NewConfig()
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	cfg.ParseTime, cfg.InterpolateParams = true, true
	cfg.Logger = &gomysql.NopLogger{}
	return cfg
}

// connect is a connection aside, for what the one under test must not know.
func connect(t testing.TB) *sql.Conn {
	t.Helper()
	connector, err := gomysql.NewConnector(libraryConfig(t, dsn(t)))
	must(t, err)
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	c, err := db.Conn(context.Background())
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// killOthers returns a function that ends every connection to the database but
// the one it has, and waits until they are gone.
func killOthers(t testing.TB) func(context.Context) error {
	admin := connect(t)
	return func(ctx context.Context) error {
		for {
			ids, err := others(ctx, admin)
			if err != nil || len(ids) == 0 {
				return err
			}
			for _, id := range ids { // one that has gone by itself is an error to KILL
				_, _ = admin.ExecContext(ctx, "KILL CONNECTION "+id)
			}
		}
	}
}

func others(ctx context.Context, admin *sql.Conn) (ids []string, err error) {
	rows, err := admin.QueryContext(ctx, "SELECT id FROM information_schema.processlist "+
		"WHERE db = database() AND id <> connection_id()")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// mariaDSN is the server as MariaDB; the test is skipped if it is another one.
func mariaDSN(t testing.TB) string {
	t.Helper()
	var version string
	must(t, connect(t).QueryRowContext(t.Context(), "SELECT version()").Scan(&version))
	if !strings.Contains(version, "MariaDB") {
		t.Skip("the server is not MariaDB")
	}
	return strings.Replace(dsn(t), "mysql:", "mariadb:", 1)
}

// holds reports of a request whether it contains the text, in upper or lower case.
func holds(text string) func([]byte) bool {
	return func(b []byte) bool {
		return bytes.Contains(bytes.ToLower(b), bytes.ToLower([]byte(text)))
	}
}
