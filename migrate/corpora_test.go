package migrate_test

import (
	"database/sql/driver"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"text/template"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"

	modernc "modernc.org/sqlite"
)

// corpora are directories with the migrations of other projects. They are not part of
// this repository: SQLSCOPE_CORPORA names the folder that has them.
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

// corpus is a directory that runs on a database.
type corpus struct {
	dir    string
	kinds  string
	format source.Format
	// count is how many migrations there are.
	count int
	opts  source.Options
	// client turns a file into what the database's own client is given: the way up,
	// without anything that only the other tool understands.
	client func(t *testing.T, fsys fs.FS, file string) string
}

const authelia = "authelia/internal/storage/migrations/"

var corpusList = []corpus{
	{dir: "goose/testdata/migrations", kinds: "sqlite postgres mysql", format: source.Goose, count: 5,
		client: before("-- +goose down")},
	{dir: "goose/internal/testing/integration/testdata/migrations/postgres", kinds: "postgres", format: source.Goose,
		count: 6, client: before("-- +goose down")},
	{dir: "goose/internal/testing/integration/testdata/migrations/mysql", kinds: "mysql", format: source.Goose,
		count: 6, client: before("-- +goose down")},
	{dir: "goose/internal/sqlparser/testdata/valid-txn", kinds: "postgres", format: source.Goose, count: 3,
		client: before("-- +goose down")},
	{dir: "golang-migrate/database/postgres/examples/migrations", kinds: "postgres", format: source.GolangMigrate,
		count: 9, client: all},
	{dir: "golang-migrate/database/mysql/examples/migrations", kinds: "mysql", format: source.GolangMigrate, count: 1,
		client: all},
	{dir: "golang-migrate/database/sqlite3/examples/migrations", kinds: "sqlite", format: source.GolangMigrate, count: 2,
		client: all},
	{dir: "tern/migrate/testdata/sample", kinds: "postgres", format: source.Tern, count: 6, client: ternClient,
		opts: source.Options{Variables: map[string]string{"prefix": "foo"},
			TemplateFuncs: template.FuncMap{"sub": func(a, b int) int { return a - b }}}},
	{dir: "tern/migrate/testdata/noforward", kinds: "postgres", format: source.Tern, count: 1, client: ternClient},
	{dir: "tern/migrate/testdata/unsorted", kinds: "postgres", format: source.Tern, count: 10, client: ternClient,
		opts: source.Options{Format: source.Tern}},
	{dir: "dbmate/testdata/db/migrations", kinds: "postgres mysql sqlite", format: source.Dbmate, count: 2,
		client: before("-- migrate:down")},
	{dir: authelia + "postgres", kinds: "postgres", format: source.GolangMigrate, count: 26, client: all},
	{dir: authelia + "mysql", kinds: "mysql", format: source.GolangMigrate, count: 26, client: all},
	{dir: authelia + "sqlite", kinds: "sqlite", format: source.GolangMigrate, count: 26, client: all},
}

// all gives the client the whole file.
func all(t *testing.T, fsys fs.FS, file string) string {
	t.Helper()
	text, err := fs.ReadFile(fsys, file)
	noErr(t, err)
	return string(text)
}

// before gives the client what stands before a line, letter case aside.
func before(line string) func(*testing.T, fs.FS, string) string {
	return func(t *testing.T, fsys fs.FS, file string) string {
		text := all(t, fsys, file)
		if i := strings.Index(strings.ToLower(text), line); i >= 0 {
			text = text[:i]
		}
		return text
	}
}

// ternClient fills in the templates of the samples by hand.
func ternClient(t *testing.T, fsys fs.FS, file string) string {
	text := before("---- create above")(t, fsys, file)
	if strings.Contains(text, "{{ template") {
		text = all(t, fsys, path.Join(path.Dir(file), "shared", "v1_001.sql"))
	}
	return strings.NewReplacer("{{.prefix}}", "foo", "{{sub 43 1}}", "42").Replace(text)
}

// init registers the functions that Authelia registers with SQLite, and that its
// migrations use.
func init() {
	modernc.MustRegisterDeterministicScalarFunction("BIN2B64", 1,
		func(_ *modernc.FunctionContext, args []driver.Value) (driver.Value, error) {
			b, _ := args[0].([]byte)
			return base64.StdEncoding.EncodeToString(b), nil
		})
	modernc.MustRegisterDeterministicScalarFunction("B642BIN", 1,
		func(_ *modernc.FunctionContext, args []driver.Value) (driver.Value, error) {
			return base64.StdEncoding.DecodeString(fmt.Sprint(args[0]))
		})
}

// TestDirectoriesOfOthersRunAsTheyAre runs each directory unmodified, and compares the
// schema with the one that the database's own client makes of the same files.
func TestDirectoriesOfOthersRunAsTheyAre(t *testing.T) {
	fsys := corpora(t)
	for _, c := range corpusList {
		t.Run(strings.ReplaceAll(c.dir, "/", "."), func(t *testing.T) {
			onEach(t, c.kinds, func(t *testing.T, b *bed) {
				sub, err := fs.Sub(fsys, c.dir)
				noErr(t, err)
				m, err := migrate.New(b.engine, []migrate.Source{{FS: sub, Options: c.opts}}, quiet(migrate.Options{}))
				noErr(t, err)
				res, err := m.Up(t.Context())
				noErr(t, err)
				equal(t, "migrations applied", len(res.Applied), c.count)
				got := b.dump()
				other := newBed(t, b.kind)
				for _, mg := range loadCorpus(t, sub, c, b.kind).Migrations {
					other.client(c.client(t, sub, mg.Up.File))
				}
				if want := other.dump(); got != want {
					t.Errorf("the schema differs from what the client makes\n%s", difference(got, want))
				}
				if c.count > 1 && !strings.Contains(got, "(") && c.dir != "tern/migrate/testdata/unsorted" {
					t.Errorf("there is hardly a schema: %s", got)
				}
				again, err := m.Up(t.Context())
				noErr(t, err)
				equal(t, "migrations applied the second time", len(again.Applied), 0)
			})
		})
	}
}

func loadCorpus(t *testing.T, fsys fs.FS, c corpus, kind string) *source.Set {
	t.Helper()
	c.opts.Dialect = sqlsplit.DialectOf(kind)
	set, err := source.Load(fsys, c.opts)
	noErr(t, err)
	equal(t, "format", set.Format, c.format)
	equal(t, "migrations", len(set.Migrations), c.count)
	return set
}

// difference are the lines that only one of two texts has.
func difference(got, want string) string {
	have := map[string]int{}
	for line := range strings.SplitSeq(want, "\n") {
		have[line]--
	}
	for line := range strings.SplitSeq(got, "\n") {
		have[line]++
	}
	var out strings.Builder
	for line, n := range have {
		if n != 0 {
			fmt.Fprintf(&out, "%+d %s\n", n, line)
		}
	}
	return out.String()
}
