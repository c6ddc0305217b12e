package scopedpgx_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedpgx"
	"github.com/sqlscope/sqlscope/session"
)

// DBTX is what sqlc generates for pgx, and what a DB and a pgx.Tx are.
type DBTX interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Users is existing code, written for pgx.
type Users struct{ db DBTX }

func (u Users) Add(ctx context.Context, name string) error {
	_, err := u.db.Exec(ctx, "INSERT INTO users (name) VALUES ($1)", name)
	return err
}

// This runs without a server, on SQLite, whose connection is not pgx's: the
// error says so. With drivers/postgres the user is there when Do has returned.
func ExampleNew() {
	ctx := context.Background()
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	if err != nil {
		panic(err)
	}
	defer engine.Close(ctx)
	registry := scoped.New(engine)
	users := Users{scopedpgx.New(registry)} // made once, at start-up

	err = registry.Do(ctx, func(ctx context.Context) error { return users.Add(ctx, "ada") })
	fmt.Println(errors.Is(err, session.ErrUnsupported))
	// Output: true
}

// A transaction is the scope's, or a savepoint of it.
func ExampleDB_Tx() {
	ctx := context.Background()
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	if err != nil {
		panic(err)
	}
	defer engine.Close(ctx)
	registry := scoped.New(engine)
	db := scopedpgx.New(registry)

	err = registry.Do(ctx, func(ctx context.Context) error {
		tx, err := db.Tx(ctx)
		if err != nil {
			return err
		}
		fmt.Println(errors.Is(tx.Commit(ctx), scopedpgx.ErrNotYours))
		part, err := db.Begin(ctx)
		if err != nil {
			return err
		}
		return part.Commit(ctx)
	})
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}
