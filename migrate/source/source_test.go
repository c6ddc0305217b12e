package source_test

import (
	"context"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

func nothing(context.Context, session.Querier) error { return nil }

func TestBehaviours31And32ByteOrderMarksAndLineEndsMakeNoDifference(t *testing.T) {
	for format, text := range map[string]string{
		"1_plain.sql": "-- sqlscope: no transaction\n-- sqlscope: variables V\ncreate ${V};\n-- sqlscope: down\nb\n",
		"1_goose.sql": "-- +goose NO TRANSACTION\n-- +goose Up\n-- +goose StatementBegin\na;\n" +
			"-- +goose StatementEnd\n-- +goose Down\nb;\n",
		"1_tern.sql":   "---- tern: disable-tx ----\na;\n---- create above / drop below ----\nb;\n",
		"1_dbmate.sql": "-- migrate:up transaction:false\na;\n-- migrate:down\nb;\n",
	} {
		o := source.Options{Variables: map[string]string{"V": "x"}}
		lf := load(t, dir(format, text), o)
		other := "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n")
		crlf := load(t, dir(format, other), o)
		if want, got := describe(t, lf), describe(t, crlf); got != want || lf.Format != crlf.Format {
			t.Errorf("%s: %q with CR LF, %q with LF", format, got, want)
		}
		if lf.Migrations[0].Checksum != crlf.Migrations[0].Checksum {
			t.Errorf("%s: the checksum depends on line ends", format)
		}
		if !strings.Contains(describe(t, crlf), "(no transaction)") {
			t.Errorf("%s: the annotation is lost: %s", format, describe(t, crlf))
		}
	}
}

func TestTheChecksumIsThatOfTheWayUp(t *testing.T) {
	sum := func(text string) string {
		return load(t, dir("1.sql", text), source.Options{}).Migrations[0].Checksum
	}
	want := sum("a;\n\nb;\n")
	for _, same := range []string{"a;\n\nb;", "a;\n\nb;\n\n \n", "a;\n\nb;\n-- sqlscope: down\nc;",
		"-- sqlscope: up\na;\n\nb;\n"} {
		if sum(same) != want {
			t.Errorf("%q has another checksum", same)
		}
	}
	for _, other := range []string{"a;\nb;\n", "a;\n\nb; ", "b;\n\na;"} {
		if sum(other) == want {
			t.Errorf("%q has the same checksum", other)
		}
	}
}

func TestBehaviour33EmptyFilesAreMigrationsWithoutStatements(t *testing.T) {
	set := load(t, dir("1_empty.sql", "", "2_comment.sql", "-- nothing\n/* here */"), source.Options{})
	for _, m := range set.Migrations {
		if sum, err := m.Up.Check(); err != nil || sum.Statements != 0 {
			t.Errorf("%s: %+v, %v", m.Name, sum, err)
		}
	}
}

func TestBehaviours6And7WhatCannotRunInATransactionIsRefusedBeforeItRuns(t *testing.T) {
	for _, c := range []struct {
		name, text  string
		transaction bool
		words       []string
	}{
		{"in step", "create table t (a int); insert into t values (1)", true, nil},
		{"commit", "a;\ncommit;\nb", true, []string{"1.sql:2:1: ", `"commit" begins or ends`, "-- sqlscope: no transaction"}},
		{"begin", "begin; a; commit;", true, []string{"1.sql:1:1: "}},
		{"rollback", "a; rollback", true, []string{"1.sql:1:4: "}},
		{"in a body", "create function f() as $$ begin commit; end $$; do 'begin; commit;'", true, nil},
		{"savepoint", "savepoint s; a; rollback to s", true, nil},
		{"index alone", "set lock_timeout = '1s'; create index concurrently i on t (a)", false, nil},
		{"index with others", "create table t (a int);\n\n create index concurrently i on t (a)", true,
			[]string{"1.sql:3:2: ", "create index concurrently i on …", "line 1", "migration of its own"}},
		{"index with others outside",
			"-- sqlscope: no transaction\ncreate table t (a int); create index concurrently i on t (a)",
			false, nil},
		{"commit outside", "-- sqlscope: no transaction\nbegin; a; commit", false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := load(t, dir("1.sql", c.text), source.Options{Dialect: sqlsplit.Postgres})
			sum, err := set.Migrations[0].Up.Check()
			if err == nil && sum.Transaction != c.transaction {
				t.Errorf("transaction: %t", sum.Transaction)
			}
			if (err != nil) != (c.words != nil) {
				t.Fatalf("error %v, want %q", err, c.words)
			}
			for _, w := range c.words {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
		})
	}
}

func TestLocksThatKeepTheJournalOutAreRefused(t *testing.T) {
	set := load(t, dir("1.sql", "a;\nLOCK TABLES `t` WRITE;\nb;\nUNLOCK TABLES;"), source.Options{Dialect: sqlsplit.MySQL})
	_, err := set.Migrations[0].Up.Check()
	if err == nil || !strings.HasPrefix(err.Error(), "1.sql:2:1: ") || !strings.Contains(err.Error(), "--skip-add-locks") {
		t.Errorf("error %v", err)
	}
}

func TestFilesThatAreSentAsTheyAreMayBeginAndCommit(t *testing.T) {
	for text, want := range map[string]struct {
		transaction bool
		statements  int
	}{
		"begin; a; b; commit;":                   {true, 2},
		"a; begin; b; commit;":                   {false, 4},
		"begin; a; commit; begin; b; commit;":    {false, 6},
		"create index concurrently i on t (a)":   {false, 1},
		"a; create index concurrently i on t(a)": {false, 2},
	} {
		set := load(t, dir("1_a.up.sql", text), source.Options{Dialect: sqlsplit.Postgres})
		script := set.Migrations[0].Up
		sum, err := script.Check()
		if err != nil || sum.Transaction != want.transaction || sum.Statements != want.statements {
			t.Errorf("%q: %+v, %v", text, sum, err)
		}
		n := 0
		for st, err := range script.Statements() {
			if n++; err != nil || st.Number != n {
				t.Errorf("%q: statement %d has number %d, %v", text, n, st.Number, err)
			}
		}
		if n != want.statements {
			t.Errorf("%q: %d statements", text, n)
		}
	}
}

func TestVersionsAreOrderedAsNumbers(t *testing.T) {
	set := load(t, dir("10_c.sql", "", "9_b.sql", "", "20240131120000_d.sql", "",
		"00000000000000000000000000001_a.sql", ""),
		source.Options{Go: []source.Go{{Version: "9.5", Name: "go", Up: nothing}}})
	var names []string
	for _, m := range set.Migrations {
		names = append(names, m.Name)
	}
	if got := strings.Join(names, " "); got != "a b go c d" {
		t.Errorf("order: %s", got)
	}
	for _, bad := range []string{"", "x", "1..2", "1_"} {
		if v, err := source.ParseVersion(bad); err == nil {
			t.Errorf("%q is version %s", bad, v)
		}
	}
}

func TestErrorsInStatementsNameTheFileAndTheLineOfTheFile(t *testing.T) {
	set := load(t, dir("1_a.sql", "-- +goose Up\na;\n-- +goose Down\nb;\n'c;"), source.Options{})
	_, err := set.Migrations[0].Down.Check()
	if err == nil || !strings.HasPrefix(err.Error(), "1_a.sql:5:1: a literal begins here") {
		t.Errorf("error %v", err)
	}
}
