package postgres_test

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/session"
)

// What is wrong with a URL is said before anything is dialled.
func Example() {
	url := "postgres://app:secret@db.example.com/shop?statement_timeot=5s"
	_, err := postgres.Driver.Open(context.Background(), drivers.Config{URL: url})
	fmt.Println(err)
	// Output:
	// postgres: unknown URL parameter "statement_timeot"; did you mean "statement_timeout"?
}

// A pool that the application has already serves sessions as well, and stays the
// application's to close.
func ExampleAdopt() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, "postgres://app:secret@db.example.com/shop?pool_max_conns=12") // dials later
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	engine, err := session.New(postgres.Adopt(pool), session.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close(ctx)
	d := engine.Describe()
	fmt.Println(d.Driver, d.Address, d.MaxConns)
	// Output: postgres db.example.com:5432/shop 12
}
