package migrate_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// asWindows is a text as an editor there saves it.
func asWindows(text string) string { return "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n") }

func TestBehaviour31And32FilesOfAnotherSystemAreTheSameMigrations(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		f := files{
			"1_a.sql": "-- sqlscope: up\n" + table("a") + "INSERT INTO a\nVALUES (1);\n" +
				"-- sqlscope: down\nDROP TABLE a;\n",
			"2_b.sql": "-- sqlscope: no transaction\n-- sqlscope: no variables\n" + table("b") +
				"CREATE TABLE c (t VARCHAR(9) DEFAULT '${x}\n');\n",
			"3_v.sql": "-- sqlscope: repeatable\n-- sqlscope: statement\nDROP VIEW IF EXISTS v\n-- sqlscope: end\n" +
				"CREATE VIEW v AS SELECT id\nFROM a;\n"}
		other := files{}
		for name, text := range f {
			other[name] = asWindows(text)
		}
		p, err := b.migrator(other).Plan(t.Context())
		noErr(t, err)
		if p.Steps[1].Transaction || p.Steps[0].Transaction != (b.kind != "mysql") {
			t.Errorf("transactions: %+v", p.Steps)
		}
		equal(t, "applied", versions(b.up(other).Applied), "1 2 v")
		equal(t, "rows", b.count("SELECT count(*) FROM v"), 1)
		problems, err := b.migrator(f).Verify(t.Context())
		noErr(t, err)
		equal(t, "problems with the files of this system", len(problems), 0)
		equal(t, "applied", versions(b.up(f).Applied), "")
	})
}

func TestBehaviour31AFileInUTF16IsNamedBeforeAnythingRuns(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		text := []byte("\xff\xfe")
		for _, c := range []byte(table("b")) {
			text = append(text, c, 0)
		}
		f := files{"1_a.sql": table("a"), "2_b.sql": string(text)}
		_, err := migrate.New(b.engine, []migrate.Source{{FS: f.fs()}}, quiet(migrate.Options{}))
		if !errors.Is(err, sqlsplit.ErrEncoding) {
			t.Fatalf("the error is %v", err)
		}
		wantText(t, err.Error(), "2_b.sql", "UTF-16")
	})
}

func TestBehaviour44AVariableWithoutAValueIsNamedBeforeAnythingRuns(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		load := func(text string, variables map[string]string) (*migrate.Migrator, error) {
			f := files{"1_a.sql": table("a"), "2_b.sql": text}
			return migrate.New(b.engine, []migrate.Source{{FS: f.fs(), Options: source.Options{
				Variables: variables}}}, quiet(migrate.Options{}))
		}
		_, err := load("CREATE TABLE ${NAME} (id INTEGER);", nil)
		wantText(t, fmt.Sprint(err), "2_b.sql:1", "${NAME} is not declared")
		declared := "-- sqlscope: variables NAME\nCREATE TABLE ${NAME} (t VARCHAR(9) CHECK (t = '$$NAME'));"
		_, err = load(declared, nil)
		wantText(t, fmt.Sprint(err), "2_b.sql", "NAME has no value")
		m, err := load(declared, map[string]string{"NAME": "b"})
		noErr(t, err)
		_, err = m.Up(t.Context())
		noErr(t, err)
		b.exec("INSERT INTO b SELECT '$$NAME'")
		equal(t, "dollars that are left alone", b.count("SELECT count(*) FROM b WHERE t = '$$NAME'"), 1)
	})
}

// sizes are those of a file with many statements and of one with a single line. They are
// the full ones where SQLSCOPE_LARGE is set, as in CI, but on SQLite: the race detector
// makes that database fifteen times as slow.
func (b *bed) sizes() (many, one int) {
	switch {
	case os.Getenv("SQLSCOPE_LARGE") == "" || b.kind == "sqlite":
		return 5 * mega, 2 * mega
	case b.kind == "mysql":
		return 50 * mega, min(50*mega, b.count("SELECT @@max_allowed_packet")-mega)
	}
	return 200 * mega, 50 * mega
}

const mega = 1 << 20

// longRow is of a kilobyte: what is large here is the file, not the table.
var longRow = ", (2, '" + strings.Repeat("more; of it ", 84) + "')"

// inserts is a file of at least size bytes, of statements with rows each.
func inserts(t *testing.T, dir, name string, size, rows int) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, name))
	noErr(t, err)
	w := bufio.NewWriterSize(f, mega)
	for written := 0; written < size; {
		n, err := fmt.Fprint(w, "INSERT INTO large VALUES (1, 'it''s; text')",
			strings.Repeat(longRow, rows-1), ";\n")
		noErr(t, err)
		written += n
	}
	noErr(t, w.Flush())
	noErr(t, f.Close())
}

// heap is what is in use after a collection.
func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

func TestBehaviour34LargeFilesAreAppliedInBoundedMemoryAndTellHowFarTheyAre(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		dir := t.TempDir()
		many, one := b.sizes()
		text := "CREATE TABLE large (id INTEGER, t VARCHAR(1100));"
		noErr(t, os.WriteFile(filepath.Join(dir, "1_t.sql"), []byte(text), 0o600))
		inserts(t, dir, "2_many.sql", many, 100)
		inserts(t, dir, "3_one.sql", 1, one/len(longRow))
		before, ended := heap(), map[source.Version]int{}
		grew := map[source.Version]int{}
		m, err := migrate.New(b.engine, []migrate.Source{{FS: os.DirFS(dir)}}, quiet(migrate.Options{
			OnEvent: func(e migrate.Event) {
				if e.Kind != migrate.StatementEnds {
					return
				}
				v := e.Step.Version
				if ended[v]++; ended[v]%200 == 1 {
					grew[v] = max(grew[v], heap()-before)
				}
			}}))
		noErr(t, err)
		res, err := m.Up(t.Context())
		noErr(t, err)
		n := res.Applied[1].Count
		if ended["2"] != n || n < many/120_000 || ended["3"] != 1 || res.Applied[2].Count != 1 {
			t.Errorf("of %d statements, and %d, were told of %v", n, res.Applied[2].Count, ended)
		}
		t.Logf("%d MB in %d statements: the heap grew by %d MB; %d MB in one: by %d MB", many/mega, n,
			grew["2"]/mega, one/mega, grew["3"]/mega)
		if grew["2"] > 16*mega || grew["3"] > 4*one+16*mega {
			t.Errorf("the heap grew by %v bytes", grew)
		}
	})
}
