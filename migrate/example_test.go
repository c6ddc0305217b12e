package migrate_test

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/session"
)

// inMemory opens a database of the example's own.
func inMemory() *session.Engine {
	engine, err := session.Open(context.Background(), "sqlite://:memory:", session.Options{}, sqlite.Driver)
	if err != nil {
		panic(err)
	}
	return engine
}

// sqlFiles are files by their names and texts, in turn. A program has an embed.FS or
// an os.DirFS instead.
func sqlFiles(namesAndTexts ...string) fs.FS {
	files := fstest.MapFS{}
	for i := 0; i < len(namesAndTexts); i += 2 {
		files[namesAndTexts[i]] = &fstest.MapFile{Data: []byte(namesAndTexts[i+1])}
	}
	return files
}

// books are two migrations with their ways back.
func books() fs.FS {
	return sqlFiles(
		"0001_books.sql", "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL);\n"+
			"-- sqlscope: down\nDROP TABLE books;\n",
		"0002_authors.sql", "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n"+
			"ALTER TABLE books ADD COLUMN author INTEGER;\n"+
			"-- sqlscope: down\nALTER TABLE books DROP COLUMN author;\nDROP TABLE authors;\n")
}

// migrator has one source with the files.
func migrator(engine *session.Engine, files fs.FS, opts migrate.Options) *migrate.Migrator {
	m, err := migrate.New(engine, []migrate.Source{{FS: files}}, opts)
	if err != nil {
		panic(err)
	}
	return m
}

// show prints what a run did.
func show(what string, res *migrate.Result, err error) {
	fmt.Print(what, ":")
	for _, a := range res.Applied {
		fmt.Print(" ", a.Version, " ", a.Name)
	}
	if err != nil {
		fmt.Print(" error: ", err)
	}
	fmt.Println()
}

//go:embed testdata/example/*.sql
var embedded embed.FS

// A service embeds its migrations and applies them when it starts. Any number of copies
// may start at the same time.
func Example() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)

	m, err := migrate.New(engine, []migrate.Source{{
		FS:      embedded,
		Options: source.Options{Dir: "testdata/example"},
	}}, migrate.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := m.Up(ctx)
	for _, a := range res.Applied {
		fmt.Println("applied", a.Version, a.Name, "of", a.File)
	}
	fmt.Println(err)
	// Output:
	// applied 1 users of testdata/example/0001_users.sql
	// applied 2 email of testdata/example/0002_email.sql
	// <nil>
}

func ExampleNew() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	// Two files of one version are found before the database is touched.
	_, err := migrate.New(engine, []migrate.Source{{FS: sqlFiles("1_a.sql", "", "01_b.sql", "")}}, migrate.Options{})
	fmt.Println(err)
	// Output:
	// migrate: source main: 1_a.sql: 01_b.sql has the same version, 1; give one of them another
}

// A library that keeps tables in the database of its users has a source of its own, with
// a history and versions of its own.
func ExampleSource() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	m, err := migrate.New(engine, []migrate.Source{
		{Name: "queue", FS: sqlFiles("1_jobs.sql", "CREATE TABLE jobs (id INTEGER PRIMARY KEY);")},
		{Name: "app", FS: books()},
	}, migrate.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := m.Up(ctx)
	for _, a := range res.Applied {
		fmt.Println(a.Source, a.Version, a.Name)
	}
	fmt.Println(err)
	// Output:
	// queue 1 jobs
	// app 1 books
	// app 2 authors
	// <nil>
}

// A migration may be a function in Go. It runs in the transaction of its migration.
func ExampleSource_goFunction() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	fill := func(ctx context.Context, q session.Querier) error {
		_, err := q.Exec(ctx, "INSERT INTO books (title) VALUES (?)", "SICP")
		return err
	}
	m, err := migrate.New(engine, []migrate.Source{{FS: books(), Options: source.Options{
		Go: []source.Go{{Version: "3", Name: "fill", Up: fill}},
	}}}, migrate.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := m.Up(ctx)
	show("applied", res, err)
	// Output: applied: 1 books 2 authors 3 fill
}

func ExampleOptions_Validate() {
	o := migrate.Options{Table: "app.history", RetryPause: -1}
	fmt.Println(strings.ReplaceAll(o.Validate().Error(), "; ", ";\n  "))
	// Output:
	// migrate: Options.Table is "app.history";
	//   it must be a plain name of up to 51 letters, digits and underscores;
	//   Options.Schema says where it is
	// migrate: Options.LockTimeout and RetryPause must not be negative
}

func ExampleMigrator_Up() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	m := migrator(engine, books(), migrate.Options{})
	res, err := m.Up(ctx, migrate.UpOptions{Steps: 1})
	show("one step", res, err)
	res, err = m.Up(ctx)
	show("the rest", res, err)
	res, err = m.Up(ctx) // takes no lock
	show("again", res, err)
	// Output:
	// one step: 1 books
	// the rest: 2 authors
	// again:
}

// The error says where it failed, and the result what was done before and what was not
// tried.
func ExampleMigrator_Up_failure() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	m := migrator(engine, sqlFiles("1_a.sql", "CREATE TABLE a (id INTEGER);",
		"2_b.sql", "CREATE TABLE b (id INTEGER);\n  CREATE TABEL c (id INTEGER);",
		"3_d.sql", "CREATE TABLE d (id INTEGER);"), migrate.Options{})
	res, err := m.Up(ctx)
	var failed *migrate.Error
	if errors.As(err, &failed) {
		fmt.Printf("%s, line %d, column %d: statement %d of %d\n", failed.File, failed.Line, failed.Column,
			failed.Statement, failed.Statements)
		fmt.Println("it left nothing:", failed.RolledBack)
	}
	fmt.Println("applied", len(res.Applied), "failed", res.Failed, "not tried", len(res.NotTried))
	// Output:
	// 2_b.sql, line 2, column 3: statement 2 of 2
	// it left nothing: true
	// applied 1 failed main: 2 b not tried 1
}

func ExampleMigrator_Down() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	m := migrator(engine, books(), migrate.Options{})
	res, err := m.Up(ctx)
	show("up", res, err)
	res, err = m.Down(ctx) // the last one; DownOptions say how far
	show("down", res, err)
	res, err = m.Down(ctx, migrate.DownOptions{To: "0"})
	show("down to nothing", res, err)
	// Output:
	// up: 1 books 2 authors
	// down: 2 authors
	// down to nothing: 1 books
}

func ExampleMigrator_Redo() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	m := migrator(engine, books(), migrate.Options{})
	res, err := m.Up(ctx)
	show("up", res, err)
	res, err = m.Redo(ctx)
	show("down and up", res, err)
	// Output:
	// up: 1 books 2 authors
	// down and up: 2 authors 2 authors
}

func ExampleMigrator_Goto() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	m := migrator(engine, books(), migrate.Options{})
	for _, version := range []string{"2", "1", "0"} {
		res, err := m.Goto(ctx, version, "")
		show("to "+version, res, err)
	}
	// Output:
	// to 2: 1 books 2 authors
	// to 1: 2 authors
	// to 0: 1 books
}
