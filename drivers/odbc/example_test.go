package odbc_test

import (
	"context"
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
