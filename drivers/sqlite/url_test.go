package sqlite

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestURLsNameAFileAsInSQLAlchemy(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"sqlite://":                         ":memory:",
		"sqlite:///":                        ":memory:",
		"sqlite://:memory:":                 ":memory:",
		"sqlite:///:memory:":                ":memory:",
		"SQLite:///app.db":                  filepath.Join(here, "app.db"),
		"sqlite:///data/app.db":             filepath.Join(here, "data/app.db"),
		"sqlite:////var/lib/app.db":         "/var/lib/app.db",
		"sqlite:////a%3Fb%23c%25d%20e.db":   "/a?b#c%d e.db",
		"sqlite:////with space/größe.db":    "/with space/größe.db",
		"sqlite:////app.db?mode=ro":         "/app.db",
		"sqlite:////app.db?":                "/app.db",
		"sqlite:////var/../app.db?mode=rwc": "/app.db",
	} {
		opts, err := parseURL(url)
		if err != nil || opts.address() != want {
			t.Errorf("%s: got %v, %v, want %s", url, opts, err, want)
		}
	}
}

func TestParametersAreRead(t *testing.T) {
	got, err := parseURL("sqlite:////app.db?busy_timeout=250&cache_size=-2000&foreign_keys=off" +
		"&journal_mode=delete&mode=rw&statement_cache=0&synchronous=full")
	want := &options{
		path: "/app.db", mode: "rw", busyTimeout: 250 * time.Millisecond, journalMode: "DELETE",
		synchronous: "FULL", cacheSize: -2000,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	got, err = parseURL("sqlite:////app.db?busy_timeout=1m30s")
	if err != nil || got.busyTimeout != 90*time.Second {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestWhatIsWrongWithAURLIsSaid(t *testing.T) {
	for url, want := range map[string]string{
		"postgres://host/db":                   "must begin with sqlite://",
		"sqlite:app.db":                        "must begin with sqlite://",
		"sqlite://app.db":                      "sqlite:///app.db",
		"sqlite:///a#b":                        "%23",
		"sqlite:///100%.db":                    "%25",
		"sqlite:///a%00b":                      "NUL",
		"sqlite:///a?timeout=5":                "known are busy_timeout, cache_size, foreign_keys",
		"sqlite:///a?mode=ro&mode=rw":          `"mode" is given 2 times`,
		"sqlite:///a?mode=memory":              "must be one of rwc, rw, ro",
		"sqlite:///a?busy_timeout=soon":        "must be a duration such as 500ms",
		"sqlite:///a?busy_timeout=-1s":         "must be a duration such as 500ms",
		"sqlite:///a?cache_size=lots":          "must be a number",
		"sqlite:///a?statement_cache=-1":       "must be a number between 0",
		"sqlite:///a?foreign_keys=perhaps":     "must be on or off",
		"sqlite:///a?journal_mode=wal2":        "must be one of WAL, DELETE",
		"sqlite:///a?synchronous=":             "must be one of NORMAL, OFF",
		"sqlite:///a?mode=ro;synchronous=FULL": "semicolon",
	} {
		if _, err := parseURL(url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", url, err, want)
		}
	}
}

func TestTheScannerTellsStatementsApart(t *testing.T) {
	for sql, want := range map[string]bool{
		"insert into t values (1)":                             true,
		"  -- a comment\n/* and ; another */REPLACE INTO t":    true,
		"WITH a AS (SELECT 1), b(x) AS (SELECT 2) INSERT INTO": true,
		"WITH RECURSIVE a AS (SELECT ')') UPDATE t":            false,
		`WITH "insert" AS (SELECT 1) SELECT * FROM "insert"`:   false,
		"WITH [insert] AS MATERIALIZED (SELECT 1) DELETE":      false,
		"EXPLAIN INSERT INTO t VALUES (1)":                     false,
		"CREATE TRIGGER x AFTER INSERT ON t":                   false,
		"":                                                     false,
		"-- nothing":                                           false,
		"/* not closed INSERT":                                 false,
	} {
		if got := isInsert(sql); got != want {
			t.Errorf("%q: inserts %v, want %v", sql, got, want)
		}
	}
	for sql, want := range map[string]string{
		"SELECT ';' ; -- the end;": "SELECT ';' ",
		"SELECT 1; ; /* ; */ ;":    "SELECT 1",
	} {
		if got, ok := onlyStatement(sql); !ok || got != want {
			t.Errorf("%q: got %q, %v", sql, got, ok)
		}
	}
	for _, sql := range []string{"SELECT 1; SELECT 2", "SELECT 1; 'x'", "SELECT 1"} {
		if got, ok := onlyStatement(sql); ok {
			t.Errorf("%q: got %q", sql, got)
		}
	}
}
