package migrate_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/session"
)

func TestBehaviour33EmptyFilesAreAppliedWithAWarning(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		warnings := 0
		res := b.up(files{"1_empty.sql": "", "2_comment.sql": "-- nothing\n/* here */\n", "3_a.sql": table("a")},
			migrate.Options{OnEvent: func(e migrate.Event) {
				if e.Kind == migrate.Warning {
					warnings++
				}
			}})
		equal(t, "applied", versions(res.Applied), "1 2 3")
		equal(t, "warnings", warnings, 2)
		equal(t, "warnings in the result", len(res.Warnings), 2)
	})
}

func TestBehaviour40ADumpWithCopyIsAppliedAndItsSearchPathForgotten(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		dump := "SET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n" +
			"CREATE TABLE public.p (id integer, name text);\n" +
			"COPY public.p (id, name) FROM stdin;\n1\tone; two\n2\t\\N\n\\.\n\nSELECT pg_catalog.setval('public.s', 7);\n"
		f := files{"1_s.sql": "CREATE SEQUENCE s;", "2_dump.sql": dump, "3_next.sql": table("q")}
		equal(t, "applied", versions(b.up(f).Applied), "1 2 3")
		equal(t, "rows", b.count("SELECT count(*) FROM public.p"), 2)
		equal(t, "q in public", b.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename = 'q'"), 1)
		b.up(f.with("4_again.sql", "-- sqlscope: no transaction\nSELECT set_config('search_path', '', false);\n"+
			"COPY public.p FROM stdin;\n3\tx\n\\.\n", "5_r.sql", table("r")))
		equal(t, "rows", b.count("SELECT count(*) FROM public.p"), 3)
		b.wantTables("r", "")
		s := b.engine.Session()
		defer s.Close()
		path, err := session.One[string](t.Context(), s, "SHOW search_path")
		noErr(t, err)
		equal(t, "search_path", path, `"$user", public`)
	})
}

func TestADumpsSettingsDoNotReachTheNextFile(t *testing.T) {
	onEach(t, "mysql", func(t *testing.T, b *bed) {
		b.up(files{"1_dump.sql": "SET sql_mode = '';\nSET FOREIGN_KEY_CHECKS = 0;\n" + table("a"),
			"2_next.sql": "CREATE TABLE seen AS SELECT @@foreign_key_checks AS keys_on, length(@@sql_mode) AS mode;"})
		equal(t, "settings that are on", b.count("SELECT count(*) FROM seen WHERE keys_on = 1 AND mode > 0"), 1)
	})
}

func TestBehaviour49AReaderCanAskForTheStatusAndAPlanChangesNothing(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		role := "reader_" + strings.ToLower(rand.Text()[:8])
		b.exec("CREATE ROLE "+role+" LOGIN PASSWORD 'x'", "GRANT USAGE ON SCHEMA public TO "+role)
		t.Cleanup(func() {
			ctx := context.WithoutCancel(t.Context())
			_ = b.engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
				_, err := s.Exec(ctx, "DROP OWNED BY "+role)
				if err == nil {
					_, err = s.Exec(ctx, "DROP ROLE "+role)
				}
				return err
			})
		})
		u, err := url.Parse(b.url)
		noErr(t, err)
		u.User = url.UserPassword(role, "x")
		reader := b.open(u.String(), session.Options{})
		f := pairs("a1", "a2")
		st, err := b.migratorOn(reader, f).Status(t.Context())
		noErr(t, err)
		equal(t, "pending", st.Pending, 2)
		b.wantTables("", "sqlscope_migrations")

		b.up(f.without("2_a2.sql"))
		b.exec("GRANT SELECT ON ALL TABLES IN SCHEMA public TO " + role)
		st, err = b.migratorOn(reader, f).Status(t.Context())
		noErr(t, err)
		equal(t, "pending", st.Pending, 1)
		text, err := json.Marshal(st)
		noErr(t, err)
		wantText(t, string(text), `"state":"applied"`, `"state":"pending"`, `"pending":1`)
	})
	onEach(t, every, func(t *testing.T, b *bed) {
		f := files{"1_a.sql": table("a"), "2_b.sql": "-- sqlscope: no transaction\n" + table("b")}
		p, err := b.migrator(f).Plan(t.Context())
		noErr(t, err)
		var out bytes.Buffer
		n, err := p.WriteTo(&out)
		noErr(t, err)
		equal(t, "bytes", n, int64(out.Len()))
		wantText(t, out.String(), "CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY);", "2_b.sql",
			"each statement takes effect by itself")
		if b.kind != "mysql" {
			wantText(t, out.String(), "BEGIN;\nCREATE TABLE a", "COMMIT;")
		}
		b.wantTables("", "a b sqlscope_migrations")
		b.up(f)
		p, err = b.migrator(f).Plan(t.Context())
		noErr(t, err)
		equal(t, "steps", len(p.Steps), 0)
	})
}

