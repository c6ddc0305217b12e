package main

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/lint"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// The functions of this file hold the fragments of docs/migrate.md, and those of the
// README's part on migrations.

const guide = "../../docs/migrate.md"

//go:embed migrations/*.sql
var migrations embed.FS

func bringUp(ctx context.Context, engine *session.Engine) error {
	m, err := migrate.New(engine, []migrate.Source{{
		FS:      migrations,
		Options: source.Options{Dir: "migrations"},
	}}, migrate.Options{LockTimeout: 5 * time.Second})
	if err != nil {
		return err // a file cannot be read, or two have one version
	}
	_, err = m.Up(ctx)
	return err
}

func withFunction() source.Options {
	options := source.Options{Dir: "migrations", Go: []source.Go{{
		Version: "3", Name: "greet everybody",
		Up: func(ctx context.Context, q session.Querier) error {
			_, err := q.Exec(ctx, "INSERT INTO greetings SELECT id, 'Hello ' || name FROM users")
			return err
		},
	}}}
	return options
}

func twoSources(engine *session.Engine, queueFiles fs.FS) (*migrate.Migrator, error) {
	m, err := migrate.New(engine, []migrate.Source{
		{Name: "queue", FS: queueFiles},
		{Name: "app", FS: migrations, Options: source.Options{Dir: "migrations"}},
	}, migrate.Options{})
	return m, err
}

func explain(ctx context.Context, m *migrate.Migrator) string {
	_, err := m.Up(ctx)
	var ambiguous *migrate.AmbiguousError
	var failed *migrate.Error
	switch {
	case errors.As(err, &ambiguous):
		return fmt.Sprintf("did this take effect? %s", ambiguous.SQL)
	case errors.Is(err, migrate.ErrRefused):
		return "nothing was done: " + err.Error()
	case errors.As(err, &failed):
		return fmt.Sprintf("%s:%d:%d: %v", failed.File, failed.Line, failed.Column, failed.Err)
	}
	return "fine"
}

func decide(ctx context.Context, m *migrate.Migrator) error {
	return m.Resolve(ctx, "7", migrate.Happened, "") // version 7, of the only source
}

func eachTenant(ctx context.Context, engine *session.Engine, files fs.FS, tenants []string) (
	[]migrate.TenantResult, error) {
	set, err := source.Load(files, source.Options{Dialect: sqlsplit.Postgres})
	if err != nil {
		return nil, err
	}
	results := migrate.UpEach(ctx, tenants, 8,
		func(_ context.Context, tenant string) (*migrate.Migrator, func(), error) {
			m, err := migrate.New(engine, []migrate.Source{{Set: set}}, migrate.Options{Schema: tenant})
			return m, nil, err
		})
	return results, nil
}

func takeOver(ctx context.Context, m *migrate.Migrator) (int, error) {
	records, err := m.Import(ctx, migrate.ImportOptions{From: source.Goose})
	return len(records), err
}

func declare(ctx context.Context, m *migrate.Migrator) (int, error) {
	records, err := m.Baseline(ctx, "4", "") // everything up to 4 is there already
	return len(records), err
}

func TestMigrationsOfTheGuideAreSafe(t *testing.T) {
	set, err := source.Load(migrations, source.Options{Dir: "migrations", Dialect: sqlsplit.Postgres})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := lint.Set(set, lint.Options{LockTimeout: true})
	for _, f := range findings {
		t.Error(f)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestEveryFragmentOfTheMigrationGuideIsCompiled(t *testing.T) {
	compiled := flat(read(t, "guide_test.go"))
	fragments := blocks(read(t, guide), "go")
	if len(fragments) < 8 {
		t.Errorf("%d fragments", len(fragments))
	}
	for _, fragment := range fragments {
		if !strings.Contains(compiled, flat(fragment)) {
			t.Errorf("guide_test.go does not have this fragment:\n%s", fragment)
		}
	}
	if got, want := blocks(read(t, guide), "sql")[0], read(t, "migrations/0001_users.sql"); got != want {
		t.Errorf("the guide's file is %s\nand there is %s", got, want)
	}
}

// fresh is an engine on an empty database in memory.
func fresh(t *testing.T) *session.Engine {
	t.Helper()
	engine, err := session.Open(t.Context(), "sqlite://:memory:", session.Options{}, sqlite.Driver)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close(context.Background()) })
	return engine
}

