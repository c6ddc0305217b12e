package source_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

func TestEachFormatIsFoundAndReadAsItIs(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		o     source.Options
		want  string
		is    source.Format
	}{
		{"plain", []string{"0001_users.sql", "create a;\n-- sqlscope: down\ndrop a;\n",
			"2_more.up.sql", "-- sqlscope: no transaction\ncreate b;", "2_more.down.sql", "drop b",
			"R_view.sql", "create view v", "10_last.sql", "-- sqlscope: up\nc"}, source.Options{},
			"1 users: create a / drop a\n2 more: create b (no transaction) / drop b\n10 last: c / none\n" +
				" view: create view v / none\n", source.Plain},
		{"plain with annotations in front", []string{"1_a.sql", "-- the first\n-- sqlscope: no transaction\n\n" +
			"-- sqlscope: up\na;\n-- sqlscope: down\nb;"}, source.Options{},
			"1 a: a (no transaction) / b\n", source.Plain},
		{"plain block", []string{"1.sql", "a;\n-- sqlscope: statement\nb; c;\n-- sqlscope: end\nd"}, source.Options{},
			"1 : a | b; c; | d / none\n", source.Plain},
		{"plain repeatable by annotation", []string{"1_x.sql", "-- sqlscope: repeatable\na"}, source.Options{},
			" x: a / none\n", source.Plain},
		{"variables", []string{"1.sql", "-- sqlscope: variables S, T\ncreate ${S}.a; do $$ ${T} $$; b"},
			source.Options{Variables: map[string]string{"S": "app", "T": "x"}, Dialect: sqlsplit.Postgres},
			"1 : create app.a | do $$ x $$ | b / none\n", source.Plain},
		{"variables are off", []string{"1.sql", "-- sqlscope: no variables\ncreate ${S}.a"}, source.Options{},
			"1 : create ${S}.a / none\n", source.Plain},
		{"pairs", []string{"V0001.Initial.up.sql", "a", "V0001.Initial.down.sql", "", "2_b.up.sql", "begin; c; commit;"},
			source.Options{Dialect: sqlsplit.Postgres}, "1 Initial: a / \n2 b: c / none\n", source.GolangMigrate},
		{"goose", []string{"00001_a.sql", "\n-- +goose UP\n-- +goose statementBegin\na; b\n-- +goose StatementEnd\nc;\n" +
			"-- +goose Down\nd", "00002_b.sql", "-- +goose NO TRANSACTION\n-- +goose Up\ne", "skip.sql", "x"},
			source.Options{Dialect: sqlsplit.Postgres}, "1 a: a | b | c / d\n2 b: e (no transaction) / none\n", source.Goose},
		{"goose where blocks are taken whole", []string{"1_a.sql",
			"-- +goose Up\n-- +goose StatementBegin\na; b\n-- +goose StatementEnd\nc;"}, source.Options{},
			"1 a: a; b | c / none\n", source.Goose},
		{"dbmate", []string{"20200101000000_a.sql", "-- comment\n-- migrate:up transaction:false\na;\n-- migrate:down\nb;\n" +
			"-- migrate:up transaction:false\nc;\n-- migrate:down\nd;"}, source.Options{},
			"20200101000000 a: a | c (no transaction) / b | d\n", source.Dbmate},
		{"tern", []string{"001_a.sql", "create {{.prefix}}_a;\n{{ template \"shared/x.sql\" . }}\n" +
			"---- create above / drop below ----\ndrop {{.prefix}}_a;", "shared/x.sql", "x {{.prefix}};",
			"002_b.sql", "---- tern: disable-tx ----\nb", "readme.sql", "no"},
			source.Options{Variables: map[string]string{"prefix": "p"}},
			"1 a: create p_a | x p / drop p_a\n2 b: b (no transaction) / none\n", source.Tern},
		{"flyway", []string{"V1_1__b_c.sql", "b ${x}", "sub/V1__a.sql", "a", "U1__a.sql", "undo a", "R__view.sql", "v",
			"B1__all.sql", "all", "V2__d.sql", "d ${x}", "V2__d.sql.conf",
			"executeInTransaction=false\nplaceholderReplacement=false\n"},
			source.Options{Variables: map[string]string{"x": "y"}},
			"1 all: all / none\n1 a: a / undo a\n1.1 b c: b y / none\n2 d: d ${x} (no transaction) / none\n view: v / none\n",
			source.Flyway},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := load(t, dir(c.files...), c.o)
			if got := describe(t, set); got != c.want || set.Format != c.is {
				t.Errorf("%s\n got %swant %s", set.Format, got, c.want)
			}
		})
	}
}

