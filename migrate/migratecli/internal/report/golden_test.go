package report_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/lint"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/report"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
	"github.com/sqlscope/sqlscope/session"
)

// screens are those that every report is looked at on.
var screens = map[string]term.Screen{
	"60":       {Width: 60, Terminal: true, Unicode: true},
	"60color":  {Width: 60, Terminal: true, Unicode: true, Color: true},
	"140":      {Width: 140, Terminal: true, Unicode: true},
	"140color": {Width: 140, Terminal: true, Unicode: true, Color: true},
	"60ascii":  {Width: 60, Terminal: true},
	"file":     {},
}

// golden compares what is written with testdata/NAME.txt, which holds it for each
// screen. With SQLSCOPE_UPDATE=1 it writes the file.
func golden(t *testing.T, name string, write func(s *term.Screen)) {
	t.Helper()
	var all strings.Builder
	for _, kind := range []string{"60", "60color", "140", "140color", "60ascii", "file"} {
		var out bytes.Buffer
		s := screens[kind]
		s.W = &out
		write(&s)
		checkWidth(t, kind, &s, out.String())
		fmt.Fprintf(&all, "=== %s\n%s", kind, strings.ReplaceAll(out.String(), "\x1b", "␛"))
	}
	path := filepath.Join("testdata", name+".txt")
	if os.Getenv("SQLSCOPE_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(all.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != all.String() {
		t.Errorf("%s: it is not what %s has; SQLSCOPE_UPDATE=1 writes it anew. It is now:\n%s", name, path, &all)
	}
}

