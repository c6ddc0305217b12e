package migrate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/migrate"
)

// pair is a file with a way back.
func pair(name string) string {
	return "-- sqlscope: up\n" + table(name) + "-- sqlscope: down\nDROP TABLE " + name + ";\n"
}

func pairs(names ...string) files {
	f := files{}
	for _, name := range names { // a1 is version 1
		f[strings.TrimLeft(name, "a")+"_"+name+".sql"] = pair(name)
	}
	return f
}

func TestBehaviour41AnEditedFileIsRefusedUntilItIsAccepted(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		f := files{"1_a.sql": table("a") + "-- one\n"}
		b.up(f)
		edited := f.with("1_a.sql", table("a")+"-- another\n")
		_, err := b.migrator(edited).Up(t.Context())
		if !errors.Is(err, migrate.ErrRefused) {
			t.Fatalf("the error is %v", err)
		}
		wantText(t, err.Error(), "version 1", "its checksum was", "accept it")
		_, err = b.migrator(edited, migrate.Options{Edited: migrate.Warn}).Up(t.Context())
		noErr(t, err)

		m := b.migrator(edited)
		accepted, err := m.Accept(t.Context())
		noErr(t, err)
		equal(t, "accepted", len(accepted), 1)
		b.up(edited)
		b.up(files{"1_a.sql": "\ufeff" + strings.ReplaceAll(table("a")+"-- another\n", "\n", "\r\n")})
	})
}

func TestBehaviour42AMissingFileIsReported(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		f := pairs("a1", "a2", "a3")
		b.up(f)
		gone := f.without("2_a2.sql")
		res := b.up(gone)
		equal(t, "warnings", len(res.Warnings), 1)
		equal(t, "kind", res.Warnings[0].Kind, migrate.MissingFile)
		_, err := b.migrator(gone, migrate.Options{Missing: migrate.Fail}).Up(t.Context())
		if !errors.Is(err, migrate.ErrRefused) {
			t.Errorf("the error is %v", err)
		}
		st, err := b.migrator(gone).Status(t.Context())
		noErr(t, err)
		equal(t, "state", st.Entries[1].State, migrate.StateMissing)
	})
}

func TestBehaviour43ARepeatableFileRunsWhenItChanges(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		view := func(col string) string {
			return "DROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT " + col + " AS n FROM a;\n"
		}
		f := files{"1_a.sql": table("a") + "INSERT INTO a VALUES (3);", "R__v.sql": view("id")}
		equal(t, "applied", versions(b.up(f).Applied), "1 v")
		equal(t, "applied", versions(b.up(f).Applied), "")
		f = f.with("R__v.sql", view("id * 2"), "2_b.sql", table("b"))
		equal(t, "applied", versions(b.up(f).Applied), "2 v")
		equal(t, "n", b.count("SELECT n FROM v"), 6)
		equal(t, "applied", versions(b.up(f).Applied), "")
	})
}

func TestBehaviour45ALowerVersionThatComesLater(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		b.up(pairs("a1", "a3"))
		f := pairs("a1", "a2", "a3")
		_, err := b.migrator(f).Up(t.Context())
		if !errors.Is(err, migrate.ErrRefused) {
			t.Fatalf("the error is %v", err)
		}
		wantText(t, err.Error(), "2_a2.sql", "version 2", "below version 3")
		b.wantTables("a1 a3", "a2")

		equal(t, "applied", versions(b.up(f, migrate.Options{Order: migrate.SkipLower}).Applied), "")
		equal(t, "applied", versions(b.up(f, migrate.Options{Order: migrate.AnyOrder}).Applied), "2")
		res, err := b.migrator(f).Down(t.Context(), migrate.DownOptions{Steps: 2})
		noErr(t, err)
		equal(t, "undone", versions(res.Applied), "2 3")
		b.wantTables("a1", "a2 a3")
	})
}

func TestBehaviour46ADatabaseThatIsAheadOfTheProgram(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		b.up(pairs("a1", "a2", "a3", "a4", "a5"))
		old := pairs("a1", "a2", "a3")
		res := b.up(old)
		equal(t, "warnings", len(res.Warnings), 2)
		equal(t, "warnings", len(b.up(old, migrate.Options{Ahead: migrate.Allow}).Warnings), 0)
		_, err := b.migrator(old, migrate.Options{Ahead: migrate.Fail}).Up(t.Context())
		if !errors.Is(err, migrate.ErrRefused) {
			t.Errorf("the error is %v", err)
		}
		st, err := b.migrator(old).Status(t.Context())
		noErr(t, err)
		equal(t, "entries", len(st.Entries), 5)
		equal(t, "state", st.Entries[4].State, migrate.StateUnknown)
		_, err = b.migrator(old).Down(t.Context())
		if !errors.Is(err, migrate.ErrNoDown) {
			t.Errorf("the error is %v", err)
		}
		b.wantTables("a1 a5", "")
	})
}

func TestBehaviour47DownIsRefusedWholeWhenOneHasNoWayBack(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		f := pairs("a1", "a2", "a4", "a5").with("3_a3.sql", table("a3"))
		b.up(f)
		_, err := b.migrator(f).Down(t.Context(), migrate.DownOptions{To: "1"})
		if !errors.Is(err, migrate.ErrNoDown) {
			t.Fatalf("the error is %v", err)
		}
		wantText(t, err.Error(), "3_a3.sql")
		b.wantTables("a1 a2 a3 a4 a5", "")
		res, err := b.migrator(f).Down(t.Context(), migrate.DownOptions{To: "3"})
		noErr(t, err)
		equal(t, "undone", versions(res.Applied), "5 4")
	})
}

func TestBehaviour48ASchemaThatIsThereNeedsABaseline(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		for _, name := range []string{"a1", "a2", "a3", "a4"} {
			b.exec(strings.TrimRight(table(name), ";\n"))
		}
		f := pairs("a1", "a2", "a3", "a4", "a5")
		_, err := b.migrator(f).Up(t.Context())
		if !errors.Is(err, migrate.ErrNotEmpty) {
			t.Fatalf("the error is %v", err)
		}
		wantText(t, err.Error(), "a1", "Baseline")
		m := b.migrator(f)
		taken, err := m.Baseline(t.Context(), "4", "")
		noErr(t, err)
		equal(t, "taken", len(taken), 4)
		equal(t, "applied", versions(b.up(f).Applied), "5")
		records, err := m.History(t.Context())
		noErr(t, err)
		equal(t, "records", len(records), 5)
		equal(t, "kind", records[0].Kind, migrate.KindBaseline)
	})
}

func TestRedoAndGotoGoThereAndBack(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		f := pairs("a1", "a2", "a3")
		m := b.migrator(f)
		res, err := m.Goto(t.Context(), "2", "")
		noErr(t, err)
		equal(t, "up", versions(res.Applied), "1 2")
		b.exec("INSERT INTO a2 VALUES (1)")
		res, err = m.Redo(t.Context())
		noErr(t, err)
		equal(t, "redone", versions(res.Applied), "2 2")
		equal(t, "rows", b.count("SELECT count(*) FROM a2"), 0)
		_, err = m.Up(t.Context())
		noErr(t, err)
		res, err = m.Goto(t.Context(), "0", "")
		noErr(t, err)
		equal(t, "down", versions(res.Applied), "3 2 1")
		b.wantTables("", "a1 a2 a3")
		_, err = m.Goto(t.Context(), "9", "")
		wantText(t, err.Error(), "no version 9")
	})
}
