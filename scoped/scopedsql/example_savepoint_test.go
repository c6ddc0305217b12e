package scopedsql_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedsql"
	"github.com/sqlscope/sqlscope/session"
)

// An ORM's transaction inside of a transaction is a savepoint that it writes
// itself.
func Example_savepoint() {
	ctx := context.Background()
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	if err != nil {
		panic(err)
	}
	defer engine.Close(ctx)
	registry := scoped.New(engine)
	db := scopedsql.Open(registry)
	defer db.Close()

	err = registry.Do(ctx, func(ctx context.Context) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		for _, text := range []string{"SAVEPOINT sp1", "SELECT 1 FROM nowhere", "ROLLBACK TO SAVEPOINT sp1",
			"SELECT 1", "RELEASE SAVEPOINT sp2"} {
			_, err := tx.ExecContext(ctx, text)
			fmt.Println(text, err == nil, errors.Is(err, scopedsql.ErrNoSavepoint))
		}
		return tx.Commit()
	})
	fmt.Println(err)
	// Output:
	// SAVEPOINT sp1 true false
	// SELECT 1 FROM nowhere false false
	// ROLLBACK TO SAVEPOINT sp1 true false
	// SELECT 1 true false
	// RELEASE SAVEPOINT sp2 false true
	// <nil>
}