func TestBehaviour50ManyTenantsAreMigratedAndOneThatFailsStopsNoOther(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		tenants := make([]string, rounds("SQLSCOPE_TENANTS", 60))
		for i := range tenants {
			tenants[i] = fmt.Sprintf("tenant_%d", i)
		}
		noErr(t, b.engine.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
			for _, name := range tenants {
				if err := s.Queue("CREATE SCHEMA " + name); err != nil {
					return err
				}
			}
			return s.Queue("CREATE VIEW tenant_57.a2 AS SELECT 1 AS id")
		}))
		const workers = 8
		e := b.open(b.url, session.Options{MaxConns: workers})
		open := func(_ context.Context, tenant string) (*migrate.Migrator, func(), error) {
			return b.migratorOn(e, pairs("a1", "a2"), migrate.Options{Schema: tenant}), nil, nil
		}
		results := migrate.UpEach(t.Context(), tenants, workers, open)
		good := 0
		for _, r := range results {
			switch {
			case r.Err == nil && versions(r.Result.Applied) == "1 2":
				good++
			case r.Tenant != "tenant_57":
				t.Errorf("%s: %v", r.Tenant, r.Err)
			default:
				var failed *migrate.Error
				if !errors.As(r.Err, &failed) || failed.Code != "42P07" {
					t.Errorf("%s: %v", r.Tenant, r.Err)
				}
			}
		}
		equal(t, "tenants that succeeded", good, len(tenants)-1)
		if opened := e.Stats().Pool.Opened; opened > workers {
			t.Errorf("%d connections were opened", opened)
		}
		b.exec("DROP VIEW tenant_57.a2")
		touched := 0
		for _, r := range migrate.UpEach(t.Context(), tenants, workers, open) {
			noErr(t, r.Err)
			if len(r.Result.Applied) > 0 {
				touched++
			}
		}
		equal(t, "tenants touched again", touched, 1)
		equal(t, "tables", b.count("SELECT count(*) FROM pg_tables WHERE tablename = 'a2'"), len(tenants))
		equal(t, "tables in public", b.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), 0)
	})
}

func TestASchemaOfMySQLIsADatabase(t *testing.T) {
	onEach(t, "mysql", func(t *testing.T, b *bed) {
		u, err := url.Parse(b.url)
		noErr(t, err)
		other := u.Path[1:] + "x"
		b.exec("CREATE DATABASE " + other)
		t.Cleanup(func() {
			_ = b.engine.Do(context.WithoutCancel(t.Context()), func(ctx context.Context, s *session.Session) error {
				_, err := s.Exec(ctx, "SELECT 1")
				return err
			})
		})
		defer b.exec("DROP DATABASE " + other)
		b.up(pairs("a1", "a2"), migrate.Options{Schema: other})
		b.wantTables(other+".a1 "+other+".a2 "+other+".sqlscope_migrations", "a1 a2")
		equal(t, "pending", versions(b.up(pairs("a1", "a2"), migrate.Options{Schema: other}).Applied), "")
	})
}

