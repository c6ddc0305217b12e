package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/sqlscope/sqlscope/migrate"
)

// upTo applies the books, all or up to a version.
func upTo(version string) *migrate.Migrator {
	m := migrator(inMemory(), books(), migrate.Options{AppliedBy: "release 12"})
	if _, err := m.Up(context.Background(), migrate.UpOptions{To: version}); err != nil {
		panic(err)
	}
	return m
}

// An older release of the program finds that the database is ahead of it.
func ExamplePolicy() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	if _, err := migrator(engine, books(), migrate.Options{}).Up(ctx); err != nil {
		fmt.Println(err)
		return
	}
	older := sqlFiles("0001_books.sql", "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL);\n")
	for _, policy := range []migrate.Policy{migrate.Fail, migrate.Warn, migrate.Allow} {
		res, err := migrator(engine, older, migrate.Options{Ahead: policy,
			Logger: slog.New(slog.DiscardHandler)}).Up(ctx)
		fmt.Println(len(res.Warnings), "warnings, refused:", errors.Is(err, migrate.ErrRefused))
	}
	// Output:
	// 0 warnings, refused: true
	// 1 warnings, refused: false
	// 0 warnings, refused: false
}

// Two branches were merged, and version 2 comes after version 3 was applied.
func ExampleOrder() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	first := sqlFiles("3_c.sql", "CREATE TABLE c (id INTEGER);")
	if _, err := migrator(engine, first, migrate.Options{}).Up(ctx); err != nil {
		fmt.Println(err)
		return
	}
	merged := sqlFiles("3_c.sql", "CREATE TABLE c (id INTEGER);", "2_b.sql", "CREATE TABLE b (id INTEGER);")
	_, err := migrator(engine, merged, migrate.Options{Order: migrate.Strict}).Up(ctx)
	fmt.Println("refused:", errors.Is(err, migrate.ErrRefused))
	res, err := migrator(engine, merged, migrate.Options{Order: migrate.SkipLower}).Up(ctx)
	show("left alone", res, err)
	res, err = migrator(engine, merged, migrate.Options{Order: migrate.AnyOrder}).Up(ctx)
	show("applied", res, err)
	// Output:
	// refused: true
	// left alone:
	// applied: 2 b
}

func ExampleProblem() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	res, err := migrator(engine, sqlFiles("1_later.sql", "-- to be written\n"),
		migrate.Options{Logger: slog.New(slog.DiscardHandler)}).Up(ctx)
	for _, p := range res.Warnings {
		fmt.Println(p.Kind == migrate.Empty, p.Version, p.Message, p.Fatal)
	}
	fmt.Println(err)
	// Output:
	// true 1 1_later.sql has no statement false
	// <nil>
}

func ExampleRecord() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	_, err := migrator(engine, sqlFiles("1_a.sql", "CREATE TABEL a (id INTEGER);"), migrate.Options{}).Up(ctx)
	fmt.Println("failed:", err != nil)
	m := migrator(engine, sqlFiles("1_a.sql", "CREATE TABLE a (id INTEGER);"), migrate.Options{})
	if _, err := m.Up(ctx); err != nil {
		fmt.Println(err)
		return
	}
	records, err := m.History(ctx)
	for _, r := range records {
		fmt.Println(r.Version, r.Outcome, r.StatementsDone, "of", r.Statements, "error noted:", r.Error != "")
	}
	fmt.Println(err)
	// Output:
	// failed: true
	// 1 rolled back 0 of 1 error noted: true
	// 1 done 1 of 1 error noted: false
	// <nil>
}

func ExampleOutcome() {
	r := migrate.Record{Version: "7", Outcome: migrate.Failed, StatementsDone: 2, Statements: 5}
	if r.Outcome == migrate.Failed {
		fmt.Printf("version %s is half done: %d of %d\n", r.Version, r.StatementsDone, r.Statements)
	}
	// Output: version 7 is half done: 2 of 5
}