func TestTheServiceOfTheGuideStarts(t *testing.T) {
	engine := fresh(t)
	for range 2 {
		if err := bringUp(t.Context(), engine); err != nil {
			t.Fatal(err)
		}
	}
	m, err := migrate.New(engine, []migrate.Source{{FS: migrations, Options: withFunction()}}, migrate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "INSERT INTO users VALUES (1, 'Ann')")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if what := explain(t.Context(), m); what != "fine" || count(t.Context(), engine, "greetings") != 1 {
		t.Errorf("%s, %d greetings", what, count(t.Context(), engine, "greetings"))
	}
}

func TestTheSourcesOfTheGuideAreTwo(t *testing.T) {
	m, err := twoSources(fresh(t), fstest.MapFS{"1_jobs.sql": {Data: []byte("CREATE TABLE jobs (id int);")}})
	if err != nil {
		t.Fatal(err)
	}
	if res, err := m.Up(t.Context()); err != nil || len(res.Applied) != 3 {
		t.Errorf("%+v, %v", res, err)
	}
}

// numbered are migrations to each of the versions, of which one is run without a
// transaction.
func numbered(last int, outside string) fs.FS {
	files := fstest.MapFS{}
	for n := 1; n <= last; n++ {
		files[fmt.Sprintf("%d_t.sql", n)] = &fstest.MapFile{Data: fmt.Appendf(nil, "CREATE TABLE t%d (id int);", n)}
	}
	if outside != "" {
		files[fmt.Sprintf("%d_o.sql", last+1)] = &fstest.MapFile{Data: []byte(outside)}
	}
	return files
}

func TestThePersonOfTheGuideDecides(t *testing.T) {
	engine := fresh(t)
	load := func(opts migrate.Options) *migrate.Migrator {
		m, err := migrate.New(engine, []migrate.Source{{FS: numbered(6, "VACUUM;")}}, opts)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = load(migrate.Options{OnEvent: func(e migrate.Event) {
			if e.Kind == migrate.StatementBegins && e.Step.Version == "7" {
				panic("the process dies")
			}
		}}).Up(t.Context())
	}()
	m := load(migrate.Options{})
	if got := explain(t.Context(), m); got != "did this take effect? VACUUM" {
		t.Error(got)
	}
	if err := decide(t.Context(), m); err != nil {
		t.Error(err)
	}
	if got := explain(t.Context(), m); got != "fine" {
		t.Error(got)
	}
}

func TestTheHistoriesOfTheGuideAreTakenOver(t *testing.T) {
	for _, take := range []func(context.Context, *migrate.Migrator) (int, error){takeOver, declare} {
		engine := fresh(t)
		if err := engine.RunSync(t.Context(), "goose", func(ctx context.Context, c *session.SyncConn) error {
			_, err := c.Exec(ctx, "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id, is_applied)")
			if err == nil {
				_, err = c.Exec(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1), "+
					"(2, 1), (3, 1), (4, 1)")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		m, err := migrate.New(engine, []migrate.Source{{FS: numbered(5, "")}}, migrate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := take(t.Context(), m); n != 4 || err != nil {
			t.Errorf("%d records, %v", n, err)
		}
		if res, err := m.Up(t.Context()); err != nil || len(res.Applied) != 1 {
			t.Errorf("%+v, %v", res, err)
		}
	}
}

func TestTheTenantsOfTheGuideHaveTheirSchemas(t *testing.T) {
	engine, err := session.Open(t.Context(), testdsn.Get(t, "postgres"), session.Options{}, postgres.Driver)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close(context.Background())
	name := strings.ToLower("guide_" + rand.Text()[:8])
	tenants := []string{name + "_a", name + "_b"}
	each := func(sql string) error {
		return engine.Do(context.Background(), func(_ context.Context, s *session.Session) error {
			for _, tenant := range tenants {
				if err := s.Queue(fmt.Sprintf(sql, tenant)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := each("CREATE SCHEMA %s"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := each("DROP SCHEMA %s CASCADE"); err != nil {
			t.Error(err)
		}
	}()
	results, err := eachTenant(t.Context(), engine, numbered(3, ""), tenants)
	if err != nil || slices.ContainsFunc(results, func(r migrate.TenantResult) bool {
		return r.Err != nil || len(r.Result.Applied) != 3
	}) {
		t.Errorf("%+v, %v", results, err)
	}
}

func TestFilesThatTheMigrationGuideLinksToExist(t *testing.T) {
	for _, target := range links(read(t, guide)) {
		if _, err := os.Stat("../../docs/" + target); err != nil {
			t.Errorf("docs/migrate.md links to %s: %v", target, err)
		}
	}
}
