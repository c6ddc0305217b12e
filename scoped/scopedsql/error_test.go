package scopedsql_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"testing"

	gomysql "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedsql"
	"github.com/sqlscope/sqlscope/session"
)

func TestErrorsUnwrapToTheDriversOwn(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		_ = b.Do(t.Context(), func(ctx context.Context) error {
			b.add(ctx, b.DB, 1)
			err := b.insert(ctx, b.DB, 1)
			var (
				lite *sqlite.Error
				pg   *pgconn.PgError
				my   *gomysql.MySQLError
			)
			if !errors.As(err, &lite) && !errors.As(err, &pg) && !errors.As(err, &my) {
				t.Errorf("no error of a client library in %v", err)
			}
			if !session.IsConstraint(err) {
				t.Errorf("no constraint: %v", err)
			}
			return err
		})
	})
}

func TestNoRowsIsDatabaseSQLsOwn(t *testing.T) {
	b := onSQLite(t)
	b.filled(0, func(ctx context.Context) {
		var id int
		wantErr(t, b.QueryRowContext(ctx, "SELECT id FROM "+b.table).Scan(&id), sql.ErrNoRows)
	})
}

func TestAnErrorThatSaysBadConnDoesNotRunTheStatementAgain(t *testing.T) {
	db := fakedriver.New(fakedriver.Options{})
	engine, err := session.Open(t.Context(), "fake:", session.Options{}, db.Driver())
	must(t, err)
	defer engine.Close(context.Background())
	registry := scoped.New(engine)
	q := scopedsql.Open(registry)
	defer q.Close()
	runs := 0
	db.OnRun(func(_ context.Context, step drivers.Step) *fakedriver.Reaction {
		if step.SQL == "SELECT 7" {
			runs++
			return &fakedriver.Reaction{Err: fmt.Errorf("my library says: %w", driver.ErrBadConn)}
		}
		return nil
	})
	err = registry.Do(t.Context(), func(ctx context.Context) error {
		_, err := q.ExecContext(ctx, "SELECT 7")
		return err
	})
	var own *session.Error
	if runs != 1 || err == nil || errors.Is(err, driver.ErrBadConn) || !errors.As(err, &own) {
		t.Errorf("it ran %d times: %v", runs, err)
	}
}

func TestArgumentsThatDoNotFitAreRefused(t *testing.T) {
	b := onSQLite(t)
	b.filled(1, func(ctx context.Context) {
		var id int
		must(t, b.QueryRowContext(ctx, "SELECT id FROM "+b.table+" WHERE id = :id AND text = :text",
			sql.Named("id", 1), sql.Named("text", "a note")).Scan(&id))
		for _, args := range [][]any{{sql.Named("id", 1), "a note"}, {1, sql.Named("text", "a note")},
			{sql.Out{Dest: &id}, 1}, {1}} {
			err := b.QueryRowContext(ctx, "SELECT id FROM "+b.table+" WHERE id = ? AND text = ?", args...).Scan(&id)
			wantErr(t, err, session.ErrArguments)
		}
	})
}

func TestAStatementWithoutArgumentsIsSentAsItIs(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		if b.engine.Describe().Driver != "postgres" {
			return // the only one with an operator that is spelled ?
		}
		b.filled(0, func(ctx context.Context) {
			var has bool
			must(t, b.QueryRowContext(ctx, `SELECT '{"a": 1}'::jsonb ? 'a'`).Scan(&has))
			must(t, b.QueryRowContext(ctx, `SELECT '{"a": 1}'::jsonb ? $1`, "a").Scan(&has))
			must(t, b.QueryRowContext(ctx, `SELECT '{"a": 1}'::jsonb ?? ?`, "a").Scan(&has))
			if !has {
				t.Error("the operator is lost")
			}
		})
	})
}

func TestKeysThatTheDatabaseGeneratesAreReturnedWhereItTellsThem(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		b.filled(0, func(ctx context.Context) {
			res, err := b.ExecContext(ctx, "INSERT INTO "+b.table+" (id) VALUES (7)")
			must(t, err)
			if n, err := res.RowsAffected(); n != 1 || err != nil {
				t.Errorf("rows affected: %d, %v", n, err)
			}
			_, err = res.LastInsertId()
			if b.engine.Describe().Capabilities.LastInsertID {
				must(t, err)
			} else {
				wantErr(t, err, session.ErrUnsupported)
			}
		})
	})
}

func TestAStatementIsPreparedOnceAndRunsInAnyScope(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		st, err := b.PrepareContext(t.Context(), "INSERT INTO "+b.table+" (id) VALUES (?)")
		must(t, err)
		defer st.Close()
		_, err = st.ExecContext(t.Context(), 1)
		wantErr(t, err, scoped.ErrNoScope)
		for id := range 3 {
			must(t, b.Do(t.Context(), func(ctx context.Context) error {
				tx, err := b.BeginTx(ctx, nil)
				must(t, err)
				_, err = tx.StmtContext(ctx, st).Exec(id)
				must(t, err)
				return tx.Commit()
			}))
		}
		b.wantIDs(0, 1, 2)
	})
}

func TestTheDriverOpensNothingByName(t *testing.T) {
	b := onSQLite(t)
	if _, err := b.Driver().Open("a name"); err == nil {
		t.Error("it opened something")
	}
	defer func() {
		if recover() != "scopedsql: Open needs a registry, got nil" {
			t.Error("Open took nil")
		}
	}()
	scopedsql.Open(nil)
}
