package scopedsql_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedsql"
	"github.com/sqlscope/sqlscope/session"
)

func TestStatementsOfADBRunInTheScopeOfTheirContext(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		must(t, b.Do(t.Context(), func(ctx context.Context) error {
			b.add(ctx, b.DB, 1)
			if got := b.seen(ctx); len(got) != 1 {
				t.Errorf("the scope sees %v", got)
			}
			_, err := b.Exec(ctx, "INSERT INTO "+b.table+" (id) VALUES (?)", 2)
			must(t, err)
			var n int
			must(t, b.QueryRowContext(ctx, "SELECT count(*) FROM "+b.table).Scan(&n))
			if n != 2 {
				t.Errorf("the *sql.DB sees %d", n)
			}
			return nil
		}))
		b.wantIDs(1, 2)
		wantErr(t, b.Do(t.Context(), func(ctx context.Context) error {
			b.add(ctx, b.DB, 3)
			return errBusiness
		}), errBusiness)
		b.wantIDs(1, 2)
	})
}

func TestATxIsASavepoint(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		must(t, b.Do(t.Context(), func(ctx context.Context) error {
			b.add(ctx, b.DB, 1)
			kept, err := b.BeginTx(ctx, nil)
			must(t, err)
			b.add(ctx, kept, 2)
			must(t, kept.Commit())
			undone, err := b.BeginTx(ctx, nil)
			must(t, err)
			b.add(ctx, undone, 3)
			must(t, undone.Rollback())
			failed, err := b.BeginTx(ctx, nil)
			must(t, err)
			b.add(ctx, failed, 4)
			b.breaks(ctx, failed, 1)
			wantErr(t, b.insert(ctx, failed, 5), session.ErrTxFailed)
			wantErr(t, failed.Commit(), session.ErrTxFailed)
			b.add(ctx, b.DB, 6)
			return nil
		}))
		b.wantIDs(1, 2, 6)
	})
}

func TestStatementsOfATxBelongToItsScopeWhateverTheirContext(t *testing.T) {
	b := onSQLite(t)
	wantErr(t, b.Do(t.Context(), func(ctx context.Context) error {
		tx, err := b.BeginTx(ctx, nil)
		must(t, err)
		_, err = tx.Exec("INSERT INTO "+b.table+" (id) VALUES (?)", 1) // without a context
		must(t, err)
		b.add(b.Outside(ctx), tx, 2)
		st, err := tx.Prepare("INSERT INTO " + b.table + " (id) VALUES (?)")
		must(t, err)
		_, err = st.Exec(3)
		must(t, err)
		must(t, tx.Commit())
		if got := b.seen(ctx); len(got) != 3 {
			t.Errorf("the scope sees %v", got)
		}
		return errBusiness
	}), errBusiness)
	b.wantIDs()
}

func TestTheScopeIsRolledBackIfATxIsLeftOpen(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		var left *sql.Tx
		wantErr(t, b.Do(t.Context(), func(ctx context.Context) (err error) {
			b.add(ctx, b.DB, 1)
			left, err = b.BeginTx(ctx, nil)
			must(t, err)
			b.add(ctx, left, 2)
			return nil
		}), session.ErrSavepointOpen)
		wantErr(t, b.insert(t.Context(), left, 3), scoped.ErrScopeEnded)
		wantErr(t, left.Commit(), scoped.ErrScopeEnded)
		b.wantIDs()
	})
}

func TestATxThatIsCommittedBeforeALaterOneIsRolledBackWithIt(t *testing.T) {
	b := onSQLite(t)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		b.add(ctx, b.DB, 1)
		first, err := b.BeginTx(ctx, nil)
		must(t, err)
		b.add(ctx, first, 2)
		second, err := b.BeginTx(ctx, nil)
		must(t, err)
		b.add(ctx, second, 3)
		wantErr(t, first.Commit(), session.ErrSavepointOpen)
		wantErr(t, second.Commit(), session.ErrClosed)
		return nil
	}))
	b.wantIDs(1)
}