func ExampleState() {
	st, err := upTo("1").Status(context.Background())
	for _, e := range st.Entries {
		if e.State == migrate.StatePending {
			fmt.Println(e.Version, e.Name)
		}
	}
	fmt.Println(err)
	// Output:
	// 2 authors
	// <nil>
}

func ExampleEntry() {
	st, err := upTo("1").Status(context.Background())
	for _, e := range st.Entries {
		if e.Record != nil {
			fmt.Println(e.Version, e.State, "by", e.Record.AppliedBy)
		}
	}
	fmt.Println(err)
	// Output:
	// 1 applied by release 12
	// <nil>
}

func ExampleApplied() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	res, err := migrator(engine, books(), migrate.Options{}).Up(ctx)
	for _, a := range res.Applied {
		fmt.Println(a.Version, a.Count, "statements of", a.Script().File, "took some time:", a.Duration > 0)
	}
	fmt.Println(err)
	// Output:
	// 1 1 statements of 0001_books.sql took some time: true
	// 2 2 statements of 0002_authors.sql took some time: true
	// <nil>
}

func ExampleStep_Script() {
	p, err := upTo("1").Plan(context.Background())
	for i := range p.Steps {
		fmt.Println(p.Steps[i].Script().File, p.Steps[i].Script().NoTransaction)
	}
	fmt.Println(err)
	// Output:
	// 0002_authors.sql false
	// <nil>
}

func ExampleMigrator_PlanDown() {
	p, err := upTo("2").PlanDown(context.Background(), migrate.DownOptions{Steps: 2})
	for i := range p.Steps {
		fmt.Println(&p.Steps[i])
	}
	fmt.Println(err)
	// Output:
	// main: 2 (down) authors
	// main: 1 (down) books
	// <nil>
}

func ExampleMigrator_PlanRedo() {
	p, err := upTo("1").PlanRedo(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = p.WriteTo(os.Stdout)
	fmt.Println(err)
	// Output:
	// -- main: 1 (down) books (0001_books.sql)
	// BEGIN;
	// DROP TABLE books;
	// COMMIT;
	//
	// -- main: 1 books (0001_books.sql)
	// BEGIN;
	// CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL);
	// COMMIT;
	//
	// <nil>
}

func ExampleMigrator_PlanGoto() {
	ctx := context.Background()
	m := upTo("1")
	for _, version := range []string{"0", "2"} {
		p, err := m.PlanGoto(ctx, version, "")
		for i := range p.Steps {
			fmt.Println("to", version, "by", &p.Steps[i], err)
		}
	}
	// Output:
	// to 0 by main: 1 (down) books <nil>
	// to 2 by main: 2 authors <nil>
}

// There is no way back from a file without one, and BEGIN has no place in a migration
// that runs in a transaction. Both are found before anything is done.
func ExampleMigrator_Down_refused() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	m := migrator(engine, sqlFiles("1_a.sql", "CREATE TABLE a (id INTEGER);"), migrate.Options{})
	if _, err := m.Up(ctx); err != nil {
		fmt.Println(err)
		return
	}
	_, err := m.Down(ctx)
	fmt.Println(errors.Is(err, migrate.ErrNoDown), err)

	m = migrator(engine, sqlFiles("1_a.sql", "CREATE TABLE a (id INTEGER);", "2_b.sql", "BEGIN; COMMIT;"),
		migrate.Options{})
	_, err = m.Up(ctx)
	fmt.Println(errors.Is(err, migrate.ErrInTransaction))
	// Output:
	// true migrate: 1_a.sql (version 1): there is no way back
	// true
}

func ExampleTenantResult() {
	open := func(context.Context, string) (*migrate.Migrator, func(), error) {
		return nil, nil, errors.New("no such tenant")
	}
	for _, r := range migrate.UpEach(context.Background(), []string{"anna"}, 1, open) {
		fmt.Println(r.Tenant, r.Result == nil, r.Err)
	}
	// Output: anna true no such tenant
}
