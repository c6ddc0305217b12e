package migrate_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/session"
)

// outside is a file that runs outside a transaction on every database.
func outside(up, down string) string {
	return "-- sqlscope: no transaction\n-- sqlscope: up\n" + up + "-- sqlscope: down\n" + down
}

func TestAWayBackThatFailedHalfWayIsFinishedByDown(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		f := files{"1_a.sql": outside(table("a")+table("b"), "DROP TABLE a;\nDROP TABEL b;\n")}
		b.up(f)
		_, err := b.migrator(f).Down(t.Context())
		var failed *migrate.Error
		if !errors.As(err, &failed) || failed.Kind != migrate.KindDown || failed.Done != 1 {
			t.Fatalf("the error is %v", err)
		}
		mended := files{"1_a.sql": outside(table("a")+table("b"), "DROP TABLE a;\nDROP TABLE b;\n")}
		_, err = b.migrator(mended).Up(t.Context())
		if !errors.Is(err, migrate.ErrRefused) {
			t.Fatalf("up: the error is %v", err)
		}
		wantText(t, err.Error(), "the way back from version 1", "1 of 2 statements", "finish it with down")
		res, err := b.migrator(mended).Down(t.Context())
		noErr(t, err)
		equal(t, "undone", versions(res.Applied), "1")
		equal(t, "statements done before", res.Applied[0].Resumed, 1)
		b.wantTables("", "a b")
		equal(t, "applied", versions(b.up(mended).Applied), "1")
	})
}

func TestWhatWasUndoneByHandBeginsAnew(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		f := files{"1_a.sql": outside(table("a")+"CREATE TABEL b (id INTEGER);\n", "")}
		if _, err := b.migrator(f).Up(t.Context()); err == nil {
			t.Fatal("it did not fail")
		}
		_, err := b.migrator(f).Down(t.Context(), migrate.DownOptions{To: "0"})
		wantText(t, err.Error(), "half done", "finish it with up first")
		st, err := b.migrator(f).Status(t.Context())
		noErr(t, err)
		equal(t, "state", st.Entries[0].State, migrate.StateHalfDone)
		b.exec("DROP TABLE a")
		other := files{"1_a.sql": outside(table("c")+table("b"), "")} // even its first statement is another
		noErr(t, b.migrator(other).Resolve(t.Context(), "1", migrate.AllUndone, ""))
		equal(t, "applied", versions(b.up(other).Applied), "1")
		b.wantTables("b c", "a")
	})
}

func TestARepeatableMigrationThatFailedHalfWayIsResolvedByItsName(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		f := files{"1_a.sql": table("a"), "R_views.sql": "-- sqlscope: no transaction\n" +
			"CREATE VIEW v AS SELECT id FROM a;\nCREATE VEIW w AS SELECT id FROM a;\n"}
		if _, err := b.migrator(f).Up(t.Context()); err == nil {
			t.Fatal("it did not fail")
		}
		b.exec("CREATE VIEW w AS SELECT id FROM a")
		noErr(t, b.migrator(f).Resolve(t.Context(), "views", migrate.AllDone, ""))
		equal(t, "applied", versions(b.up(f).Applied), "")
	})
}

func TestAStatementThatMeetsALockOnATableIsTriedAgain(t *testing.T) {
	onEach(t, "mysql", func(t *testing.T, b *bed) {
		b.up(pairs("a1"))
		holder := b.engine.Session()
		defer holder.Close()
		_, err := holder.Exec(t.Context(), "INSERT INTO a1 VALUES (1)") // keeps ALTER TABLE out
		noErr(t, err)
		tries := 0
		m := b.migrator(pairs("a1").with("2_x.sql", table("x")+"ALTER TABLE a1 ADD COLUMN c INTEGER;"), migrate.Options{
			LockTimeout: time.Second, OnEvent: func(e migrate.Event) {
				if e.Kind == migrate.Retrying {
					equal(t, "kind", session.KindOf(e.Err), session.KindLockTimeout)
					if tries++; tries == 2 {
						noErr(t, holder.Rollback(t.Context()))
					}
				}
			}})
		res, err := m.Up(t.Context())
		noErr(t, err)
		equal(t, "applied", versions(res.Applied), "2")
		equal(t, "retries", tries, 2)
	})
}

func TestABaselineScriptStandsForWhatIsBelowItOnAnEmptyDatabaseOnly(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		f := files{"V1__a.sql": table("a"), "V2__b.sql": table("b"), "B2__all.sql": table("a") + table("b") + table("base"),
			"V3__c.sql": table("c")}
		flyway := func(b *bed, f files) *migrate.Migrator {
			m, err := migrate.New(b.engine, []migrate.Source{{FS: f.fs(), Options: source.Options{Format: source.Flyway}}},
				quiet(migrate.Options{}))
			noErr(t, err)
			return m
		}
		res, err := flyway(b, f).Up(t.Context())
		noErr(t, err)
		equal(t, "applied", versions(res.Applied), "2 3")
		b.wantTables("a b base c", "")
		equal(t, "pending", len(must(flyway(b, f).Plan(t.Context())).Steps), 0)

		other := newBed(t, b.kind)
		_, err = flyway(other, f.without("B2__all.sql")).Up(t.Context(), migrate.UpOptions{To: "1"})
		noErr(t, err)
		res, err = flyway(other, f).Up(t.Context())
		noErr(t, err)
		equal(t, "applied where something was", versions(res.Applied), "2 3")
		other.wantTables("a b c", "base")
	})
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestTablesOfAnotherNameAndStepsAcrossSources(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		m, err := migrate.New(b.engine, []migrate.Source{{Name: "a", FS: pairs("a1", "a2").fs()},
			{Name: "b", FS: files{"1_b.sql": table("b1"), "2_b.sql": table("b2")}.fs()}},
			quiet(migrate.Options{Table: "history"}))
		noErr(t, err)
		for i, want := range []string{"1 2 1", "2", ""} {
			p, err := m.Plan(t.Context(), migrate.UpOptions{Steps: 3})
			noErr(t, err)
			res, err := m.Up(t.Context(), migrate.UpOptions{Steps: 3})
			noErr(t, err)
			equal(t, "applied", versions(res.Applied), want)
			equal(t, "planned", len(p.Steps), len(res.Applied))
			equal(t, "records", b.count("SELECT count(*) FROM history"), []int{3, 4, 4}[i])
		}
		b.wantTables("a1 a2 b1 b2 history history_statements", "sqlscope_migrations")
		if _, err := m.Down(t.Context()); err == nil {
			t.Error("it did not ask which source")
		}
		_, err = m.Down(t.Context(), migrate.DownOptions{Source: "b"})
		if !errors.Is(err, migrate.ErrNoDown) {
			t.Errorf("the error is %v", err)
		}
		res, err := m.Down(t.Context(), migrate.DownOptions{Source: "a", To: "0"})
		noErr(t, err)
		equal(t, "undone", versions(res.Applied), "2 1")
	})
}
