package migrate_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/session"
)

const every = "postgres mysql sqlite"

func fiveWith(third string) string {
	return "-- five\n" + table("a") + table("b") + third + table("d") + table("e")
}

func TestBehaviour01AFailedStatementIsNamedWithFileLineAndCode(t *testing.T) {
	onEach(t, "mysql", func(t *testing.T, b *bed) {
		f := files{"1_five.sql": fiveWith("  CREATE TABEL c (id INTEGER);\n")}
		res, err := b.migrator(f).Up(t.Context())
		var failed *migrate.Error
		if !errors.As(err, &failed) {
			t.Fatalf("the error is %v", err)
		}
		equal(t, "file", failed.File, "1_five.sql")
		equal(t, "statement", failed.Statement, 3)
		equal(t, "statements", failed.Statements, 5)
		equal(t, "line", failed.Line, 4)
		equal(t, "column", failed.Column, 3)
		equal(t, "code", failed.Code, "1064")
		equal(t, "done", failed.Done, 2)
		wantText(t, err.Error(), "1_five.sql:4:3", "statement 3 of 5", "2 of 5 statements took effect")
		equal(t, "applied", len(res.Applied), 0)
		b.wantTables("a b", "c d e")
		records, err := b.migrator(f).History(t.Context())
		noErr(t, err)
		if len(records) != 1 || records[0].Outcome != migrate.Failed || records[0].StatementsDone != 2 ||
			records[0].Statements != 5 {
			t.Errorf("the history is %+v", records)
		}
	})
}

func TestBehaviour02ARepairedFileGoesOnWhereItFailed(t *testing.T) {
	onEach(t, "mysql", func(t *testing.T, b *bed) {
		_, err := b.migrator(files{"1_five.sql": fiveWith("CREATE TABEL c (id INTEGER);\n")}).Up(t.Context())
		if err == nil {
			t.Fatal("it did not fail")
		}
		repaired := files{"1_five.sql": fiveWith(table("c"))}
		res := b.up(repaired)
		equal(t, "applied", versions(res.Applied), "1")
		b.wantTables("a b c d e", "")
		equal(t, "applied again", versions(b.up(repaired).Applied), "")
	})
}

func TestBehaviour03AnEditOfWhatTookEffectIsRefused(t *testing.T) {
	onEach(t, "mysql", func(t *testing.T, b *bed) {
		_, err := b.migrator(files{"1_five.sql": fiveWith("CREATE TABEL c (id INTEGER);\n")}).Up(t.Context())
		if err == nil {
			t.Fatal("it did not fail")
		}
		edited := "CREATE TABLE a (id BIGINT);\n" + table("b") + table("c") + table("d") + table("e")
		_, err = b.migrator(files{"1_five.sql": edited}).Up(t.Context())
		var failed *migrate.Error
		if !errors.As(err, &failed) {
			t.Fatalf("the error is %v", err)
		}
		equal(t, "statement", failed.Statement, 1)
		wantText(t, err.Error(), "changed after it took effect", "CREATE TABLE a (id INTEGER")
		b.wantTables("a b", "c d e")
	})
}

func TestBehaviour04AFailedTransactionLeavesNothingAndIsTriedAgain(t *testing.T) {
	onEach(t, "postgres sqlite", func(t *testing.T, b *bed) {
		f := files{"1_five.sql": fiveWith("CREATE TABEL c (id INTEGER);\n")}
		_, err := b.migrator(f).Up(t.Context())
		var failed *migrate.Error
		if !errors.As(err, &failed) || !failed.RolledBack || failed.Statement != 3 || failed.Line != 4 {
			t.Fatalf("the error is %v", err)
		}
		b.wantTables("", "a b c d e")
		records, err := b.migrator(f).History(t.Context())
		noErr(t, err)
		if len(records) != 1 || records[0].Outcome != migrate.RolledBack || records[0].Error == "" {
			t.Errorf("the history is %+v", records)
		}
		equal(t, "applied", versions(b.up(f.with("1_five.sql", fiveWith(table("c")))).Applied), "1")
		b.wantTables("a b c d e", "")
	})
}

func TestBehaviour05AFileWithoutTransactionGoesOnWhereItFailed(t *testing.T) {
	onEach(t, "postgres sqlite", func(t *testing.T, b *bed) {
		text := "-- sqlscope: no transaction\n" + table("a")
		_, err := b.migrator(files{"1_three.sql": text + "CREATE TABEL b (id INTEGER);\n" + table("c")}).Up(t.Context())
		var failed *migrate.Error
		if !errors.As(err, &failed) || failed.Done != 1 {
			t.Fatalf("the error is %v", err)
		}
		b.wantTables("a", "b c")
		equal(t, "applied", versions(b.up(files{"1_three.sql": text + table("b") + table("c")}).Applied), "1")
		b.wantTables("a b c", "")
	})
}

