package fakedriver_test

import (
	"context"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
)

// A COMMIT whose answer is lost: the row is there, and the caller cannot know.
func Example() {
	ctx := context.Background()
	db := fakedriver.New(fakedriver.Options{})
	db.Once("commit", fakedriver.Reaction{Cut: fakedriver.CutAfter})

	conn, err := db.NewPool().Acquire(ctx, drivers.Need{})
	if err != nil {
		fmt.Println(err)
		return
	}
	flight := &drivers.Flight{Steps: []drivers.Step{
		{Op: drivers.OpBegin},
		{Op: drivers.OpExec, SQL: "CREATE TABLE t (id BIGINT PRIMARY KEY)"},
		{Op: drivers.OpExec, SQL: "INSERT INTO t (id) VALUES (?)", Args: []any{1}},
		{Op: drivers.OpCommit},
	}}
	_, err = conn.Run(ctx, flight)
	fmt.Println(err)
	fmt.Println("sent", flight.Sent, "done", flight.Done, "state", conn.State())
	for _, step := range db.Log() {
		fmt.Println("-", step)
	}
	// Output:
	// fake: the connection is lost
	// sent 4 done 3 state lost
	// - begin
	// - exec CREATE TABLE t (id BIGINT PRIMARY KEY)
	// - exec INSERT INTO t (id) VALUES (?)
	// - commit
}
