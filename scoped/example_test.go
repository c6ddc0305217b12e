package scoped_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// Books is a repository. It was written for a session.Querier and knows nothing
// of transactions.
type Books struct{ db session.Querier }

func (b Books) Add(ctx context.Context, title string) error {
	_, err := b.db.Exec(ctx, "INSERT INTO books (title) VALUES (?)", title)
	return err
}

func (b Books) Titles(ctx context.Context) ([]string, error) {
	return session.Collect[string](ctx, b.db, "SELECT title FROM books ORDER BY title")
}

// library opens a database in memory, with its registry and a repository.
func library(ctx context.Context) (*session.Engine, *scoped.Registry, Books) {
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	check(err)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "CREATE TABLE books (title TEXT PRIMARY KEY)")
		return err
	}))
	registry := scoped.New(engine)
	return engine, registry, Books{registry}
}

// show prints what has been committed.
func show(ctx context.Context, registry *scoped.Registry, books Books) {
	check(registry.Do(registry.Outside(ctx), func(ctx context.Context) error {
		titles, err := books.Titles(ctx)
		fmt.Println(titles)
		return err
	}))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func Example() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	// Both books, or none.
	err := registry.Do(ctx, func(ctx context.Context) error {
		if err := books.Add(ctx, "Emma"); err != nil {
			return err
		}
		return books.Add(ctx, "Persuasion")
	})
	fmt.Println(err)
	show(ctx, registry, books)
	// Output:
	// <nil>
	// [Emma Persuasion]
}

func ExampleRegistry_Do() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	err := registry.Do(ctx, func(ctx context.Context) error {
		check(books.Add(ctx, "Emma"))
		return errors.New("changed my mind")
	})
	fmt.Println(err)
	show(ctx, registry, books)

	fmt.Println(errors.Is(books.Add(ctx, "Emma"), scoped.ErrNoScope))
	// Output:
	// changed my mind
	// []
	// true
}

// A Do that has joined fails, and its error is lost on the way. Half of its
// work is not committed for all that.
func ExampleRegistry_Do_joining() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	errUntitled := errors.New("a book without a title")
	importAll := func(ctx context.Context, titles ...string) error {
		return registry.Do(ctx, func(ctx context.Context) error {
			for _, title := range titles {
				if title == "" {
					return errUntitled
				}
				check(books.Add(ctx, title))
			}
			return nil
		})
	}
	err := registry.Do(ctx, func(ctx context.Context) error {
		_ = importAll(ctx, "Emma", "", "Persuasion")
		return nil
	})
	fmt.Println(errors.Is(err, scoped.ErrRollbackOnly), errors.Is(err, errUntitled))
	message, place, _ := strings.Cut(err.Error(), "; ")
	fmt.Println(message)
	fmt.Println(strings.Contains(place, "example_test.go"))
	show(ctx, registry, books)
	// Output:
	// true true
	// scoped: a part has failed, and the whole was rolled back: a book without a title
	// true
	// []
}

func ExampleRegistry_Nested() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	check(registry.Do(ctx, func(ctx context.Context) error {
		check(books.Add(ctx, "Emma"))
		for _, title := range []string{"Persuasion", "Emma", "Sanditon"} {
			err := registry.Nested(ctx, func(ctx context.Context) error { return books.Add(ctx, title) })
			fmt.Println(title, session.KindOf(err))
		}
		return nil
	}))
	show(ctx, registry, books)
	// Output:
	// Persuasion unknown
	// Emma unique
	// Sanditon unknown
	// [Emma Persuasion Sanditon]
}

func ExampleRegistry_Outside() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	_ = registry.Do(ctx, func(ctx context.Context) error {
		// SQLite in memory has one connection. It is free until the scope's
		// own first statement.
		check(registry.Do(registry.Outside(ctx), func(ctx context.Context) error {
			return books.Add(ctx, "the attempt")
		}))
		check(books.Add(ctx, "Emma"))
		err := registry.Do(registry.Outside(ctx), func(ctx context.Context) error {
			return books.Add(ctx, "the failure")
		})
		fmt.Println(errors.Is(err, session.ErrWouldDeadlock))
		return errors.New("it failed")
	})
	show(ctx, registry, books)
	// Output:
	// true
	// [the attempt]
}

func ExampleRegistry_OnCommit() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	add := func(ctx context.Context, title string) error {
		check(registry.OnCommit(ctx, func(context.Context) { fmt.Println("announce", title) }))
		check(registry.OnRollback(ctx, func(context.Context) { fmt.Println("forget", title) }))
		return books.Add(ctx, title)
	}
	_ = registry.Do(ctx, func(ctx context.Context) error { return add(ctx, "Emma") })
	_ = registry.Do(ctx, func(ctx context.Context) error { return add(ctx, "Emma") })
	// Output:
	// announce Emma
	// forget Emma
}

func ExampleRegistry_From() {
	ctx := context.Background()
	engine, registry, _ := library(ctx)
	defer engine.Close(ctx)

	check(registry.Do(ctx, func(ctx context.Context) error {
		s, err := registry.From(ctx)
		if err != nil {
			return err
		}
		fmt.Println(s.State())
		return nil
	}))
	// Output: idle
}

func ExampleRegistry_Queue() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	// On a server in the network these take one round trip, COMMIT included.
	check(registry.Do(ctx, func(ctx context.Context) error {
		for _, title := range []string{"Emma", "Persuasion"} {
			if err := registry.Queue(ctx, "INSERT INTO books (title) VALUES (?)", title); err != nil {
				return err
			}
		}
		return nil
	}))
	show(ctx, registry, books)
	// Output: [Emma Persuasion]
}

// Begin and End are for middleware and the like.
func ExampleRegistry_Begin() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	work := func(ctx context.Context) (err error) {
		ctx, scope, err := registry.Begin(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = scope.End(ctx, errors.New("it panicked")) }() // if it is not ended yet
		scope.Explain("the job is done")
		return scope.End(ctx, books.Add(ctx, "Emma"))
	}
	check(work(ctx))
	show(ctx, registry, books)
	// Output: [Emma]
}

// An adapter ends by hand what the code that it adapts calls a transaction.
func ExampleRegistry_Savepoint() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	err := registry.Do(ctx, func(ctx context.Context) error {
		check(books.Add(ctx, "Emma"))
		part, err := registry.Savepoint(ctx)
		if err != nil {
			return err
		}
		err = part.End(ctx, books.Add(ctx, "Emma"))
		fmt.Println("again:", session.KindOf(err))
		return nil // the scope goes on
	})
	fmt.Println(err)
	show(ctx, registry, books)
	// Output:
	// again: unique
	// <nil>
	// [Emma]
}

// A middleware that has a struct for each unit of work puts the scope into it.
func ExampleRegistry_BeginIn() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	var job struct {
		title string
		scope scoped.Scope
	}
	job.title = "Emma"
	inside, err := registry.BeginIn(ctx, &job.scope)
	check(err)
	err = books.Add(inside, job.title)
	fmt.Println(job.scope.End(inside, err))
	show(ctx, registry, books)
	// Output:
	// <nil>
	// [Emma]
}
