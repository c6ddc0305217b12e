package captable

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/session"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

var update = flag.Bool("update", false, "write README.md's columns")

const readme = "../../README.md"

// native are the columns that are checked here; the module of the ODBC driver
// checks its own.
var native = []struct {
	name, url string
	driver    drivers.Driver
}{
	{"SQLite", "sqlite://:memory:", sqlite.Driver},
	{"Postgres", "postgres://nobody@127.0.0.1:1/nothing", postgres.Driver},
	{"MySQL", "mysql://nobody@127.0.0.1:1/nothing", mysql.Driver},
	{"MariaDB", "mariadb://nobody@127.0.0.1:1/nothing", mysql.Driver},
}

func TestReadmeSaysWhatTheDriversDeclare(t *testing.T) {
	for _, n := range native {
		url := n.url
		if n.name == "SQLite" {
			url = "sqlite:///" + filepath.Join(t.TempDir(), "x.db") // a file is the usual
		}
		Check(t, readme, n.name, describe(t, url, n.driver), *update)
	}
}

// describe asks a driver without dialling.
func describe(t *testing.T, url string, driver drivers.Driver) *drivers.Description {
	e, err := session.Open(t.Context(), url, session.Options{}, driver)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close(context.Background())
	return e.Describe()
}

func TestReadmeHasNoColumnThatNobodyChecks(t *testing.T) {
	for _, name := range Names(t, readme) {
		known := strings.HasPrefix(name, "ODBC to ")
		for _, n := range native {
			known = known || n.name == name
		}
		if !known {
			t.Errorf("README.md has a column %q", name)
		}
	}
}

func TestEveryCapabilityHasARow(t *testing.T) {
	var shown []string
	for _, r := range rows {
		shown = append(shown, r.fields...)
	}
	for f := range reflect.TypeFor[drivers.Capabilities]().Fields() {
		if !slices.Contains(shown, f.Name) {
			t.Errorf("Capabilities.%s is in no row", f.Name)
		}
	}
}

// recorder notes that a check failed.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

func TestACellThatLiesIsFound(t *testing.T) {
	d := describe(t, "sqlite://:memory:", sqlite.Driver)
	file := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(file, []byte("before\n"+begin+end+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	Check(t, file, "A", d, true)
	Check(t, file, "B", d, true)
	Check(t, file, "A", d, true)
	Check(t, file, "B", d, false)
	for i := range rows {
		tab := read(t, file)
		tab.cells[i][1] = "a lie"
		lying := filepath.Join(t.TempDir(), "README.md")
		if err := os.WriteFile(lying, []byte(begin+tab.String()+end), 0o600); err != nil {
			t.Fatal(err)
		}
		r := &recorder{TB: t}
		Check(r, lying, "B", d, false)
		if !r.failed {
			t.Errorf("a lie about %s was not found", rows[i].label)
		}
	}
}
