//go:build cgo && (darwin || freebsd || linux)

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/migrate/migratecli"
	"github.com/sqlscope/sqlscope/session"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// desk is where somebody types commands: a directory with two migrations, and a
// database behind ODBC.
type desk struct {
	testing.TB
	dir, url, native string
}

func newDesk(t testing.TB, database string) *desk {
	t.Helper()
	d := &desk{TB: t, dir: t.TempDir()}
	d.write("1_a.sql", "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY);\nINSERT INTO a VALUES (1);\n")
	d.write("2_b.sql", "CREATE TABLE b (id INTEGER NOT NULL PRIMARY KEY);\n")
	switch database {
	case "SQLite":
		file := filepath.Join(t.TempDir(), "desk.db")
		d.native, d.url = "sqlite:///"+file, "odbc:Driver={SQLite3};Database="+file
	case "Postgres":
		d.native = ownDatabase(t)
		d.url = odbcURL(t, "PostgreSQL Unicode", d.native) + ";SSLMode=disable"
	}
	return d
}

func (d *desk) write(name, text string) {
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
		d.Fatal(err)
	}
}

// ownDatabase makes a database on the server for this test and returns its URL.
func ownDatabase(t testing.TB) string {
	t.Helper()
	dsn, name := testdsn.Get(t, "postgres"), "sqlscope_o"+strings.ToLower(rand.Text()[:10])
	ddl(t, dsn, "CREATE DATABASE "+name)
	t.Cleanup(func() { ddl(t, dsn, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func ddl(t testing.TB, dsn, sql string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	e, err := session.Open(ctx, dsn, session.Options{}, app().Drivers...)
	if err == nil {
		err = e.RunSync(ctx, "test databases", func(ctx context.Context, c *session.SyncConn) error {
			_, err := c.Exec(ctx, sql)
			return err
		}, session.SyncOptions{NoTransaction: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(ctx); err != nil {
		t.Error(err)
	}
}

func odbcURL(t testing.TB, driver, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	return fmt.Sprintf("odbc:Driver={%s};Server=%s;Port=%s;Database=%s;Uid=%s;Pwd={%s}", driver, u.Hostname(),
		u.Port(), strings.TrimPrefix(u.Path, "/"), u.User.Username(), password)
}

// want types a command that has to end with a code and say the parts.
func (d *desk) want(code migratecli.Code, url, line string, parts ...string) {
	d.Helper()
	var out, errs bytes.Buffer
	env := map[string]string{"DATABASE_URL": url, "SQLSCOPE_DIR": d.dir}
	got := app().Run(d.Context(), append([]string{"sqlscope-odbc"}, strings.Fields(line)...), migratecli.Stdio{
		In: strings.NewReader(""), Out: &out, Err: &errs, Getenv: func(name string) string { return env[name] }})
	if got != code {
		d.Errorf("%s: code %v, want %v", line, got, code)
	}
	for _, part := range parts {
		if !strings.Contains(out.String(), part) {
			d.Errorf("%s: %q is not in the output", line, part)
		}
	}
	if d.Failed() {
		d.Logf("%s\n%s%s", line, out.String(), errs.String())
	}
}

func TestItMigratesThroughODBCWhatTheNativeDriverGoesOnWith(t *testing.T) {
	for _, database := range []string{"SQLite", "Postgres"} {
		t.Run(database, func(t *testing.T) {
			d := newDesk(t, database)
			d.want(migratecli.Fine, d.url, "migrate up --steps 1", "applied 1 a")
			d.want(migratecli.Pending, d.url, "migrate status --exit-code", "1 applied, 1 pending")
			d.want(migratecli.Fine, d.native, "migrate up", "applied 2 b")
			d.want(migratecli.Fine, d.url, "migrate status", "2 applied, 0 pending")
			d.want(migratecli.Fine, d.url, "migrate up", "nothing to do")
			d.write("3_c.sql", "CREATE TABLE c (id INTEGER);\nCREATE TABEL d (id INTEGER);\n")
			d.want(migratecli.Failed, d.url, "migrate up", "failed 3 c (statement 2 of 2")
			d.want(migratecli.Fine, d.url, "migrate status", "2 applied, 1 pending")
		})
	}
}

func TestTheDoctorLooksThroughODBC(t *testing.T) {
	for database, parts := range map[string][]string{
		"SQLite":   {"SQLite 3.", "journal mode", "wal"},
		"Postgres": {"PostgreSQL ", "search path", "lock timeout"},
	} {
		t.Run(database, func(t *testing.T) {
			d := newDesk(t, database)
			d.want(migratecli.Fine, d.url, "doctor --fail-on never", parts...)
			d.want(migratecli.Fine, d.url, "ping")
		})
	}
}
