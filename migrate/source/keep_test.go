package source_test

import (
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// counted counts how often files are opened.
type counted struct {
	fs.FS
	opened atomic.Int64
}

func (c *counted) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".sql") {
		c.opened.Add(1)
	}
	return c.FS.Open(name)
}

// openedAfterCheck is how often a script's file is opened by two loops over its
// statements, which must see the same as one before the check.
func openedAfterCheck(t *testing.T, text string) int64 {
	t.Helper()
	files := &counted{FS: dir("1_a.sql", text)}
	up := load(t, files, source.Options{Format: source.Plain, Dialect: sqlsplit.Postgres}).Migrations[0].Up
	before := statements(t, up)
	if _, err := up.Check(); err != nil {
		t.Fatal(err)
	}
	opened := files.opened.Load()
	for range 2 {
		if after := statements(t, up); after != before {
			t.Errorf("the check has made %q of %q", after, before)
		}
	}
	return files.opened.Load() - opened
}

func TestAShortScriptThatWasCheckedIsNotReadAgain(t *testing.T) {
	for _, text := range []string{
		"CREATE TABLE a (id INT); -- first\n-- second\nCREATE TABLE b (id INT);\n",
		"", "-- nothing\n",
	} {
		if n := openedAfterCheck(t, text); n != 0 {
			t.Errorf("%q was opened %d times more", text, n)
		}
	}
}

func TestALongScriptAndTheRowsOfACopyAreReadAnewByEachLoop(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("INSERT INTO a VALUES (1);\n", 1000),
		"SELECT '" + strings.Repeat("x", 3000) + "';\nSELECT 1;\n",
		"COPY a FROM STDIN;\n1\n\\.\nSELECT 1;\n",
	} {
		if n := openedAfterCheck(t, text); n != 2 {
			t.Errorf("%.40q… was opened %d times by two loops", text, n)
		}
	}
}
