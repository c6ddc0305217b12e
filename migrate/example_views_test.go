package migrate_test

import (
	"context"
	"fmt"
	"os"

	"github.com/sqlscope/sqlscope/migrate"
)

func ExampleMigrator_Plan() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	m := migrator(engine, books(), migrate.Options{})
	p, err := m.Plan(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = p.WriteTo(os.Stdout)
	fmt.Println(err)
	// Output:
	// -- main: 1 books (0001_books.sql)
	// BEGIN;
	// CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL);
	// COMMIT;
	//
	// -- main: 2 authors (0002_authors.sql)
	// BEGIN;
	// CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
	// ALTER TABLE books ADD COLUMN author INTEGER;
	// COMMIT;
	//
	// <nil>
}

func ExamplePlan_WriteTo() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	m := migrator(engine, sqlFiles("1_pack.sql", "VACUUM;\n"), migrate.Options{})
	p, err := m.Plan(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = p.WriteTo(os.Stdout) // as SQL, with the borders of transactions
	fmt.Println(err)
	// Output:
	// -- main: 1 pack (1_pack.sql)
	// -- each statement takes effect by itself
	// VACUUM;
	//
	// <nil>
}

func ExampleStep_Statements() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	p, err := migrator(engine, books(), migrate.Options{}).Plan(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range p.Steps {
		for st, err := range p.Steps[i].Statements() {
			fmt.Println(p.Steps[i].File, st.Number, st.Words(3), err)
		}
	}
	// Output:
	// 0001_books.sql 1 [CREATE TABLE BOOKS] <nil>
	// 0002_authors.sql 1 [CREATE TABLE AUTHORS] <nil>
	// 0002_authors.sql 2 [ALTER TABLE BOOKS] <nil>
}

func ExampleStep_String() {
	s := migrate.Step{Source: "main", Version: "2", Name: "authors", Kind: migrate.KindDown}
	fmt.Println(&s)
	// Output: main: 2 (down) authors
}

func ExampleMigrator_Status() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	m := migrator(engine, books(), migrate.Options{})
	if _, err := m.Up(ctx, migrate.UpOptions{To: "1"}); err != nil {
		fmt.Println(err)
		return
	}
	st, err := m.Status(ctx)
	for _, e := range st.Entries {
		fmt.Println(e.Version, e.Name, "is", e.State)
	}
	fmt.Println(st.Pending, "pending,", len(st.Running), "running,", len(st.Problems), "problems", err)
	// Output:
	// 1 books is applied
	// 2 authors is pending
	// 1 pending, 0 running, 0 problems <nil>
}

func ExampleInProgress_String() {
	p := migrate.InProgress{Source: "main", Version: "7", Kind: migrate.KindUp, Statement: 2, Statements: 4,
		By: "deploy@web-3 pid 812, connection or process 5120"}
	fmt.Println(&p)
	// Output: running v7, statement 2/4, by deploy@web-3 pid 812, connection or process 5120
}

func ExampleMigrator_History() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	m := migrator(engine, books(), migrate.Options{AppliedBy: "release 12"})
	if _, err := m.Up(ctx); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := m.Down(ctx); err != nil {
		fmt.Println(err)
		return
	}
	records, err := m.History(ctx)
	for _, r := range records {
		fmt.Println(r.Seq, r.Kind, r.Version, r.Outcome, "by", r.AppliedBy, "known since:", !r.Started.IsZero())
	}
	fmt.Println(err)
	// Output:
	// 1 up 1 done by release 12 known since: true
	// 2 up 2 done by release 12 known since: true
	// 3 down 2 done by release 12 known since: true
	// <nil>
}

func ExampleEventKind_String() {
	fmt.Println(migrate.StatementBegins, "and", migrate.Retrying)
	// Output: statement begins and retrying
}

func ExampleEvent() {
	ctx := context.Background()
	engine := inMemory()
	defer engine.Close(ctx)
	m := migrator(engine, books(), migrate.Options{OnEvent: func(e migrate.Event) {
		switch e.Kind {
		case migrate.LockTaken:
			fmt.Println("to do:", e.Of)
		case migrate.StatementBegins:
			fmt.Printf("%s: statement %d/%d\n", e.Step.File, e.Number, e.Of)
		case migrate.Warning:
			fmt.Println("look at this:", e.Text)
		}
	}})
	_, err := m.Up(ctx)
	fmt.Println(err)
	// Output:
	// to do: 2
	// 0001_books.sql: statement 1/1
	// 0002_authors.sql: statement 1/2
	// 0002_authors.sql: statement 2/2
	// <nil>
}
