package session_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sqlscope/sqlscope/session"
)

// What a session does the connection of a RunSync does too: a Querier's methods,
// and those for many rows.
func ExampleSyncConn() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.RunSync(ctx, "weights", func(ctx context.Context, c *session.SyncConn) error {
		fmt.Println("this is", c.Name())
		check(c.QueueText("CREATE TABLE weight (pet TEXT DEFAULT 'who?', grams INT)", nil))
		_, err := c.ExecText(ctx, "INSERT INTO weight (grams) VALUES (1)")
		check(err)
		_, err = c.Exec(ctx, "DELETE FROM weight WHERE pet = ?", "who?")
		check(err)
		check(c.Queue("INSERT INTO weight VALUES (?, ?)", "Ada", 4100)) // with the next statement
		_, err = c.ExecMany(ctx, "INSERT INTO weight VALUES (?, ?)",
			slices.Values([][]any{{"Ada", 4200}, {"Blaise", 5100}}))
		check(err)
		_, err = c.CopyIn(ctx, "COPY weight FROM STDIN", strings.NewReader("Ada\t4300\n"))
		fmt.Println("COPY:", errors.Is(err, session.ErrUnsupported)) // it is PostgreSQL's
		rows, err := c.Query(ctx, "SELECT pet, max(grams) FROM weight GROUP BY pet ORDER BY pet")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var pet string
			var grams int
			check(rows.Scan(&pet, &grams))
			fmt.Println(pet, grams)
		}
		return rows.Err()
	}))
	// Output:
	// this is weights
	// COPY: true
	// Ada 4200
	// Blaise 5100
}

// Statements from files may begin transactions of their own.
func ExampleSyncConn_OpenByHand() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	err := engine.RunSync(ctx, "by hand", func(ctx context.Context, c *session.SyncConn) error {
		for _, sql := range []string{"BEGIN", "DELETE FROM pet", "ROLLBACK"} {
			if _, err := c.ExecText(ctx, sql); err != nil {
				return err
			}
			fmt.Println(sql, c.OpenByHand())
		}
		return nil
	}, session.SyncOptions{NoTransaction: true})
	fmt.Println(err)
	// Output:
	// BEGIN true
	// DELETE FROM pet true
	// ROLLBACK false
	// <nil>
}

func ExampleSyncOptions_Validate() {
	opts := session.SyncOptions{NoTransaction: true, Tx: session.TxOptions{Isolation: session.Serializable}}
	fmt.Println(opts.Validate() != nil)
	// Output: true
}
