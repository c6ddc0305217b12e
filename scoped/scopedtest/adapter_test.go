package scopedtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/scoped/scopedpgx"
	"github.com/sqlscope/sqlscope/scoped/scopedsql"
	"github.com/sqlscope/sqlscope/scoped/scopedtest"
)

func TestCodeForDatabaseSQLWorksInASandbox(t *testing.T) {
	onEach(t, func(t *testing.T, a *app) {
		db := scopedsql.Open(a.Registry)
		defer db.Close()
		t.Run("the test", func(t *testing.T) {
			ctx := scopedtest.Sandbox(t, a.Registry)
			a := &app{a.Registry, t, a.table}
			must(t, a.Do(ctx, func(ctx context.Context) error {
				must(t, a.add(ctx, 1))
				tx, err := db.BeginTx(ctx, nil)
				must(t, err)
				must(t, a.add(ctx, 2))
				must(t, tx.Rollback())
				tx, err = db.BeginTx(ctx, nil)
				must(t, err)
				must(t, a.add(ctx, 3))
				must(t, tx.Commit())
				rows, err := db.QueryContext(ctx, "SELECT id FROM "+a.table+" ORDER BY id")
				must(t, err)
				defer rows.Close()
				for rows.Next() {
					var id int
					must(t, rows.Scan(&id))
					must(t, a.add(ctx, 10+id)) // in a loop over rows
				}
				return rows.Err()
			}))
			a.wantIDs(ctx, 1, 3, 11, 13)
			scopedtest.Committed(t, ctx, 2) // with wantIDs
		})
		a.wantIDs(t.Context())
	})
}

func TestCodeForPgxWorksInASandbox(t *testing.T) {
	a := newApp(t, testdsn.Get(t, "postgres"))
	db := scopedpgx.New(a.Registry)
	t.Run("the test", func(t *testing.T) {
		ctx := scopedtest.Sandbox(t, a.Registry)
		a := &app{a.Registry, t, a.table}
		must(t, a.Do(ctx, func(ctx context.Context) error {
			_, err := db.CopyFrom(ctx, pgx.Identifier{a.table}, []string{"id"}, pgx.CopyFromRows([][]any{{1}, {2}}))
			must(t, err)
			tx, err := db.Begin(ctx)
			must(t, err)
			_, err = tx.Exec(ctx, "DELETE FROM "+a.table)
			must(t, err)
			must(t, tx.Rollback(ctx))
			rows, err := db.Query(ctx, "SELECT id FROM "+a.table)
			must(t, err)
			ids, err := pgx.CollectRows(rows, pgx.RowTo[int])
			if len(ids) != 2 {
				t.Errorf("seen are %v", ids)
			}
			return err
		}))
		a.wantIDs(ctx, 1, 2)
	})
	a.wantIDs(t.Context())
}
