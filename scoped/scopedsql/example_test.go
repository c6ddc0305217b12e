package scopedsql_test

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedsql"
	"github.com/sqlscope/sqlscope/session"
)

// Books is existing code: it was written for database/sql, and begins a
// transaction of its own.
type Books struct{ db *sql.DB }

func (b Books) Add(ctx context.Context, titles ...string) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // as everybody writes it
	for _, title := range titles {
		if _, err := tx.ExecContext(ctx, "INSERT INTO books (title) VALUES (?)", title); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func library(ctx context.Context) (*session.Engine, *scoped.Registry) {
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	check(err)
	check(engine.RunSync(ctx, "books", func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, "CREATE TABLE books (title TEXT PRIMARY KEY)")
		return err
	}))
	return engine, scoped.New(engine)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// The transactions of existing code become savepoints of the scope: the second
// one fails alone.
func ExampleOpen() {
	ctx := context.Background()
	engine, registry := library(ctx)
	defer engine.Close(ctx)
	db := scopedsql.Open(registry)
	defer db.Close()
	books := Books{db}

	err := registry.Do(ctx, func(ctx context.Context) error {
		check(books.Add(ctx, "Emma", "Persuasion"))
		err := books.Add(ctx, "Sanditon", "Emma")
		fmt.Println("refused:", session.KindOf(err) == session.KindUnique)
		titles, err := session.Collect[string](ctx, registry, "SELECT title FROM books ORDER BY title")
		fmt.Println(titles)
		return err
	})
	fmt.Println(err)
	// Output:
	// refused: true
	// [Emma Persuasion]
	// <nil>
}

// With Alone, code that runs outside of any scope works as with any *sql.DB.
func ExampleOptions() {
	ctx := context.Background()
	engine, registry := library(ctx)
	defer engine.Close(ctx)
	db := scopedsql.Open(registry, scopedsql.Options{Alone: true})
	defer db.Close()

	check(Books{db}.Add(ctx, "Emma"))
	var n int
	check(db.QueryRowContext(ctx, "SELECT count(*) FROM books").Scan(&n))
	fmt.Println(n)
	// Output: 1
}
