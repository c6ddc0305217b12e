// Command readme is the program at the top of README.md; a test keeps the two
// the same.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// accounts is a repository. It knows nothing of transactions: each statement
// runs in the one that its context carries.
type accounts struct{ db session.Querier }

func (a accounts) add(ctx context.Context, name string, amount int) error {
	_, err := a.db.Exec(ctx, "UPDATE accounts SET balance = balance + ? WHERE name = ?", amount, name)
	return err
}

func main() {
	ctx := context.Background()
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close(ctx)
	if err := engine.RunSync(ctx, "create the schema", createSchema); err != nil {
		log.Fatal(err)
	}

	db := scoped.New(engine) // hands one session to each context
	bank := accounts{db}
	for _, amount := range []int{30, 300} {
		err := db.Do(ctx, func(ctx context.Context) error { // commits on nil, else rolls back
			if err := bank.add(ctx, "bob", +amount); err != nil {
				return err
			}
			return bank.add(ctx, "ann", -amount)
		})
		fmt.Println("transfer of", amount, "refused:", session.KindOf(err) == session.KindCheck)
	}
	_ = db.Do(ctx, func(ctx context.Context) error {
		all, err := session.Collect[string](ctx, db, "SELECT name || ' has ' || balance FROM accounts")
		fmt.Println(all, err)
		return err
	})
}

func createSchema(ctx context.Context, c *session.SyncConn) error {
	_, err := c.Exec(ctx, "CREATE TABLE accounts (name TEXT, balance INT CHECK (balance >= 0))")
	if err == nil {
		_, err = c.Exec(ctx, "INSERT INTO accounts VALUES ('ann', 100), ('bob', 0)")
	}
	return err
}
