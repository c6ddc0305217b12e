package migrate_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/session"
)

// allDrivers are handed to every engine of these tests.
var allDrivers = []drivers.Driver{postgres.Driver, mysql.Driver, sqlite.Driver}

// driversFor are the same, as if no database kept locks with names if that is
// asked for.
func driversFor(lockless bool) []drivers.Driver {
	if !lockless {
		return allDrivers
	}
	var all []drivers.Driver
	for _, d := range allDrivers {
		all = append(all, testdsn.Lockless(d))
	}
	return all
}

// bed is an empty database of the test's own.
type bed struct {
	testing.TB
	url    string
	kind   string // postgres, mysql or sqlite
	engine *session.Engine
	// lockless: engines are opened as if the database kept no locks with names.
	lockless bool
}

// onEach runs a test on an empty database of each kind that is named.
func onEach(t *testing.T, kinds string, test func(t *testing.T, b *bed)) {
	for _, kind := range strings.Fields(kinds) {
		t.Run(kind, func(t *testing.T) { test(t, newBed(t, kind)) })
	}
}

// newBed makes an empty database and drops it when the test has ended.
func newBed(t testing.TB, kind string) *bed {
	t.Helper()
	b := &bed{TB: t, kind: kind}
	switch kind {
	case "sqlite":
		b.url = "sqlite:///" + filepath.Join(t.TempDir(), "test.db")
	default:
		b.url = ownDatabase(t, kind)
	}
	b.engine = b.open(b.url, session.Options{MaxConns: 4})
	return b
}

// ownDatabase makes a database on the server and returns its URL.
func ownDatabase(t testing.TB, kind string) string {
	t.Helper()
	dsn := testdsn.Get(t, kind)
	admin, err := session.Open(t.Context(), dsn, session.Options{}, allDrivers...)
	noErr(t, err)
	name := "sqlscope_m" + strings.ToLower(rand.Text()[:10])
	exec := func(ctx context.Context, sql string) error {
		return admin.RunSync(ctx, "test databases", func(ctx context.Context, c *session.SyncConn) error {
			_, err := c.Exec(ctx, sql)
			return err
		}, session.SyncOptions{NoTransaction: true})
	}
	noErr(t, exec(t.Context(), "CREATE DATABASE "+name))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		drop := "DROP DATABASE " + name
		if kind == "postgres" {
			drop += " WITH (FORCE)"
		}
		if err := exec(ctx, drop); err != nil {
			t.Logf("database %s is left behind: %v", name, err)
		}
		_ = admin.Close(ctx)
	})
	u, err := url.Parse(dsn)
	noErr(t, err)
	u.Path = "/" + name
	return u.String()
}

// open opens an engine that is closed when the test has ended.
func (b *bed) open(url string, opts session.Options) *session.Engine {
	b.Helper()
	opts.Logger = slog.New(slog.DiscardHandler)
	e, err := session.Open(b.Context(), url, opts, driversFor(b.lockless)...)
	noErr(b, err)
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			b.Errorf("close: %v", err)
		}
	})
	return e
}

// files are the migrations of a test by their names.
type files map[string]string

func (f files) fs() fs.FS {
	m := fstest.MapFS{}
	for name, text := range f {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// with returns f with more files, or other texts of those that it has.
func (f files) with(pairs ...string) files {
	g := files{}
	for name, text := range f {
		g[name] = text
	}
	for i := 0; i < len(pairs); i += 2 {
		g[pairs[i]] = pairs[i+1]
	}
	return g
}

// without returns f without a file.
func (f files) without(name string) files {
	g := f.with()
	delete(g, name)
	return g
}

// quiet fills in what tests have in common.
func quiet(o migrate.Options) migrate.Options {
	o.Logger = slog.New(slog.DiscardHandler)
	if o.RetryPause == 0 {
		o.RetryPause = 10 * time.Millisecond
	}
	return o
}

// migrator loads files.
func (b *bed) migrator(f files, opts ...migrate.Options) *migrate.Migrator {
	b.Helper()
	return b.migratorOn(b.engine, f, opts...)
}

func (b *bed) migratorOn(e *session.Engine, f files, opts ...migrate.Options) *migrate.Migrator {
	b.Helper()
	var o migrate.Options
	if len(opts) > 0 {
		o = opts[0]
	}
	m, err := migrate.New(e, []migrate.Source{{FS: f.fs(), Options: source.Options{Format: source.Plain}}}, quiet(o))
	noErr(b, err)
	return m
}

// up applies all and fails the test if that fails.
func (b *bed) up(f files, opts ...migrate.Options) *migrate.Result {
	b.Helper()
	res, err := b.migrator(f, opts...).Up(b.Context())
	noErr(b, err)
	return res
}

// versions are those of the migrations that were applied.
func versions(list []migrate.Applied) string {
	var out []string
	for _, a := range list {
		v := string(a.Version)
		if v == "" {
			v = a.Name
		}
		out = append(out, v)
	}
	return strings.Join(out, " ")
}

// count is the answer to a query for a number.
func (b *bed) count(sql string, args ...any) int {
	b.Helper()
	s := b.engine.Session()
	defer s.Close()
	n, err := session.One[int](b.Context(), s, sql, args...)
	noErr(b, err)
	return n
}

// exec runs statements apart from any migration.
func (b *bed) exec(sqls ...string) {
	b.Helper()
	for _, sql := range sqls {
		noErr(b, b.engine.RunSync(b.Context(), "test", func(ctx context.Context, c *session.SyncConn) error {
			_, err := c.ExecText(ctx, sql)
			return err
		}, session.SyncOptions{NoTransaction: true}))
	}
}

// there reports whether a table can be read.
func (b *bed) there(table string) bool {
	b.Helper()
	s := b.engine.Session()
	defer s.Close()
	_, err := session.One[int](b.Context(), s, "SELECT count(*) FROM "+table)
	if err != nil && session.KindOf(err) != session.KindSyntax {
		b.Fatalf("read %s: %v", table, err)
	}
	return err == nil
}

// wantTables checks which of the tables are there.
func (b *bed) wantTables(want string, absent string) {
	b.Helper()
	for _, name := range strings.Fields(want) {
		if !b.there(name) {
			b.Errorf("table %s is not there", name)
		}
	}
	for _, name := range strings.Fields(absent) {
		if b.there(name) {
			b.Errorf("table %s is there", name)
		}
	}
}

func noErr(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantText fails the test if a part is not in the text.
func wantText(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in: %s", part, text)
		}
	}
}

func equal[V comparable](t testing.TB, what string, got, want V) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// table is a statement that makes one.
func table(name string) string {
	return fmt.Sprintf("CREATE TABLE %s (id INTEGER NOT NULL PRIMARY KEY);\n", name)
}

// goMigrator has a migration in Go beside the files.
func (b *bed) goMigrator(f files, version string, up source.Func, opts ...migrate.Options) *migrate.Migrator {
	b.Helper()
	var o migrate.Options
	if len(opts) > 0 {
		o = opts[0]
	}
	m, err := migrate.New(b.engine, []migrate.Source{{FS: f.fs(), Options: source.Options{Format: source.Plain,
		Go: []source.Go{{Version: version, Name: "in_go", Up: up}}}}}, quiet(o))
	noErr(b, err)
	return m
}

func (b *bed) goMigratorUp(f files, version string, up source.Func) {
	b.Helper()
	_, err := b.goMigrator(f, version, up).Up(b.Context())
	noErr(b, err)
}
