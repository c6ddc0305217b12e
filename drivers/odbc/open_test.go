//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/odbc"
)

// TestHelper is what other tests run in a process of its own, with unixODBC's
// files of their making.
func TestHelper(t *testing.T) {
	url := os.Getenv("SQLSCOPE_ODBC_HELPER")
	if url == "" {
		t.Skip("only for the others")
	}
	p, err := odbc.Driver.Open(t.Context(), drivers.Config{URL: url, Pool: options()})
	if err != nil {
		fmt.Println("refused:", err)
		return
	}
	d := p.Describe()
	fmt.Println("driver:", d.Driver, "address:", d.Address, "opened:", p.Stats().Opened)
	t.Cleanup(func() { closePool(t, p) })
	mustRun(t, acquire(t, p), query("SELECT 1"))
}

// inProcess opens a URL with an odbcinst.ini and an odbc.ini.
func inProcess(t *testing.T, url, odbcinst, odbcini string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "odbcinst.ini"), []byte(odbcinst), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "odbc.ini"), []byte(odbcini), 0o600))
	self, err := os.Executable()
	must(t, err)
	cmd := osexec.CommandContext(t.Context(), self, "-test.run", "^TestHelper$", "-test.v")
	cmd.Env = append(os.Environ(), "ODBCSYSINI="+dir, "ODBCINI="+filepath.Join(dir, "odbc.ini"),
		"SQLSCOPE_ODBC_HELPER="+url)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// library is what SQLite's ODBC driver is called on this machine.
func library(t *testing.T) string {
	t.Helper()
	out, err := osexec.CommandContext(t.Context(), "odbcinst", "-q", "-d", "-n", sqliteDriver).Output()
	must(t, err)
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(line, "Driver="); ok {
			return strings.TrimSpace(name)
		}
	}
	t.Fatalf("odbcinst says %s", out)
	return ""
}

func TestADriverManagerThatPoolsIsRefusedWithTheReason(t *testing.T) {
	driver := "[Lite]\nDriver=" + library(t) + "\n"
	url := "odbc:Driver={Lite};Database=" + filepath.Join(t.TempDir(), "x.db")
	for name, test := range map[string]struct{ odbcinst, url, want string }{
		"on":              {"[ODBC]\nPooling=Yes\n" + driver + "CPTimeout=60\n", url, "refused: odbc: the driver manager"},
		"through a DSN":   {"[ODBC]\nPooling=1\n" + driver + "CPTimeout=60\n", "odbc:DSN=shop", "CPTimeout=60 in [Lite]"},
		"without timeout": {"[ODBC]\nPooling=Yes\n" + driver, url, "driver: odbc/sqlite"},
		"off":             {"[ODBC]\nPooling=No\n" + driver + "CPTimeout=60\n", url, "driver: odbc/sqlite"},
	} {
		t.Run(name, func(t *testing.T) {
			out := inProcess(t, test.url, test.odbcinst, "[shop]\nDriver=Lite\nDatabase="+t.TempDir()+"/y.db\n")
			if !strings.Contains(out, test.want) {
				t.Errorf("it says %s", out)
			}
		})
	}
}

// A driver whose name says nothing is asked for its database when the pool is
// opened.
func TestADatabaseThatIsNotToldByItsDriversNameIsAsked(t *testing.T) {
	dir := t.TempDir()
	real := library(t)
	if !filepath.IsAbs(real) {
		found, err := filepath.Glob("/usr/lib/*/odbc/" + real)
		must(t, err)
		if len(found) == 0 {
			t.Fatalf("no %s below /usr/lib", real)
		}
		real = found[0]
	}
	must(t, os.Symlink(real, filepath.Join(dir, "somedriver.so")))
	out := inProcess(t, "odbc:Driver=Some;Database="+dir+"/x.db", "[Some]\nDriver="+dir+"/somedriver.so\n", "")
	if !strings.Contains(out, "driver: odbc/sqlite") {
		t.Errorf("it says %s", out)
	}
}

func TestAFileMayBeADataSource(t *testing.T) {
	dir := t.TempDir()
	file, lite := filepath.Join(dir, "shop.dsn"), "[Lite]\nDriver="+library(t)+"\n"
	must(t, os.WriteFile(file, []byte("[ODBC]\nDRIVER=Lite\nDatabase="+dir+"/x.db\nTimeout=7\n"), 0o600))
	for url, database := range map[string]string{
		"odbc:FileDSN=" + file: "x.db",
		"odbc:Timeout=8;FILEDSN={" + file + "};Database=" + dir + "/y.db": "y.db",
	} {
		out := inProcess(t, url, lite, "")
		if _, err := os.Stat(filepath.Join(dir, database)); err != nil || !strings.Contains(out, database+" opened: 0") {
			t.Errorf("%s: %v, it says %s", url, err, out)
		}
	}
}

func TestWhatIsWrongIsSaidWhenThePoolIsOpened(t *testing.T) {
	before := odbc.Handles()
	for url, want := range map[string]string{
		"odbc:DSN=sqlscope_no_such":                                  "no data source \"sqlscope_no_such\"",
		"odbc:FILEDSN=/no/such.dsn;Pwd=secret":                       "file data source /no/such.dsn cannot be read",
		"odbc:Server=x;Pwd=secret":                                   "neither Driver=… nor DSN=…",
		"odbc:Driver={no such};Pwd=secret":                           "cannot be told by its ODBC driver's name",
		"odbc:Driver={PostgreSQL Unicode};Protocol=7.4-2;Pwd=secret": "it must be Protocol=7.4-0",
	} {
		_, err := odbc.Driver.Open(t.Context(), drivers.Config{URL: url, Pool: options()})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error %v", url, err)
		}
	}
	eventually(t, "no handle is left of pools that were not opened", func() bool { return odbc.Handles() == before })
}

func TestWithoutCgoOpenSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	cmd := osexec.CommandContext(t.Context(), "go", "build", "-o", program, "./testdata/nocgo")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := osexec.CommandContext(t.Context(), program).CombinedOutput()
	must(t, err)
	if got := string(out); !strings.Contains(got, "built without cgo") || strings.Count(got, "\n") != 1 {
		t.Errorf("it says %s", got)
	}
}
