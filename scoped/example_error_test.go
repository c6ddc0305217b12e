package scoped_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sqlscope/sqlscope/scoped"
)

// ErrScopeEnded is what a goroutine gets that goes on with its request's
// context. The error says how the scope ended, and the way out.
func Example_scopeEnded() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	var kept context.Context
	check(registry.Do(ctx, func(ctx context.Context) error {
		kept = ctx
		return books.Add(ctx, "Emma")
	}))
	err := books.Add(kept, "Sanditon")
	fmt.Println(errors.Is(err, scoped.ErrScopeEnded))
	fmt.Println(err)

	check(registry.Do(registry.Outside(kept), func(ctx context.Context) error {
		return books.Add(ctx, "Persuasion")
	}))
	show(ctx, registry, books)
	// Output:
	// true
	// scoped: the scope has ended: it was committed; see Registry.Outside for work that goes on
	// [Emma Persuasion]
}

// Rows are read one by one; they must be closed before the next statement.
func ExampleRegistry_Query() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	check(registry.Do(ctx, func(ctx context.Context) error {
		check(books.Add(ctx, "Emma"))
		rows, err := registry.Query(ctx, "SELECT title, length(title) FROM books")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var title string
			var letters int
			if err := rows.Scan(&title, &letters); err != nil {
				return err
			}
			fmt.Println(title, letters)
		}
		return rows.Err()
	}))
	// Output: Emma 4
}

func ExampleRegistry_ExecMany() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	check(registry.Do(ctx, func(ctx context.Context) error {
		rows := slices.Values([][]any{{"Emma"}, {"Persuasion"}, {"Sanditon"}})
		result, err := registry.ExecMany(ctx, "INSERT INTO books (title) VALUES (?)", rows)
		fmt.Println(result.RowsAffected, err)
		return err
	}))
	show(ctx, registry, books)
	// Output:
	// 3 <nil>
	// [Emma Persuasion Sanditon]
}

// What an adapter calls a transaction refuses statements once it has ended: they
// would run in the scope, outside of what the code around them believes in.
func ExampleScope_Savepoint() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	check(registry.Do(ctx, func(ctx context.Context) error {
		part, err := registry.Savepoint(ctx)
		if err != nil {
			return err
		}
		inside, err := part.Savepoint()
		if err != nil {
			return err
		}
		transaction := Books{inside}
		check(transaction.Add(ctx, "Emma"))
		check(part.End(ctx, nil))
		fmt.Println("late:", transaction.Add(ctx, "Persuasion") != nil)
		return books.Add(ctx, "Sanditon")
	}))
	show(ctx, registry, books)
	// Output:
	// late: true
	// [Emma Sanditon]
}