func TestATxThatEndsWithItsContextIsGoneBeforeTheNextStatement(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		must(t, b.Do(t.Context(), func(ctx context.Context) error {
			for id := 10; id < 60; id += 2 { // database/sql's goroutine comes sooner or later
				short, cancel := context.WithCancel(ctx)
				tx, err := b.BeginTx(short, nil)
				must(t, err)
				b.add(ctx, tx, id)
				cancel()
				if id%4 == 0 {
					_ = tx.Rollback()
				}
				b.add(ctx, b.DB, id+1)
				if err := tx.Commit(); err == nil {
					t.Error("Commit returned nil")
				}
			}
			if got := b.seen(ctx); len(got) != 25 || got[0] != 11 {
				t.Errorf("the scope sees %v", got)
			}
			return nil
		}))
	})
}

func TestAStatementOfATxThatIsCancelledCostsTheSavepoint(t *testing.T) {
	b := onSQLite(t)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		b.add(ctx, b.DB, 1)
		short, cancel := context.WithTimeout(ctx, 30*time.Millisecond)
		defer cancel()
		tx, err := b.BeginTx(short, nil)
		must(t, err)
		b.add(short, tx, 2)
		var n int // a write that is interrupted would end the whole transaction on SQLite
		wantErr(t, tx.QueryRowContext(short, endless).Scan(&n), context.DeadlineExceeded)
		_ = tx.Rollback()
		return b.insert(ctx, b.DB, 3)
	}))
	b.wantIDs(1, 3)
}

func TestBeginTxAsksForNoMoreThanTheScopeHas(t *testing.T) {
	b := onSQLite(t)
	for _, c := range []struct {
		scope session.TxOptions
		asked sql.TxOptions
		want  error
	}{
		{session.TxOptions{}, sql.TxOptions{}, nil},
		{session.TxOptions{Isolation: session.Serializable}, sql.TxOptions{Isolation: sql.LevelSerializable}, nil},
		{session.TxOptions{Isolation: session.Serializable}, sql.TxOptions{Isolation: sql.LevelReadCommitted}, nil},
		{session.TxOptions{}, sql.TxOptions{ReadOnly: true}, scoped.ErrJoin},
		{session.TxOptions{ReadOnly: true}, sql.TxOptions{ReadOnly: true}, nil},
		{session.TxOptions{ReadOnly: true}, sql.TxOptions{}, nil},
		{session.TxOptions{ReadOnly: true}, sql.TxOptions{Isolation: sql.LevelReadCommitted}, scoped.ErrJoin},
		{session.TxOptions{}, sql.TxOptions{Isolation: sql.LevelSnapshot}, session.ErrUnsupported},
	} {
		must(t, b.Do(t.Context(), func(ctx context.Context) error {
			tx, err := b.BeginTx(ctx, &c.asked)
			wantErr(t, err, c.want)
			if err == nil {
				must(t, tx.Commit())
			}
			return nil
		}, c.scope))
	}
}

func TestTheIsolationOfPostgresIsAskedFor(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		if len(b.engine.Describe().Capabilities.Isolation) < 2 {
			return // every transaction has the strictest
		}
		must(t, b.Do(t.Context(), func(ctx context.Context) error {
			_, err := b.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
			wantErr(t, err, scoped.ErrJoin)
			return nil
		}))
	})
}

func TestAConnOfTheDBRunsInTheScopeOfTheCallOrOfItsTaking(t *testing.T) {
	b := onSQLite(t)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		c, err := b.Conn(ctx)
		must(t, err)
		defer c.Close()
		b.add(ctx, c, 1)
		b.add(context.Background(), c, 2)
		tx, err := c.BeginTx(context.Background(), nil)
		must(t, err)
		b.add(context.Background(), tx, 3)
		_, err = c.BeginTx(ctx, nil)
		if err == nil {
			t.Error("two transactions on one connection")
		}
		b.add(ctx, c, 4) // on a connection that has a transaction
		must(t, tx.Rollback())
		return nil
	}))
	b.wantIDs(1, 2)
	c, err := b.Conn(t.Context())
	must(t, err)
	defer c.Close()
	wantErr(t, b.insert(t.Context(), c, 5), scoped.ErrNoScope)
}

func TestAPanicInATxUndoesTheScope(t *testing.T) {
	b := onSQLite(t)
	func() {
		defer func() {
			if recover() != "oops" {
				t.Error("the panic is gone")
			}
		}()
		_ = b.Do(t.Context(), func(ctx context.Context) error {
			tx, err := b.BeginTx(ctx, nil)
			must(t, err)
			b.add(ctx, tx, 1)
			panic("oops")
		})
	}()
	b.wantIDs()
}

