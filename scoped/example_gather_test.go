package scoped_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// shelves opens a database on disk, where several can read at a time.
func shelves(ctx context.Context) (registry *scoped.Registry, books Books, remove func()) {
	dir, err := os.MkdirTemp("", "shelves")
	check(err)
	url := "sqlite:///" + filepath.ToSlash(dir) + "/books.db"
	engine, err := session.Open(ctx, url, session.Options{}, sqlite.Driver)
	check(err)
	registry = scoped.New(engine)
	books = Books{registry}
	check(registry.Do(ctx, func(ctx context.Context) error {
		_, err := registry.Exec(ctx, "CREATE TABLE books (title TEXT PRIMARY KEY)")
		if err == nil {
			err = errors.Join(books.Add(ctx, "Emma"), books.Add(ctx, "Persuasion"))
		}
		return err
	}))
	return registry, books, func() {
		check(engine.Close(ctx))
		check(os.RemoveAll(dir))
	}
}

func ExampleGather() {
	ctx := context.Background()
	registry, _, remove := shelves(ctx)
	defer remove()

	count := func(pattern string) scoped.Func[int] {
		return func(ctx context.Context) (int, error) {
			return session.One[int](ctx, registry, "SELECT count(*) FROM books WHERE title LIKE ?", pattern)
		}
	}
	counts, err := scoped.Gather(ctx, registry, []scoped.Func[int]{count("%"), count("P%"), count("Z%")},
		session.TxOptions{ReadOnly: true})
	fmt.Println(counts, err)
	// Output: [2 1 0] <nil>
}

func ExampleAsCompleted() {
	ctx := context.Background()
	registry, books, remove := shelves(ctx)
	defer remove()

	emma := make(chan struct{})
	fns := []scoped.Func[string]{
		func(ctx context.Context) (string, error) { <-emma; return "last", nil },
		func(ctx context.Context) (string, error) { return "", books.Add(ctx, "Emma") }, // is there already
	}
	for what, err := range scoped.AsCompleted(ctx, registry, fns, session.TxOptions{ReadOnly: true}) {
		fmt.Printf("%q %v\n", what, session.KindOf(err))
		if err != nil {
			close(emma)
		}
	}
	// Output:
	// "" read-only
	// "last" unknown
}

func ExampleGo() {
	ctx := context.Background()
	registry, books, remove := shelves(ctx)
	defer remove()

	err := registry.Do(ctx, func(ctx context.Context) error {
		task := scoped.Go(ctx, registry, books.Titles, session.TxOptions{ReadOnly: true})
		titles, err := task.Wait()
		fmt.Println(titles, err)
		return err
	})
	fmt.Println(err)
	// Output:
	// [Emma Persuasion] <nil>
	// <nil>
}

func ExampleTask_Wait() {
	ctx := context.Background()
	registry, _, remove := shelves(ctx)
	defer remove()

	task := scoped.Go(ctx, registry, func(context.Context) (int, error) { panic("lost my nerve") })
	defer func() {
		p, _ := recover().(*scoped.PanicError)
		fmt.Println(p.Value, len(p.Stack) > 0)
	}()
	_, _ = task.Wait()
	// Output: lost my nerve true
}

// A job that goes on after its request has a session of its own from the start.
func ExampleRegistry_Fork() {
	ctx := context.Background()
	registry, books, remove := shelves(ctx)
	defer remove()

	done := make(chan error)
	err := registry.Do(ctx, func(ctx context.Context) error {
		job, scope, err := registry.Fork(context.WithoutCancel(ctx))
		if err != nil {
			return err
		}
		go func() { done <- scope.End(job, books.Add(job, "Sanditon")) }()
		return nil
	})
	fmt.Println(err, <-done)
	show(ctx, registry, books)
	// Output:
	// <nil> <nil>
	// [Emma Persuasion Sanditon]
}
