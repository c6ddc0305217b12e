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

func ExampleDoValue() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	titles, err := scoped.DoValue(ctx, registry, func(ctx context.Context) ([]string, error) {
		if err := books.Add(ctx, "Emma"); err != nil {
			return nil, err
		}
		return books.Titles(ctx)
	})
	fmt.Println(titles, err)
	// Output: [Emma] <nil>
}

// What must stay whatever becomes of the scope around gets a transaction of its
// own. It takes a second connection while that scope holds one.
func ExamplePropagation() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	err := registry.Do(ctx, func(ctx context.Context) error {
		attempt := func(ctx context.Context) error { return books.Add(ctx, "The attempt") }
		if err := registry.Do(ctx, attempt, scoped.RequiresNew); err != nil {
			return err
		}
		check(books.Add(ctx, "Emma"))
		return errors.New("changed my mind")
	})
	fmt.Println(err)
	show(ctx, registry, books)

	// Code that only makes sense as a part of something says so.
	err = registry.Do(ctx, func(context.Context) error { return nil }, scoped.Mandatory)
	fmt.Println(errors.Is(err, scoped.ErrNoScope), scoped.Mandatory)
	// Output:
	// changed my mind
	// [The attempt]
	// true Mandatory
}

// A scope can be joined by what asks for no more than it has.
func ExampleOption() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)

	read := func(ctx context.Context) error { _, err := books.Titles(ctx); return err }
	err := registry.Do(ctx, func(ctx context.Context) error {
		fmt.Println(registry.Do(ctx, read, session.TxOptions{ReadOnly: true}))
		return registry.Do(ctx, read, session.TxOptions{}) // asks to write
	}, session.TxOptions{ReadOnly: true})
	fmt.Println(errors.Is(err, scoped.ErrJoin), strings.Contains(err.Error(), "to write"))
	// Output:
	// <nil>
	// true true
}

// One registry serves the databases of many tenants.
func ExampleRegistry_Using() {
	ctx := context.Background()
	engine, registry, books := library(ctx)
	defer engine.Close(ctx)
	tenants, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	check(err)
	defer tenants.Close(ctx)

	request := registry.Using(ctx, tenants)
	fmt.Println(registry.Engine(request) == tenants, registry.Engine(ctx) == engine)
	err = registry.Do(request, func(ctx context.Context) error { return books.Add(ctx, "Emma") })
	fmt.Println(session.KindOf(err)) // that database has no such table
	// Output:
	// true true
	// syntax
}

func ExampleRegistry_Engine() {
	ctx := context.Background()
	engine, registry, _ := library(ctx)
	defer engine.Close(ctx)
	fmt.Println(registry.Engine(ctx).Describe().Driver)
	// Output: sqlite
}
