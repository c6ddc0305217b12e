package source_test

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/sqlscope/sqlscope/drivers/lexer"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// corpora are migrations written by others; see the test of the same name in migrate.
func corpora(t *testing.T) fs.FS {
	t.Helper()
	dir := os.Getenv("SQLSCOPE_CORPORA")
	if dir == "" {
		t.Skip("SQLSCOPE_CORPORA is not set: it names a folder with migrations written by others; CI sets it")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("SQLSCOPE_CORPORA: %v", err)
	}
	return os.DirFS(dir)
}

// known are directories that others keep to test what is refused.
var known = map[string][]string{
	"tern/migrate/testdata/duplicate": {"002_create_t2.sql", "002_duplicate.sql", "same version, 2"},
	"tern/migrate/testdata/gap":       {"003_irreversible.sql", "version 2 is missing"},
	"tern/migrate/testdata/sample":    {"006_sprig.sql", `function "sub" not defined`, "TemplateFuncs"},
}

// TestEveryDirectoryOfOthersLoadsAndSplits reads every directory that has migrations, in
// both directions, and every statement of it.
func TestEveryDirectoryOfOthersLoadsAndSplits(t *testing.T) {
	fsys := corpora(t)
	read := 0
	for dir, format := range directories(t, fsys) {
		o := source.Options{Dir: dir, Format: format, Dialect: dialectIn(dir),
			Variables: map[string]string{"prefix": "foo"}}
		err := readAll(fsys, o)
		words, bad := known[dir]
		switch {
		case bad && err == nil:
			t.Errorf("%s: loaded, and should have been refused with %q", dir, words)
		case !bad && err != nil:
			t.Errorf("%s: %v", dir, err)
		}
		for _, w := range words {
			if err != nil && !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", dir, err, w)
			}
		}
		read++
	}
	if read < 15 {
		t.Errorf("%d directories", read)
	}
	sample := source.Options{Dir: "tern/migrate/testdata/sample", Dialect: sqlsplit.Postgres,
		Variables:     map[string]string{"prefix": "foo"},
		TemplateFuncs: template.FuncMap{"sub": func(a, b int) int { return a - b }}}
	if err := readAll(fsys, sample); err != nil {
		t.Errorf("with the function that is missing: %v", err)
	}
}

// readAll loads a directory and reads its statements.
func readAll(fsys fs.FS, o source.Options) error {
	set, err := source.Load(fsys, o)
	if err != nil {
		return err
	}
	for _, m := range set.Migrations {
		for _, script := range []*source.Script{m.Up, m.Down} {
			if script == nil {
				continue
			}
			if _, err := script.Check(); err != nil {
				return err
			}
			for _, err := range script.Statements() {
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// directories are those with numbered SQL files, and their formats where nothing in
// them tells.
func directories(t *testing.T, fsys fs.FS) map[string]source.Format {
	t.Helper()
	dirs := map[string]source.Format{}
	err := fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		dir := path.Dir(file)
		base := path.Base(file)
		golden := strings.Contains(base, "golden") || base == "input.sql" || strings.Contains(dir, "invalid")
		if err == nil && !d.IsDir() && strings.HasSuffix(base, ".sql") && !golden && path.Base(dir) != "shared" {
			dirs[dir] = source.Detect
			if strings.HasPrefix(dir, "tern/") {
				dirs[dir] = source.Tern
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// dialectIn finds a database's name in a path.
func dialectIn(dir string) sqlsplit.Dialect {
	for part := range strings.SplitSeq(dir, "/") {
		if d := sqlsplit.DialectOf(part); d != sqlsplit.Generic {
			return d
		}
	}
	return sqlsplit.Postgres
}

// TestGooseFilesGiveTheStatementsThatGooseExpects compares with goose's own lists. Where
// a block, or a line, holds several statements, goose has one; so what is compared is the
// tokens of each, and that no statement is in two of goose's.
func TestGooseFilesGiveTheStatementsThatGooseExpects(t *testing.T) {
	fsys := corpora(t)
	inputs, err := fs.Glob(fsys, "goose/internal/sqlparser/testdata/*/*/input.sql")
	if err != nil || len(inputs) < 12 {
		t.Fatalf("%d inputs, %v", len(inputs), err)
	}
	environment := map[string]string{"GOOSE_ENV_REGION": "us_east_", "GOOSE_ENV_NAME": "foo",
		"GOOSE_ENV_SET_BUT_EMPTY_VALUE": "", "SET_BUT_EMPTY_VALUE": ""}
	for _, input := range inputs {
		t.Run(path.Base(path.Dir(input)), func(t *testing.T) {
			text := readFile(t, fsys, input)
			d := sqlsplit.Postgres
			if strings.Contains(text, "`") {
				d = sqlsplit.MySQL
			}
			set := load(t, dir("1_input.sql", text), source.Options{Dialect: d, Format: source.Goose, Variables: environment})
			m := set.Migrations[0]
			compareGolden(t, fsys, path.Dir(input)+"/*.up.golden.sql", m.Up, d)
			if downs, _ := fs.Glob(fsys, path.Dir(input)+"/*.down.golden.sql"); len(downs) > 0 {
				compareGolden(t, fsys, path.Dir(input)+"/*.down.golden.sql", m.Down, d)
			}
		})
	}
}

func compareGolden(t *testing.T, fsys fs.FS, pattern string, s *source.Script, d sqlsplit.Dialect) {
	t.Helper()
	files, err := fs.Glob(fsys, pattern)
	if err != nil {
		t.Fatal(err)
	}
	var ours [][]string
	for st, err := range s.Statements() {
		if err != nil {
			t.Fatal(err)
		}
		ours = append(ours, words(st.SQL, d))
	}
	for _, file := range files {
		want := words(readFile(t, fsys, file), d)
		var got []string
		for len(ours) > 0 && len(got) < len(want) {
			got = append(got, ours[0]...)
			ours = ours[1:]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s\n got %q\nwant %q", file, got, want)
		}
	}
	if len(ours) > 0 {
		t.Errorf("statements that goose does not have: %q", ours)
	}
}

// words are a text's tokens without semicolons. Lines that are nothing but an
// annotation inside a body stay as empty lines, and goose takes them out.
func words(text string, d sqlsplit.Dialect) []string {
	var all []string
	for i := 0; i < len(text); {
		tok := lexer.Next(text, i, d.Lexical())
		if s := tok.Text(text); !tok.Blank() && s != ";" || strings.HasPrefix(s, "/*!") {
			all = append(all, strings.ReplaceAll(s, "\n\n", "\n"))
		}
		i = tok.End
	}
	return all
}

func readFile(t *testing.T, fsys fs.FS, file string) string {
	t.Helper()
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
