package scopedsql_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/sqlscope/sqlscope/scoped/scopedsql"
	"github.com/sqlscope/sqlscope/session"
)

// says runs a statement about a savepoint, as ORMs write them for transactions
// inside of transactions.
func (b *bed) says(ctx context.Context, tx *sql.Tx, text string) {
	b.t.Helper()
	_, err := tx.ExecContext(ctx, text)
	must(b.t, err)
}

func TestSavepointsThatAreWrittenByHandCanFailAlone(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		must(t, b.Do(t.Context(), func(ctx context.Context) error {
			tx, err := b.BeginTx(ctx, nil)
			must(t, err)
			b.add(ctx, tx, 1)
			b.says(ctx, tx, "SAVEPOINT a")
			b.add(ctx, tx, 2)
			b.says(ctx, tx, "savepoint B;")
			b.add(ctx, tx, 3)
			b.breaks(ctx, tx, 1)
			wantErr(t, b.insert(ctx, tx, 4), session.ErrTxFailed)
			b.says(ctx, tx, "ROLLBACK TO SAVEPOINT b")
			b.add(ctx, tx, 5)
			b.breaks(ctx, tx, 1)
			b.says(ctx, tx, "ROLLBACK TO b") // it is still there
			b.add(ctx, tx, 6)
			b.says(ctx, tx, "RELEASE SAVEPOINT a") // and b with it
			_, err = tx.ExecContext(ctx, "RELEASE b")
			wantErr(t, err, scopedsql.ErrNoSavepoint)
			must(t, tx.Commit())
			return nil
		}))
		b.wantIDs(1, 2, 6)
	})
}

func TestASavepointByHandThatIsLeftOpenIsKeptWithItsTx(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		must(t, b.Do(t.Context(), func(ctx context.Context) error {
			kept, err := b.BeginTx(ctx, nil)
			must(t, err)
			b.says(ctx, kept, "SAVEPOINT a")
			b.add(ctx, kept, 1)
			b.says(ctx, kept, "SAVEPOINT b")
			b.add(ctx, kept, 2)
			must(t, kept.Commit())
			undone, err := b.BeginTx(ctx, nil)
			must(t, err)
			b.says(ctx, undone, "SAVEPOINT a")
			b.add(ctx, undone, 3)
			must(t, undone.Rollback())
			failed, err := b.BeginTx(ctx, nil)
			must(t, err)
			b.add(ctx, failed, 4)
			b.says(ctx, failed, "SAVEPOINT a")
			b.breaks(ctx, failed, 1)
			wantErr(t, failed.Commit(), session.ErrTxFailed)
			b.add(ctx, b.DB, 5)
			return nil
		}))
		b.wantIDs(1, 2, 5)
	})
}

func TestASavepointOfTheSameNameHidesTheOneAround(t *testing.T) {
	b := onSQLite(t)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		tx, err := b.BeginTx(ctx, nil)
		must(t, err)
		b.says(ctx, tx, "SAVEPOINT a")
		b.add(ctx, tx, 1)
		b.says(ctx, tx, "SAVEPOINT a")
		b.add(ctx, tx, 2)
		b.says(ctx, tx, "ROLLBACK TRANSACTION TO SAVEPOINT a")
		b.says(ctx, tx, "RELEASE a")
		b.add(ctx, tx, 3)
		b.says(ctx, tx, "ROLLBACK TO a")
		b.add(ctx, tx, 4)
		return tx.Commit()
	}))
	b.wantIDs(4)
}

func TestAPartThatFailsInASavepointByHandSpoilsThatAlone(t *testing.T) {
	b := onSQLite(t)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		tx, err := b.BeginTx(ctx, nil)
		must(t, err)
		b.add(ctx, tx, 1)
		b.says(ctx, tx, "SAVEPOINT a")
		wantErr(t, b.Do(ctx, func(ctx context.Context) error {
			b.add(ctx, b.DB, 2)
			return errBusiness
		}), errBusiness)
		b.says(ctx, tx, "ROLLBACK TO SAVEPOINT a")
		return tx.Commit()
	}))
	b.wantIDs(1)
}

func TestSavepointsByHandWorkAlone(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		ctx := t.Context()
		b.add(ctx, b.DB, 1)
		tx, err := b.BeginTx(ctx, nil)
		must(t, err)
		st, err := tx.PrepareContext(ctx, "SAVEPOINT sp")
		must(t, err)
		_, err = st.ExecContext(ctx)
		must(t, err)
		b.add(ctx, tx, 2)
		b.breaks(ctx, tx, 1)
		b.says(ctx, tx, "ROLLBACK TO SAVEPOINT sp")
		b.add(ctx, tx, 3)
		must(t, tx.Commit())
		b.wantIDs(1, 3)
	}, scopedsql.Options{Alone: true})
}

func TestOnlyWhatIsAboutASavepointIsTakenForOne(t *testing.T) {
	b := onSQLite(t)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		tx, err := b.BeginTx(ctx, nil)
		must(t, err)
		b.says(ctx, tx, "REPLACE INTO "+b.table+" (id) VALUES (1)")
		b.says(ctx, tx, "  select 'SAVEPOINT a'")
		for _, text := range []string{"SAVEPOINT", "SAVEPOINT a b", "RELEASE", "ROLLBACK TO"} {
			if parts, err := b.BeginTx(ctx, nil); err == nil {
				_, err = parts.ExecContext(ctx, text)
				if session.KindOf(err) != session.KindSyntax {
					t.Errorf("%s: %v", text, err)
				}
				must(t, parts.Rollback())
			}
		}
		return tx.Commit()
	}))
	b.wantIDs(1)
}
