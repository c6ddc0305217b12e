package lint_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sqlscope/sqlscope/migrate/lint"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// find returns the findings of a script, and their rules.
func find(t *testing.T, text string, d sqlsplit.Dialect, opts ...lint.Options) (found []lint.Finding, ids []string) {
	t.Helper()
	set, err := source.Load(fstest.MapFS{"1.sql": {Data: []byte(text)}}, source.Options{Dialect: d, Format: source.Plain})
	if err != nil {
		t.Fatal(err)
	}
	found, err = lint.Set(set, opts...)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		ids = append(ids, f.Rule)
	}
	return found, ids
}

func TestEachRuleFindsItsBadExampleAndNotItsGoodOne(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range lint.Rules() {
		if seen[r.ID] || r.Title == "" || r.Reason == "" || r.Safe == "" {
			t.Errorf("%s: not unique, or not documented", r.ID)
		}
		seen[r.ID] = true
		for _, d := range dialectsOf(r) {
			if _, ids := find(t, r.Bad, d); !slices.Contains(ids, r.ID) {
				t.Errorf("%s, %s: finds %q in the bad example", r.ID, d, ids)
			}
			if _, ids := find(t, r.Good, d); slices.Contains(ids, r.ID) {
				t.Errorf("%s, %s: finds something in the good example", r.ID, d)
			}
		}
	}
	if len(seen) < 12 {
		t.Errorf("%d rules", len(seen))
	}
}

// dialectsOf are those that a rule's examples are written for.
func dialectsOf(r lint.Rule) []sqlsplit.Dialect {
	switch {
	case len(r.Dialects) == 0:
		return []sqlsplit.Dialect{sqlsplit.Generic, sqlsplit.Postgres, sqlsplit.MySQL, sqlsplit.SQLite}
	case slices.Contains(r.Dialects, sqlsplit.Postgres):
		return []sqlsplit.Dialect{sqlsplit.Postgres}
	}
	return r.Dialects
}

func TestFindingsSayWhere(t *testing.T) {
	found, _ := find(t, "CREATE TABLE a (id int);\n\nALTER TABLE b\n  ADD COLUMN x int,\n  /* ü */ DROP COLUMN c;",
		sqlsplit.Postgres, lint.Options{LockTimeout: true})
	if len(found) != 1 {
		t.Fatalf("found %v", found)
	}
	f := found[0]
	if f.File != "1.sql" || f.Line != 5 || f.Column != 11 || f.Statement != 2 || f.Rule != "drop-column" {
		t.Errorf("found %+v", f)
	}
	if s := f.String(); !strings.HasPrefix(s, "1.sql:5:11: drop-column: drops the column c of b: ") {
		t.Error(s)
	}
}

func TestWhatMigrationsDoSafelyIsNotFound(t *testing.T) {
	for text, d := range map[string]sqlsplit.Dialect{
		"SELECT 'ALTER TABLE a DROP COLUMN b'; -- DROP TABLE c":                             sqlsplit.Postgres,
		"CREATE TABLE a (b int); ALTER TABLE a ADD CHECK (b > 0); CREATE INDEX ON a (b)":    sqlsplit.Postgres,
		"create table if not exists s.\"A\" (b int); alter table s.\"A\" drop column b":     sqlsplit.Postgres,
		"CREATE TABLE a (b int); UPDATE a SET b = 1; DROP TABLE a":                          sqlsplit.MySQL,
		"ALTER TABLE a VALIDATE CONSTRAINT c":                                               sqlsplit.Postgres,
		"SET lock_timeout = 1; ALTER TABLE a ALTER COLUMN b SET DEFAULT 1":                  sqlsplit.Postgres,
		"SET lock_timeout = 1; ALTER TABLE a ALTER b DROP NOT NULL, DROP CONSTRAINT c":      sqlsplit.Postgres,
		"SET lock_timeout = 1; ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 1":           sqlsplit.Postgres,
		"SET lock_timeout = 1; ALTER TABLE a ADD COLUMN b int GENERATED ALWAYS AS IDENTITY": sqlsplit.MySQL,
		"SET lock_timeout = 1; ALTER TABLE a RENAME CONSTRAINT b TO c":                      sqlsplit.Postgres,
		"INSERT INTO a VALUES ('UPDATE b')":                                                 sqlsplit.SQLite,
		"CREATE FUNCTION f() RETURNS void AS $$ BEGIN COMMIT; END $$ LANGUAGE plpgsql":      sqlsplit.Postgres,
	} {
		if found, _ := find(t, text, d); len(found) > 0 {
			t.Errorf("%q: %v", text, found)
		}
	}
}

func TestCommentsSuppressRules(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"DROP TABLE a", "drop-table"},
		{"-- lint:ignore drop-table: it is old\nDROP TABLE a", ""},
		{"DROP TABLE a; -- lint:ignore drop-table", ""},
		{"DROP /* lint:ignore drop-table */ TABLE a", ""},
		{"/* lint:ignore drop-table */ DROP TABLE a; DROP TABLE b", "drop-table"},
		{"-- lint:ignore drop-column, drop-table\nDROP TABLE a", ""},
		{"-- lint:ignore all: really\nDROP TABLE a", ""},
		{"-- lint:ignore drop-tables\nDROP TABLE a", "unknown-rule drop-table"},
		{"SELECT '-- lint:ignore drop-table'; DROP TABLE a", "drop-table"},
	} {
		_, ids := find(t, c.text, sqlsplit.MySQL)
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%q: found %q, want %q", c.text, got, c.want)
		}
	}
	if _, ids := find(t, "DROP TABLE a", sqlsplit.MySQL, lint.Options{Ignore: []string{"drop-table"}}); ids != nil {
		t.Errorf("Options.Ignore: found %q", ids)
	}
	if err := (&lint.Options{Ignore: []string{"x"}}).Validate(); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("Validate: %v", err)
	}
}
