package scopedtest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedtest"
	"github.com/sqlscope/sqlscope/session"
)

// exampleT stands for the *testing.T of a test, which an example has not.
type exampleT struct {
	testing.TB
	cleanups []func()
}

func (t *exampleT) Helper()                           {}
func (t *exampleT) Context() context.Context          { return context.Background() }
func (t *exampleT) Cleanup(fn func())                 { t.cleanups = append(t.cleanups, fn) }
func (t *exampleT) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func (t *exampleT) end() {
	for _, fn := range t.cleanups {
		fn()
	}
}

func library() (*session.Engine, *scoped.Registry) {
	ctx := context.Background()
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	if err == nil {
		err = ddl(ctx, engine, "CREATE TABLE books (title TEXT PRIMARY KEY)")
	}
	if err != nil {
		panic(err)
	}
	return engine, scoped.New(engine)
}

func add(ctx context.Context, registry *scoped.Registry, title string) error {
	return registry.Do(ctx, func(ctx context.Context) error {
		_, err := registry.Exec(ctx, "INSERT INTO books (title) VALUES (?)", title)
		return err
	})
}

func count(ctx context.Context, registry *scoped.Registry) int {
	n, err := scoped.DoValue(ctx, registry, func(ctx context.Context) (int, error) {
		return session.One[int](ctx, registry, "SELECT count(*) FROM books")
	})
	if err != nil {
		panic(err)
	}
	return n
}

func ExampleSandbox() {
	engine, registry := library()
	defer engine.Close(context.Background())
	t := &exampleT{} // in a test it is the test's own

	ctx := scopedtest.Sandbox(t, registry)
	fmt.Println(add(ctx, registry, "Emma"), count(ctx, registry))
	t.end()
	fmt.Println(count(context.Background(), registry))
	// Output:
	// <nil> 1
	// 0
}

func ExampleIn() {
	engine, registry := library()
	defer engine.Close(context.Background())
	t := &exampleT{}
	defer t.end()

	type user struct{}
	ctx := scopedtest.In(t, context.WithValue(context.Background(), user{}, "ada"), registry)
	fmt.Println(add(ctx, registry, "Emma"), ctx.Value(user{}))
	// Output: <nil> ada
}

func ExampleCommitted() {
	engine, registry := library()
	defer engine.Close(context.Background())
	t := &exampleT{}
	defer t.end()

	ctx := scopedtest.Sandbox(t, registry)
	_ = add(ctx, registry, "Emma")
	_ = add(ctx, registry, "Emma") // is there already
	scopedtest.Committed(t, ctx, 2)
	scopedtest.RolledBack(t, ctx, 1)
	// Output:
	// scopedtest: committed 1 times, want 2; what was run:
	// 	INSERT INTO books (title) VALUES (?)
	// 	INSERT INTO books (title) VALUES (?)
}

func ExampleRan() {
	engine, registry := library()
	defer engine.Close(context.Background())
	t := &exampleT{}
	defer t.end()

	ctx := scopedtest.Sandbox(t, registry)
	_ = add(ctx, registry, "Emma")
	scopedtest.Ran(t, ctx, "insert into books")
	fmt.Println(scopedtest.Statements(ctx))
	scopedtest.Reset(t, ctx)
	scopedtest.Ran(t, ctx, "insert into books")
	// Output:
	// [INSERT INTO books (title) VALUES (?)]
	// scopedtest: no statement was run with ["insert into books"]; no statement was run
}

func ExampleRolledBack() {
	engine, registry := library()
	defer engine.Close(context.Background())
	t := &exampleT{}
	defer t.end()

	ctx := scopedtest.Sandbox(t, registry)
	_ = add(ctx, registry, "Emma")
	scopedtest.RolledBack(t, ctx, 1)
	// Output:
	// scopedtest: rolled back 0 times, want 1; what was run:
	// 	INSERT INTO books (title) VALUES (?)
}

func ExampleStatements() {
	engine, registry := library()
	defer engine.Close(context.Background())
	t := &exampleT{}
	defer t.end()

	ctx := scopedtest.Sandbox(t, registry)
	_ = count(ctx, registry)
	fmt.Println(scopedtest.Statements(ctx))
	// Output: [SELECT count(*) FROM books]
}

func ExampleReset() {
	engine, registry := library()
	defer engine.Close(context.Background())
	t := &exampleT{}
	defer t.end()

	ctx := scopedtest.Sandbox(t, registry)
	_ = add(ctx, registry, "Emma") // what the test begins with
	scopedtest.Reset(t, ctx)
	_ = add(ctx, registry, "Persuasion") // what it is about
	scopedtest.Committed(t, ctx, 1)
	fmt.Println(len(scopedtest.Statements(ctx)))
	// Output: 1
}
