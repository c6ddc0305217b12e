package odbc_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers/odbc"
	"github.com/sqlscope/sqlscope/session"
)

// What is wrong with a connection string is said before anything is dialled.
func Example() {
	ctx := context.Background()
	for _, url := range []string{
		"odbc:Server=db.example.com;Pwd={se;cret",
		"odbc:Driver={PostgreSQL Unicode};Server=db.example.com;Pwd=secret;BoolsAsChar=1",
	} {
		_, err := session.Open(ctx, url, session.Options{}, odbc.Driver)
		fmt.Println(err)
	}
	// Output:
	// odbc: the connection string's value of Pwd has no closing brace
	// odbc: the connection string has BoolsAsChar=1; it must be BoolsAsChar=0: booleans are booleans
}

// A pool of one's own may leave fewer calls behind when a server freezes.
func ExampleNew() {
	ctx := context.Background()
	pool, err := odbc.New(ctx, "Driver={MariaDB Unicode};Server=db.example.com;Database=shop;Uid=app;Pwd=secret",
		odbc.Options{MaxAbandoned: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	engine, err := session.New(pool, session.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close(ctx)
	fmt.Println(engine.Describe().Driver, engine.Describe().Address)
	// Output:
	// odbc/mysql Server=db.example.com;Database=shop
}

// What an ODBC driver has no word for is in its own records, which each say who
// they went through.
func ExampleError() {
	var err error = &session.Error{Kind: session.KindUnique, Op: "exec", Err: &odbc.Error{
		Op: "execute", Records: []odbc.Record{{State: "23000", Native: 1062,
			Message: "[ma-3.1.15][10.11.14-MariaDB]Duplicate entry '7' for key 'PRIMARY'"}}}}
	var e *odbc.Error
	if errors.As(err, &e) {
		first := e.Records[0]
		fmt.Println(first.State, first.Native)
		fmt.Println(first.Bare())
	}
	// Output:
	// 23000 1062
	// Duplicate entry '7' for key 'PRIMARY'
}

// A call that never returns keeps one thread of the process. Whoever sees many
// of them should be told, and no more connections are opened then.
func Example_abandoned() {
	alarm := func(err error) string {
		switch {
		case errors.Is(err, odbc.ErrTooManyAbandoned):
			return "no more connections until calls have returned"
		case errors.Is(err, odbc.ErrAbandoned):
			return "the server or its ODBC driver is frozen"
		}
		return "nothing of that kind"
	}
	fmt.Println(alarm(fmt.Errorf("ping: %w", odbc.ErrAbandoned)))
	fmt.Println(alarm(odbc.ErrTooManyAbandoned))
	fmt.Println(alarm(context.Canceled))
	// Output:
	// the server or its ODBC driver is frozen
	// no more connections until calls have returned
	// nothing of that kind
}