func TestBehaviour06AndControlOfTheTransactionInAFileIsRefusedBeforeAnythingRuns(t *testing.T) {
	onEach(t, "postgres sqlite", func(t *testing.T, b *bed) {
		f := files{"1_a.sql": table("a"), "2_b.sql": "BEGIN;\n" + table("b") + "COMMIT;\n" + table("c")}
		_, err := b.migrator(f).Up(t.Context())
		if err == nil {
			t.Fatal("it was accepted")
		}
		wantText(t, err.Error(), "2_b.sql:1", "begins or ends a transaction")
		b.wantTables("", "a b c")
	})
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		b.up(files{"1_f.sql": "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  NULL;\nEND;\n$$;"})
	})
}

func TestBehaviour07AConcurrentIndexAmongOthersIsRefusedWithAHint(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		f := files{"1_a.sql": table("a") + "CREATE INDEX CONCURRENTLY i ON a (id);"}
		_, err := b.migrator(f).Up(t.Context())
		if err == nil {
			t.Fatal("it was accepted")
		}
		wantText(t, err.Error(), "1_a.sql:2", "cannot run in a transaction", "-- sqlscope: no transaction")
		b.wantTables("", "a")
		b.up(files{"1_a.sql": table("a"), "2_i.sql": "CREATE INDEX CONCURRENTLY i ON a (id);"})
		equal(t, "valid indexes", b.count("SELECT count(*) FROM pg_index WHERE indexrelid = 'i'::regclass AND indisvalid"), 1)
	})
}

func TestBehaviour09ANewEnumValueIsUsedByTheNextFile(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		res := b.up(files{"1_t.sql": "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE p (m mood);",
			"2_v.sql": "ALTER TYPE mood ADD VALUE 'happy';", "3_u.sql": "INSERT INTO p VALUES ('happy');"})
		equal(t, "applied", versions(res.Applied), "1 2 3")
	})
}

func TestBehaviour10AFailureTellsWhatWasAppliedAndWhatWasNotTried(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		f := files{}
		for _, v := range []string{"01", "02", "03", "04", "05", "06", "08", "09", "10"} {
			f[v+"_t.sql"] = table("t" + v)
		}
		f["07_t.sql"] = "CREATE TABEL t07 (id INTEGER);"
		res, err := b.migrator(f).Up(t.Context())
		if err == nil {
			t.Fatal("it did not fail")
		}
		equal(t, "applied", versions(res.Applied), "1 2 3 4 5 6")
		equal(t, "failed", string(res.Failed.Version), "7")
		equal(t, "not tried", len(res.NotTried), 3)
		b.wantTables("t01 t06", "t07 t08 t10")
	})
}

func TestBehaviour11APanicIsRolledBackAndGivesTheLockUp(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		panics := func(ctx context.Context, q session.Querier) error {
			_, err := q.Exec(ctx, "INSERT INTO a VALUES (7)")
			noErr(t, err)
			panic("boom")
		}
		m := b.goMigrator(files{"1_a.sql": table("a")}, "2", panics)
		_, err := m.Up(t.Context())
		var failed *migrate.Error
		if !errors.As(err, &failed) {
			t.Fatalf("the error is %v", err)
		}
		wantText(t, err.Error(), "panic: boom", "behaviour_failure_test.go")
		if b.kind != "mysql" { // each statement of MySQL stands alone
			equal(t, "rows", b.count("SELECT count(*) FROM a"), 0)
		}
		b.goMigratorUp(files{"1_a.sql": table("a")}, "2", func(ctx context.Context, q session.Querier) error {
			_, err := q.Exec(ctx, "INSERT INTO a VALUES (8)")
			return err
		})
		equal(t, "rows", b.count("SELECT count(*) FROM a WHERE id = 8"), 1)
	})
}

func TestBehaviour12TheRebuildingOfATableKeepsTheRowsThatReferToIt(t *testing.T) {
	onEach(t, "sqlite", func(t *testing.T, b *bed) {
		f := files{"1_t.sql": "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);\n" +
			"CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id) ON DELETE CASCADE);\n" +
			"INSERT INTO parent VALUES (1, 'x');\nINSERT INTO child VALUES (1, 1), (2, 1);"}
		b.up(f)
		rebuild := "PRAGMA foreign_keys=OFF;\nCREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n" +
			"INSERT INTO new_parent SELECT id, name FROM parent;\nDROP TABLE parent;\n" +
			"ALTER TABLE new_parent RENAME TO parent;\nPRAGMA foreign_keys=ON;\n"
		b.up(f.with("2_rebuild.sql", rebuild))
		equal(t, "children", b.count("SELECT count(*) FROM child"), 2)
		equal(t, "violations", b.count("SELECT count(*) FROM pragma_foreign_key_check"), 0)
		equal(t, "foreign keys", b.count("PRAGMA foreign_keys"), 1)

		_, err := b.migrator(f.with("2_rebuild.sql", rebuild, "3_break.sql",
			"PRAGMA foreign_keys=OFF; DELETE FROM parent;")).Up(t.Context())
		if err == nil {
			t.Fatal("a script that breaks foreign keys was committed")
		}
		wantText(t, err.Error(), "2 rows refer to rows that are not there")
		equal(t, "parents", b.count("SELECT count(*) FROM parent"), 1)
		equal(t, "foreign keys", b.count("PRAGMA foreign_keys"), 1)
	})
}