func TestWhatCannotBeReadIsRefusedByNameAndLine(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		o     source.Options
		words []string
	}{
		{"Behaviour35 two files of one version", []string{"001_a.sql", "a", "0001_b.sql", "b"}, source.Options{},
			[]string{"001_a.sql", "0001_b.sql", "same version, 1"}},
		{"Behaviour35 a file and a function", []string{"001_a.sql", "a"},
			source.Options{Go: []source.Go{{Version: "1", Name: "b", Up: nothing}}}, []string{"001_a.sql", "Go function 1 b"}},
		{"Behaviour44 undeclared", []string{"1.sql", "a;\nb ${NAME};"},
			source.Options{Variables: map[string]string{"NAME": "x"}}, []string{"1.sql:2: ", "${NAME} is not declared"}},
		{"Behaviour44 unset", []string{"1.sql", "-- sqlscope: variables NAME\nb ${NAME};"}, source.Options{},
			[]string{"1.sql", "NAME has no value"}},
		{"unknown annotation", []string{"1.sql", "a;\n-- sqlscope: no-transaction\n"}, source.Options{},
			[]string{"1.sql:2: ", `"no-transaction" is not an annotation`, "no transaction"}},
		{"file name", []string{"1.sql", "a", "users.sql", "b"}, source.Options{}, []string{"users.sql", "0001_name.sql"}},
		{"foreign annotation", []string{"1.sql", "-- migrate:down\n"}, source.Options{Format: source.Plain},
			[]string{"1.sql:1: ", "dbmate"}},
		{"annotation of sql-migrate", []string{"1.sql", "-- +migrate Up\na;\n-- +migrate Down\nb;"}, source.Options{},
			[]string{"1.sql:1: ", "sql-migrate", "-- sqlscope: down"}},
		{"directory above", []string{"db/migrations/1.sql", "a"}, source.Options{},
			[]string{"no migrations", `"db/migrations"`, "Options.Dir"}},
		{"two ups", []string{"1.sql", "a;\n-- sqlscope: up\nb"}, source.Options{},
			[]string{"1.sql:2: ", `a second "up"`, "line 1"}},
		{"two downs", []string{"1.sql", "a\n-- sqlscope: down\nb\n-- sqlscope: down\nc"}, source.Options{},
			[]string{"1.sql:4: ", `a second "down"`, "line 2"}},
		{"goose without up", []string{"1_a.sql", "-- +goose Up\na;", "2_b.sql", "b;"}, source.Options{},
			[]string{"2_b.sql", `text before "-- +goose Up"`}},
		{"goose annotation", []string{"1_a.sql", "-- +goose Up\n-- +goose StatmentBegin\n"}, source.Options{},
			[]string{"1_a.sql:2: ", "StatementBegin"}},
		{"goose open block", []string{"1_a.sql", "-- +goose Up\n-- +goose StatementBegin\na\n-- +goose Down\n"},
			source.Options{}, []string{"1_a.sql:4: ", "line 2", "not ended"}},
		{"goose code", []string{"1_a.sql", "-- +goose Up\na;", "00002_b.go", "package x"}, source.Options{},
			[]string{"00002_b.go", "Options.Go"}},
		{"dbmate parts that disagree", []string{"1_a.sql", "-- migrate:up\na;\n-- migrate:up transaction:false\nb;"},
			source.Options{}, []string{"1_a.sql:3: ", "line 1"}},
		{"tern gap", []string{"001_a.sql", "a", "003_b.sql", "b"}, source.Options{Format: source.Tern},
			[]string{"003_b.sql", "version 2 is missing"}},
		{"flyway callback", []string{"V1__a.sql", "a", "afterMigrate.sql", "b"}, source.Options{},
			[]string{"afterMigrate.sql", "callbacks"}},
		{"flyway configuration", []string{"V1__a.sql", "a", "V1__a.sql.conf", "encoding=latin1"}, source.Options{},
			[]string{"V1__a.sql.conf:1: ", "encoding=latin1"}},
		{"down alone", []string{"1_a.down.sql", "a"}, source.Options{}, []string{"1_a.down.sql", "no way up"}},
		{"nothing", []string{"readme.md", "a"}, source.Options{}, []string{"no migrations", "0001_name.sql"}},
		{"Behaviour31 UTF-16", []string{"1.sql", "\xff\xfea\x00;\x00"}, source.Options{}, []string{"1.sql", "UTF-16"}},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, dir(c.files...), c.o, c.words...) })
	}
}
