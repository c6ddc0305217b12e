package migratecli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/migrate/migratecli"
)

var allDrivers = []drivers.Driver{postgres.Driver, mysql.Driver, sqlite.Driver}

// desk is where somebody types commands: a directory with migrations, and a
// database.
type desk struct {
	testing.TB
	dir string
	env map[string]string
	app migratecli.App
	bin string // the program, once it has been built
}

// newDesk has an empty database of SQLite.
func newDesk(t testing.TB, files ...string) *desk {
	t.Helper()
	d := &desk{TB: t, dir: t.TempDir(), env: map[string]string{}, app: migratecli.App{Drivers: allDrivers}}
	d.env["DATABASE_URL"] = "sqlite:///" + filepath.Join(t.TempDir(), "desk.db")
	d.env["SQLSCOPE_DIR"] = d.dir
	d.env["SQLSCOPE_APPLIED_BY"] = "tester"
	d.write(files...)
	return d
}

// write writes files: name, text, name, text, ….
func (d *desk) write(pairs ...string) {
	d.Helper()
	for i := 0; i < len(pairs); i += 2 {
		path := filepath.Join(d.dir, pairs[i])
		noErr(d, os.MkdirAll(filepath.Dir(path), 0o700))
		noErr(d, os.WriteFile(path, []byte(pairs[i+1]), 0o600))
	}
}

// outcome is what came of a command.
type outcome struct {
	testing.TB
	code     migratecli.Code
	out, err string
}

// run types a command.
func (d *desk) run(line string) *outcome {
	d.Helper()
	var out, errs bytes.Buffer
	code := d.app.Run(d.Context(), append([]string{"sqlscope"}, strings.Fields(line)...), migratecli.Stdio{
		In: strings.NewReader(""), Out: &out, Err: &errs, Getenv: func(name string) string { return d.env[name] }})
	return &outcome{TB: d.TB, code: code, out: out.String(), err: errs.String()}
}

// want types a command that has to end with a code.
func (d *desk) want(code migratecli.Code, line string) *outcome {
	d.Helper()
	o := d.run(line)
	if o.code != code {
		d.Errorf("%s: code %d, want %d\n%s%s", line, o.code, code, o.out, o.err)
	}
	return o
}

// says checks what is in the output.
func (o *outcome) says(parts ...string) *outcome {
	o.Helper()
	for _, part := range parts {
		if !strings.Contains(o.out, part) {
			o.Errorf("%q is not in the output:\n%s", part, o.out)
		}
	}
	return o
}

// complains checks what is in the messages.
func (o *outcome) complains(parts ...string) *outcome {
	o.Helper()
	for _, part := range parts {
		if !strings.Contains(o.err, part) {
			o.Errorf("%q is not in the messages:\n%s", part, o.err)
		}
	}
	return o
}

// document is what --json writes, with the part of each command as T.
type document[T any] struct {
	Command  string
	ExitCode int `json:"exit_code"`
	Outcome  string
	Database *struct{ Driver, Address string }
	Data     T
	Error    *struct {
		Message, Kind, Code string
		Migration           *struct {
			File                        string
			Statement, Line, Column     int
			RolledBack                  bool `json:"rolled_back"`
			Version, Name, Source, Code string
		}
		Problems []struct{ Kind, Message string }
	}
}

// parse decodes the whole output as one document.
func parse[T any](o *outcome) *document[T] {
	o.Helper()
	d := &document[T]{}
	dec := json.NewDecoder(strings.NewReader(o.out))
	noErr(o, dec.Decode(d))
	if dec.More() {
		o.Errorf("there is more than one document: %s", o.out)
	}
	equal(o, "exit code in the document", d.ExitCode, int(o.code))
	return d
}

func noErr(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[V comparable](t testing.TB, what string, got, want V) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// table is a migration that makes one, and its way back.
func table(name string) string {
	return "CREATE TABLE " + name + " (id INTEGER);\n-- sqlscope: down\nDROP TABLE " + name + ";\n"
}
