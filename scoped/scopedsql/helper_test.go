package scopedsql_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedsql"
	"github.com/sqlscope/sqlscope/session"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// bed is a registry, and a *sql.DB of it, on a database with a table of notes.
type bed struct {
	*scoped.Registry
	*sql.DB
	t      testing.TB
	engine *session.Engine
	table  string
}

// everywhere runs a test on every database.
func everywhere(t *testing.T, test func(t *testing.T, b *bed), opts ...scopedsql.Options) {
	t.Helper()
	for name, d := range map[string]drivers.Driver{
		"sqlite": sqlite.Driver, "postgres": postgres.Driver, "mysql": mysql.Driver} {
		t.Run(name, func(t *testing.T) {
			url := "sqlite://:memory:"
			if name != "sqlite" {
				url = testdsn.Get(t, name)
			}
			test(t, newBed(t, url, d, opts...))
		})
	}
}

// onSQLite is a bed for what no database matters to.
func onSQLite(t testing.TB, opts ...scopedsql.Options) *bed {
	t.Helper()
	return newBed(t, "sqlite://:memory:", sqlite.Driver, opts...)
}

func newBed(t testing.TB, url string, d drivers.Driver, opts ...scopedsql.Options) *bed {
	t.Helper()
	engine, err := session.Open(t.Context(), url, session.Options{Logger: slog.New(slog.DiscardHandler)}, d)
	must(t, err)
	registry := scoped.New(engine)
	b := &bed{registry, scopedsql.Open(registry, opts...), t, engine, "notes_" + strings.ToLower(rand.Text()[:8])}
	must(t, b.ddl("CREATE TABLE "+b.table+" (id INTEGER PRIMARY KEY, text VARCHAR(100))"))
	t.Cleanup(func() {
		must(t, b.DB.Close())
		must(t, b.ddl("DROP TABLE "+b.table))
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		must(t, engine.Close(ctx)) // names whoever still holds a connection
	})
	return b
}

func (b *bed) ddl(text string) error {
	return b.engine.RunSync(context.Background(), "a table", func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, text)
		return err
	})
}

// execer is a *sql.DB, a *sql.Tx or a *sql.Conn.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// insert writes a note through database/sql.
func (b *bed) insert(ctx context.Context, q execer, id int) error {
	_, err := q.ExecContext(ctx, "INSERT INTO "+b.table+" (id, text) VALUES (?, ?)", id, "a note")
	return err
}

func (b *bed) add(ctx context.Context, q execer, ids ...int) {
	b.t.Helper()
	for _, id := range ids {
		must(b.t, b.insert(ctx, q, id))
	}
}

// Exec is the registry's: the *sql.DB has one too.
func (b *bed) Exec(ctx context.Context, text string, args ...any) (session.Result, error) {
	return b.Registry.Exec(ctx, text, args...)
}

// endless never ends on SQLite.
const endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c"

// breaks runs a statement that fails on the server: the note is there.
func (b *bed) breaks(ctx context.Context, q execer, id int) {
	b.t.Helper()
	if err := b.insert(ctx, q, id); session.KindOf(err) != session.KindUnique {
		b.t.Errorf("a second note %d: %v", id, err)
	}
}

// seen are the notes that the scope of ctx sees, through the registry.
func (b *bed) seen(ctx context.Context) []int {
	b.t.Helper()
	ids, err := session.Collect[int](ctx, b.Registry, "SELECT id FROM "+b.table+" ORDER BY id")
	must(b.t, err)
	return ids
}

// wantIDs checks what is committed.
func (b *bed) wantIDs(want ...int) {
	b.t.Helper()
	must(b.t, b.Do(context.Background(), func(ctx context.Context) error {
		if got := b.seen(ctx); !slices.Equal(got, want) {
			b.t.Errorf("committed are %v, want %v", got, want)
		}
		return nil
	}))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || (got == nil) != (want == nil) {
		t.Errorf("the error is %v, want %v", got, want)
	}
}

var errBusiness = errors.New("the order is already paid")
