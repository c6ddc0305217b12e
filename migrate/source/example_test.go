package source_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing/fstest"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

func ExampleLoad() {
	fsys := fstest.MapFS{ // or an embed.FS, or os.DirFS
		"0001_users.sql": {Data: []byte("CREATE TABLE ${SCHEMA}.users (id int);\n" +
			"-- sqlscope: variables SCHEMA\n-- sqlscope: down\nDROP TABLE ${SCHEMA}.users;\n")},
		"0002_index.sql": {Data: []byte("CREATE INDEX CONCURRENTLY users_id ON app.users (id);")},
	}
	set, err := source.Load(fsys, source.Options{
		Dialect:   sqlsplit.Postgres,
		Variables: map[string]string{"SCHEMA": "app"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range set.Migrations {
		sum, err := m.Up.Check()
		fmt.Println(m.Version, m.Name, "transaction:", sum.Transaction, err)
		for st, err := range m.Up.Statements() {
			fmt.Println(" ", st.SQL, err)
		}
	}
	// Output:
	// 1 users transaction: true <nil>
	//   CREATE TABLE app.users (id int) <nil>
	// 2 index transaction: false <nil>
	//   CREATE INDEX CONCURRENTLY users_id ON app.users (id) <nil>
}

func ExampleLoad_errors() {
	fsys := fstest.MapFS{
		"001_a.sql":  {Data: []byte("SELECT 1;")},
		"0001_b.sql": {Data: []byte("SELECT 2;")},
		"002_c.sql":  {Data: []byte("SELECT 1;\nSELECT '${NAME}';")},
	}
	_, err := source.Load(fsys, source.Options{})
	fmt.Println(strings.ReplaceAll(strings.ReplaceAll(err.Error(), "; ", ";\n  "), ", or", ",\n  or"))
	// Output:
	// 001_a.sql: 0001_b.sql has the same version, 1;
	//   give one of them another
	// 002_c.sql:2: the variable ${NAME} is not declared;
	//   declare it with "-- sqlscope: variables NAME",
	//   or write "-- sqlscope: no variables" where ${ } has no meaning
}

func ExampleGo() {
	backfill := func(ctx context.Context, q session.Querier) error {
		_, err := session.Collect[int](ctx, q, "SELECT 1")
		return err
	}
	set, err := source.Load(fstest.MapFS{"1_users.sql": {Data: []byte("SELECT 1;")}}, source.Options{
		Go: []source.Go{{Version: "2", Name: "backfill", Up: backfill}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range set.Migrations {
		fmt.Println(m.Version, m.Name, m.Up.File, m.Up.Func != nil)
	}
	// Output:
	// 1 users 1_users.sql false
	// 2 backfill Go function 2 backfill true
}

func ExampleParseVersion() {
	for _, text := range []string{"0007", "20240131120000", "1_2", "1.0", "x"} {
		fmt.Println(source.ParseVersion(text))
	}
	// Output:
	// 7 <nil>
	// 20240131120000 <nil>
	// 1.2 <nil>
	// 1 <nil>
	//  source: "x" is not a version: it has to be a number, or numbers with dots between them
}

func ExampleVersion_Compare() {
	fmt.Println(source.Version("2").Compare("10") < 0, source.Version("1.10").Compare("1.2") > 0)
	// Output: true true
}

func ExampleParseFormat() {
	f, err := source.ParseFormat("Goose")
	fmt.Println(f, err)
	_, err = source.ParseFormat("liquibase")
	fmt.Println(err)
	// Output:
	// goose <nil>
	// source: no format "liquibase"; there are detect, plain, goose, golang-migrate, tern, dbmate, flyway
}

func ExampleFormat_String() {
	fmt.Println(source.GolangMigrate, source.Detect)
	// Output: golang-migrate detect
}

func ExampleKind_String() {
	fmt.Println(source.Versioned, source.Repeatable, source.Baseline)
	// Output: versioned repeatable baseline
}

func ExampleError() {
	set, err := source.Load(fstest.MapFS{"1_a.sql": {Data: []byte("SELECT 1;\nSELECT 'two")}}, source.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = set.Migrations[0].Up.Check()
	var e *source.Error
	fmt.Println(errors.As(err, &e), e.File, e.Line, e.Column, e.Err)
	// Output: true 1_a.sql 2 8 a literal begins here and is not closed
}

func ExampleScript_Check() {
	set, err := source.Load(fstest.MapFS{"1_a.sql": {Data: []byte("CREATE TABLE a (id int);\nCOMMIT;")}},
		source.Options{Dialect: sqlsplit.Postgres})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = set.Migrations[0].Up.Check()
	fmt.Println(errors.Is(err, source.ErrInTransaction))
	fmt.Println(strings.ReplaceAll(err.Error(), "; ", ";\n  "))
	// Output:
	// true
	// 1_a.sql:2:1: "COMMIT" begins or ends a transaction, and the migration runs in one of its own;
	//   take it out, or say "-- sqlscope: no transaction"
}

func ExampleScript_Statements() {
	text := "-- +goose Up\nSELECT 1; SELECT 2;\n-- +goose Down\nSELECT 3;"
	set, err := source.Load(fstest.MapFS{"1_a.sql": {Data: []byte(text)}}, source.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for st, err := range set.Migrations[0].Down.Statements() {
		fmt.Println(st.SQL, "in line", st.Line, err)
	}
	// Output: SELECT 3 in line 4 <nil>
}

func ExampleMigration() {
	set, err := source.Load(fstest.MapFS{"0007_a.up.sql": {Data: []byte("SELECT 1;")},
		"0007_a.down.sql": {Data: []byte("SELECT 2;")}}, source.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := set.Migrations[0]
	fmt.Println(m.Kind, m.Version, m.Name, m.Up.File, m.Down.File, len(m.Checksum))
	// Output: versioned 7 a 0007_a.up.sql 0007_a.down.sql 64
}

// A function runs on what its migration runs on: in its transaction, if it has one.
func ExampleFunc() {
	var rename source.Func = func(ctx context.Context, q session.Querier) error {
		_, err := q.Exec(ctx, "ALTER TABLE users RENAME TO people")
		return err
	}
	set, err := source.Load(nil, source.Options{Go: []source.Go{{Version: "1", Name: "rename", Up: rename}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(set.Migrations[0].Name, set.Migrations[0].Up.Func != nil)
	// Output: rename true
}

func ExampleLoad_nothing() {
	_, err := source.Load(fstest.MapFS{"README.md": {}}, source.Options{})
	fmt.Println(errors.Is(err, source.ErrNoMigrations))
	// Output: true
}