func TestTheHistoryOfAnotherToolIsImportedOnceAndLeftInPlace(t *testing.T) {
	shapes := map[string][]string{
		"goose": {"CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id BIGINT, is_applied BOOLEAN)",
			"INSERT INTO goose_db_version VALUES (1, 0, TRUE), (2, 1, TRUE), (3, 2, TRUE), (4, 2, FALSE), (5, 2, TRUE), " +
				"(6, 3, TRUE), (7, 3, FALSE)"},
		"golang-migrate": {"CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, dirty BOOLEAN)",
			"INSERT INTO schema_migrations VALUES (2, FALSE)"},
		"dbmate": {"CREATE TABLE schema_migrations (version VARCHAR(128) PRIMARY KEY)",
			"INSERT INTO schema_migrations VALUES ('0001'), ('0002')"},
		"tern": {"CREATE TABLE schema_version (version INTEGER)", "INSERT INTO schema_version VALUES (2)"},
		"flyway": {"CREATE TABLE flyway_schema_history (installed_rank INTEGER PRIMARY KEY, version VARCHAR(50), " +
			"type VARCHAR(20), success BOOLEAN)",
			"INSERT INTO flyway_schema_history VALUES (1, '1', 'SQL', TRUE), (2, NULL, 'SQL', TRUE), (3, '2', 'SQL', TRUE)"},
	}
	for name, statements := range shapes {
		t.Run(name, func(t *testing.T) {
			onEach(t, every, func(t *testing.T, b *bed) {
				b.exec(statements...)
				f := pairs("a1", "a2", "a3")
				_, err := b.migrator(f).Up(t.Context())
				if !errors.Is(err, migrate.ErrNotEmpty) {
					t.Fatalf("the error is %v", err)
				}
				records, err := b.migrator(f).Import(t.Context())
				noErr(t, err)
				equal(t, "imported", len(records), 2)
				equal(t, "kind", records[1].Kind, migrate.KindImport)
				equal(t, "applied", versions(b.up(f).Applied), "3")
				if _, err := b.migrator(f).Import(t.Context()); !errors.Is(err, migrate.ErrRefused) {
					t.Errorf("it was imported twice: %v", err)
				}
			})
		})
	}
	onEach(t, every, func(t *testing.T, b *bed) {
		b.exec(shapes["golang-migrate"][0], "INSERT INTO schema_migrations VALUES (2, TRUE)")
		_, err := b.migrator(pairs("a1", "a2")).Import(t.Context())
		wantText(t, err.Error(), "version 2 is dirty")
		b.exec("DROP TABLE schema_migrations")
		_, err = b.migrator(pairs("a1", "a2")).Import(t.Context())
		wantText(t, err.Error(), "no history of goose")
	})
}

func TestUnlockEndsTheHoldersConnection(t *testing.T) {
	onEach(t, "postgres mysql", func(t *testing.T, b *bed) {
		inside, leave, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		m := b.goMigrator(files{}, "1", func(ctx context.Context, q session.Querier) error {
			close(inside)
			<-leave
			_, err := q.Exec(ctx, "CREATE TABLE never (id INTEGER)")
			return err
		})
		go func() { _, err := m.Up(t.Context()); done <- err }()
		<-inside
		h, err := b.migrator(files{"1_x.sql": ""}).Unlock(t.Context(), "")
		noErr(t, err)
		if h == nil || h.Connection == "" {
			t.Errorf("the holder was %+v", h)
		}
		close(leave)
		if err := <-done; !errors.Is(err, session.ErrLockLost) {
			t.Errorf("the holder got %v", err)
		}
		b.wantTables("", "never")
		await(t, "the lock is free", func() bool {
			h, err := b.migrator(files{"1_x.sql": ""}).Unlock(t.Context(), "")
			return err == nil && h == nil
		})
	})
}