// checkWidth checks what holds on every screen: no line is too long, unless it is a
// single word, and there are no colours where there are none.
func checkWidth(t *testing.T, kind string, s *term.Screen, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		words := strings.TrimLeft(sgr.ReplaceAllString(line, ""), " ✗x")
		if s.Width > 0 && term.Cells(line) > s.Width && strings.Contains(words, " ") {
			t.Errorf("%s: %d cells: %s", kind, term.Cells(line), line)
		}
		if strings.HasSuffix(line, " ") {
			t.Errorf("%s: blanks at the end of %q", kind, line)
		}
	}
	if strings.Contains(text, "\x1b[") != s.Color {
		t.Errorf("%s: colours: %v, want %v", kind, !s.Color, s.Color)
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

var now = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

func record(version, name string, ago, took time.Duration) *migrate.Record {
	return &migrate.Record{Source: "main", Version: "1", Name: name, Kind: migrate.KindUp, Started: now.Add(-ago),
		Duration: took, AppliedBy: "deploy@worker-17.example pid 4711", StatementsDone: 3, Statements: 3,
		Outcome: migrate.Done}
}

const longName = "orders_of_customers_with_a_name_that_is_rather_long"

func TestTheStatus(t *testing.T) {
	st := &migrate.Status{Database: "db", Pending: 3, Entries: []migrate.Entry{
		{Source: "main", Version: "20250101090000", Name: "customers", State: migrate.StateApplied,
			Record: record("1", "customers", 30*24*time.Hour, 12*time.Millisecond)},
		{Source: "main", Version: "20250102090000", Name: longName, State: migrate.StateEdited,
			Record: record("2", longName, time.Hour, 93*time.Second)},
		{Source: "main", Version: "20250103090000", Name: "größe_des_注文", State: migrate.StateRunning},
		{Source: "main", Version: "20250104090000", Name: "half", State: migrate.StateHalfDone},
		{Source: "main", Version: "20250105090000", Name: "late", State: migrate.StatePending},
		{Source: "main", Name: "report", State: migrate.StatePending, Repeatable: true}},
		Running: []migrate.InProgress{{Source: "main", Version: "20250103090000", Statement: 2, Statements: 4,
			By: "deploy@worker-17.example pid 4711, connection or process 365"}},
		Problems: []migrate.Problem{
			{Kind: migrate.Edited, Fatal: true, Message: "20250102090000_" + longName + ".sql (version 20250102090000) " +
				"was edited after it was applied; undo the edit, or accept it"},
			{Kind: migrate.AheadOfBinary, Message: "the database has version 20260101000000 (next), and this program " +
				"knows none above it"}}}
	golden(t, "status", func(s *term.Screen) { report.Status(s, st, now) })
	golden(t, "status-empty", func(s *term.Screen) {
		fmt.Fprint(s.W, s.Paint(term.Dim, "colour\n"))
		report.Status(s, &migrate.Status{}, now)
	})
}

func TestTheStatusOfSeveralSourcesNamesThem(t *testing.T) {
	st := &migrate.Status{Entries: []migrate.Entry{
		{Source: "app", Version: "1", Name: "a", State: migrate.StateApplied, Record: record("1", "a", 0, 0)},
		{Source: "library", Version: "1", Name: "b", State: migrate.StatePending}}}
	golden(t, "status-sources", func(s *term.Screen) { report.Status(s, st, now) })
}

func TestTheHistory(t *testing.T) {
	failed := record("2", longName, time.Hour, 93*time.Second)
	failed.Outcome, failed.StatementsDone, failed.Kind = migrate.Failed, 1, migrate.KindDown
	golden(t, "history", func(s *term.Screen) {
		report.History(s, []migrate.Record{*record("1", "customers", 30*24*time.Hour, 0), *failed}, now)
	})
}

const bad = "CREATE TABLE totals (\n  id bigint PRIMARY KEY,\n\tsum numeric(12,2) NOT NUL,\n  currency text\n);"

// failing is an error of a file as the runner gives it.
func failing(position int) (*migrate.Error, report.Files) {
	e := &migrate.Error{Source: "main", Version: "4", Name: "totals", Kind: migrate.KindUp, File: "4_totals.sql",
		Statement: 2, Statements: 3, Line: 2, Column: 1, SQL: bad, Code: "42601", RolledBack: true,
		Err: &session.Error{Kind: session.KindSyntax, Op: "exec", Code: "42601", Position: position,
			Message: `syntax error at or near "NUL"`, Err: errors.New("raw")}}
	if position > 0 {
		e.Line, e.Column = 4, 24
	}
	return e, report.Files{Dirs: map[string]string{"main": "db/migrations"}, Sources: []migrate.Source{{Name: "main",
		FS: fstest.MapFS{"4_totals.sql": {Data: []byte("-- What was paid.\n" + bad + "\n")}}}}}
}

func TestAFailureWithThePlaceThatTheServerNames(t *testing.T) {
	e, files := failing(66)
	golden(t, "failure", func(s *term.Screen) {
		report.Failure(s, e, files)
		report.Remains(s, &migrate.Result{Failed: &migrate.Step{Version: "4", Name: "totals"},
			Applied: []migrate.Applied{{Step: migrate.Step{Version: "2", Name: "orders"}},
				{Step: migrate.Step{Version: "3", Name: longName}}},
			NotTried: []migrate.Step{{Version: "5", Name: "five"}, {Name: "report", Kind: migrate.KindRepeatable}}})
	})
}

func TestAFailureWithoutAPlaceShowsTheStatement(t *testing.T) {
	e, files := failing(0)
	e.RolledBack, e.Done = false, 1
	golden(t, "failure-statement", func(s *term.Screen) { report.Failure(s, e, files) })
}

func TestTheExcerptOfALongLineIsTheBeginningOfTheTrouble(t *testing.T) {
	e, files := failing(900)
	e.Line, e.Column = 1, 901
	files.Sources[0].FS = fstest.MapFS{"4_totals.sql": {Data: []byte(strings.Repeat("INSERT 注; ", 100) + "FROM here" +
		strings.Repeat(" x", 500000))}}
	golden(t, "failure-long-line", func(s *term.Screen) { report.Failure(s, e, files) })
}

func TestAStopIsNotCalledAFailure(t *testing.T) {
	e, files := failing(0)
	e.Err = context.Canceled
	golden(t, "stopped", func(s *term.Screen) {
		report.Failure(s, &report.Stopped{Why: "ended by SIGTERM", Err: e}, files)
		report.Failure(s, &report.Stopped{Why: "ended by SIGTERM", Err: errors.New("session: waiting")}, files)
	})
}

func TestManyNamesAreShortened(t *testing.T) {
	var r migrate.Result
	for i := range 1000 {
		r.NotTried = append(r.NotTried, migrate.Step{Version: "1", Name: fmt.Sprint("m", i)})
	}
	golden(t, "remains", func(s *term.Screen) { report.Remains(s, &r) })
}

func TestTheFindingsOfLint(t *testing.T) {
	f := lint.Finding{Rule: "drop-table", File: "db/migrations/7_drop.sql", Line: 3, Column: 1, Statement: 1,
		Message: "drops the table q", Reason: "the data is gone, and the version of the program that still runs may use it",
		Safe: "Release a program that does not use the table, then drop it and say so with lint:ignore."}
	golden(t, "lint", func(s *term.Screen) { report.Findings(s, []lint.Finding{f, f}) })
}

func TestTheDoctor(t *testing.T) {
	x := &session.Examination{Product: "PostgreSQL", Version: "15.18 (Debian)", Facts: []drivers.Fact{
		{Name: "search_path", Value: `"$user", public`}, {Name: "lock_timeout", Value: "0 ms"}},
		Findings: []drivers.Finding{
			{Severity: drivers.Problem, Subject: "pooler", What: "connections are shared between transactions by a pooler",
				Why: "what a session sets is seen by others", Do: "connect to the server itself for migrations"},
			{Severity: drivers.Warning, Subject: "fsync", What: "it is off", Why: "a crash loses data", Do: "turn it on"},
			{Severity: drivers.Note, Subject: "tls", What: "it is off", Why: "others can read", Do: "use it"}}}
	able := report.Capabilities(&drivers.Description{Capabilities: drivers.Capabilities{Savepoints: true,
		Isolation: []drivers.Isolation{drivers.ReadCommitted, drivers.RepeatableRead, drivers.Serializable},
		Locks:     drivers.Locks{Conn: true, Tx: true}, MaxArgs: 65535}})
	golden(t, "doctor", func(s *term.Screen) { report.Doctor(s, "postgres db.example/shop", x, able) })
}
