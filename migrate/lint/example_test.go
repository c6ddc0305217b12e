package lint_test

import (
	"fmt"
	"strings"
	"testing/fstest"

	"github.com/sqlscope/sqlscope/migrate/lint"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

func ExampleSet() {
	set, err := source.Load(fstest.MapFS{"7_index.sql": {Data: []byte("CREATE INDEX users_name ON users (name);")}},
		source.Options{Dialect: sqlsplit.Postgres})
	if err != nil {
		fmt.Println(err)
		return
	}
	findings, err := lint.Set(set)
	for _, f := range findings {
		fmt.Printf("%s:%d: %s: %s\n", f.File, f.Line, f.Rule, f.Message)
		fmt.Println("because", f.Reason)
		fmt.Println("instead", f.Safe)
	}
	fmt.Println(err)
	// Output:
	// 7_index.sql:1: index-not-concurrent: locks users against writing
	// because nobody can write to the table while the index is built
	// instead CREATE INDEX CONCURRENTLY, in a migration of its own.
	// <nil>
}

func ExampleScript() {
	text := "-- lint:ignore drop-column: unused since release 12\nALTER TABLE users DROP COLUMN name;\n" +
		"ALTER TABLE users DROP COLUMN age;"
	set, err := source.Load(fstest.MapFS{"1_drop.sql": {Data: []byte(text)}}, source.Options{Dialect: sqlsplit.Postgres})
	if err != nil {
		fmt.Println(err)
		return
	}
	findings, err := lint.Script(set.Migrations[0].Up, lint.Options{LockTimeout: true})
	for _, f := range findings {
		fmt.Println(f.Rule, f.Line, f.Message)
	}
	fmt.Println(err)
	// Output:
	// drop-column 3 drops the column age of users
	// <nil>
}

func ExampleOptions_Validate() {
	fmt.Println((&lint.Options{Ignore: []string{"drop-everything"}}).Validate())
	// Output: lint: there is no rule "drop-everything"
}

func ExampleRules() {
	for _, r := range lint.Rules()[:3] {
		fmt.Println(r.ID)
	}
	// Output:
	// transaction-control
	// outside-transaction
	// drop-column
}

func ExampleFinding_String() {
	f := lint.Finding{Rule: "drop-table", File: "1_a.sql", Line: 3, Column: 1, Message: "drops the table users",
		Reason: "the data is gone"}
	fmt.Println(f)
	// Output: 1_a.sql:3:1: drop-table: drops the table users: the data is gone
}

func ExampleRule() {
	r := lint.Rules()[2]
	fmt.Println(r.ID, "looks for", strings.ToLower(r.Title))
	fmt.Println("such as", r.Bad != "", "and how it is done instead", r.Safe != "")
	// Output:
	// drop-column looks for dropping a column
	// such as true and how it is done instead true
}
