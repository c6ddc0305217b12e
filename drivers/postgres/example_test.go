package postgres_test

import (
	"context"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/postgres"
)

// What is wrong with a URL is said before anything is dialled.
func Example() {
	url := "postgres://app:secret@db.example.com/shop?statement_timeot=5s"
	_, err := postgres.Driver.Open(context.Background(), drivers.Config{URL: url})
	fmt.Println(err)
	// Output:
	// postgres: unknown URL parameter "statement_timeot"; did you mean "statement_timeout"?
}