func TestAloneACallWithoutAScopeHasOneOfItsOwn(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		ctx := t.Context()
		b.add(ctx, b.DB, 1)
		b.wantIDs(1)
		b.breaks(ctx, b.DB, 1)
		tx, err := b.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
		must(t, err)
		b.add(ctx, tx, 2)
		must(t, tx.Commit())
		tx, err = b.BeginTx(ctx, nil)
		must(t, err)
		b.add(ctx, tx, 3)
		must(t, tx.Rollback())
		short, cancel := context.WithCancel(ctx)
		tx, err = b.BeginTx(short, nil)
		must(t, err)
		b.add(ctx, tx, 4)
		cancel()
		_ = tx.Rollback()
		rows, err := b.QueryContext(ctx, "SELECT id FROM "+b.table)
		must(t, err)
		must(t, rows.Close())
		must(t, rows.Err())
		b.wantIDs(1, 2)
		must(t, b.Do(ctx, func(inside context.Context) error {
			b.add(inside, b.DB, 5)
			ctx = inside
			return nil
		}))
		wantErr(t, b.insert(ctx, b.DB, 6), scoped.ErrScopeEnded)
	}, scopedsql.Options{Alone: true})
}

func TestAloneDDLEndsNoTransaction(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		ctx := t.Context()
		for _, text := range []string{"CREATE TABLE %_more (id INT)", "INSERT INTO %_more VALUES (1)",
			"ALTER TABLE %_more ADD COLUMN more INT", "DROP TABLE %_more"} {
			_, err := b.ExecContext(ctx, strings.ReplaceAll(text, "%", b.table))
			must(t, err)
		}
		_, err := b.ExecContext(ctx, "DROP TABLE "+b.table+"_more")
		if session.KindOf(err) != session.KindSyntax {
			t.Errorf("a table that is gone: %v", err)
		}
	}, scopedsql.Options{Alone: true})
}

func TestDDLThatEndsTheScopesTransactionSaysSo(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		if b.engine.Describe().Capabilities.TransactionalDDL {
			return
		}
		err := b.Do(t.Context(), func(ctx context.Context) error {
			_, err := b.ExecContext(ctx, "ALTER TABLE "+b.table+" ADD COLUMN more INT")
			return err
		})
		wantErr(t, err, session.ErrTxEnded)
		wantErr(t, err, session.ErrTxFailed)
	}, scopedsql.Options{Alone: true})
}

func TestWithoutAScopeCallsAreRefused(t *testing.T) {
	b := onSQLite(t)
	wantErr(t, b.insert(t.Context(), b.DB, 1), scoped.ErrNoScope)
	_, err := b.QueryContext(t.Context(), "SELECT 1")
	wantErr(t, err, scoped.ErrNoScope)
	_, err = b.BeginTx(t.Context(), nil)
	wantErr(t, err, scoped.ErrNoScope)
	must(t, b.PingContext(t.Context()))
	var late context.Context
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		late = ctx
		return b.PingContext(ctx)
	}))
	wantErr(t, b.insert(late, b.DB, 1), scoped.ErrScopeEnded)
}

func TestTwoRegistriesInOneContextKeepApart(t *testing.T) {
	one, other := onSQLite(t), onSQLite(t)
	must(t, one.Do(t.Context(), func(ctx context.Context) error {
		one.add(ctx, one.DB, 1)
		wantErr(t, other.insert(ctx, other.DB, 2), scoped.ErrNoScope)
		wantErr(t, other.Do(ctx, func(ctx context.Context) error {
			other.add(ctx, other.DB, 3)
			one.add(ctx, one.DB, 4)
			return errBusiness
		}), errBusiness)
		return nil
	}))
	one.wantIDs(1, 4)
	other.wantIDs()
}

func TestAPartThatFailsInATxSpoilsTheTxAlone(t *testing.T) {
	b := onSQLite(t)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		tx, err := b.BeginTx(ctx, nil)
		must(t, err)
		b.add(ctx, tx, 1)
		wantErr(t, b.Do(ctx, func(context.Context) error { return errBusiness }), errBusiness)
		wantErr(t, tx.Commit(), scoped.ErrRollbackOnly)
		b.add(ctx, b.DB, 2)
		return nil
	}))
	b.wantIDs(2)
}
