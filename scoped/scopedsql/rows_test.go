package scopedsql_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/scoped/scopedsql"
	"github.com/sqlscope/sqlscope/session"
)

// filled runs f in a scope that has notes 1 to n, and rolls it back.
func (b *bed) filled(n int, f func(ctx context.Context)) {
	b.t.Helper()
	wantErr(b.t, b.Do(context.Background(), func(ctx context.Context) error {
		for id := 1; id <= n; id++ {
			b.add(ctx, b.DB, id)
		}
		f(ctx)
		return errBusiness
	}), errBusiness)
}

func (b *bed) all(ctx context.Context) *sql.Rows {
	b.t.Helper()
	rows, err := b.QueryContext(ctx, "SELECT id, text FROM "+b.table+" ORDER BY id")
	must(b.t, err)
	return rows
}

func TestStatementsMayRunInALoopOverRows(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		b.filled(5, func(ctx context.Context) {
			rows := b.all(ctx)
			defer rows.Close()
			n := 0
			for ; rows.Next(); n++ {
				var id int
				var text string
				must(t, rows.Scan(&id, &text))
				if id != n+1 || text != "a note" {
					t.Errorf("row %d is %d, %q", n+1, id, text)
				}
				var again string
				must(t, b.QueryRowContext(ctx, "SELECT text FROM "+b.table+" WHERE id = ?", id).Scan(&again))
				tx, err := b.BeginTx(ctx, nil)
				must(t, err)
				b.add(ctx, tx, 100+id)
				must(t, tx.Rollback())
				b.add(ctx, b.DB, 200+id)
				if types, err := rows.ColumnTypes(); err != nil || types[0].DatabaseTypeName() == "" {
					t.Errorf("the types are lost: %v", err)
				}
			}
			must(t, rows.Err())
			if n != 5 || len(b.seen(ctx)) != 10 {
				t.Errorf("%d rows were read, the scope sees %v", n, b.seen(ctx))
			}
		})
	})
}

func TestRowsInRowsInRows(t *testing.T) {
	b := onSQLite(t)
	b.filled(3, func(ctx context.Context) {
		var seen []string
		for i := b.all(ctx); i.Next(); {
			for j := b.all(ctx); j.Next(); {
				for k := b.all(ctx); k.Next(); {
					var id [3]int
					var text string
					must(t, i.Scan(&id[0], &text))
					must(t, j.Scan(&id[1], &text))
					must(t, k.Scan(&id[2], &text))
					seen = append(seen, fmt.Sprint(id))
				}
			}
		}
		if len(seen) != 27 || seen[5] != "[1 2 3]" || seen[26] != "[3 3 3]" {
			t.Errorf("seen are %v", seen)
		}
	})
}

func TestRowsThatAreTooLargeToBeKeptEndWithAnError(t *testing.T) {
	b := onSQLite(t, scopedsql.Options{BufferBytes: 100})
	b.filled(50, func(ctx context.Context) {
		rows := b.all(ctx)
		defer rows.Close()
		n := 0
		for ; rows.Next(); n++ {
			must(t, b.insert(ctx, b.DB, 1000+n))
		}
		err := rows.Err()
		wantErr(t, err, session.ErrRowsOpen)
		if n < 2 || n > 10 || !strings.Contains(err.Error(), "100 bytes") {
			t.Errorf("%d rows, then %v", n, err)
		}
	})
}

func TestRowsWhoseContextEndsLetTheSessionGo(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		b.filled(20, func(ctx context.Context) {
			for range 50 {
				tx, err := b.BeginTx(ctx, nil)
				must(t, err)
				short, cancel := context.WithCancel(ctx)
				rows, err := tx.QueryContext(short, "SELECT id FROM "+b.table)
				must(t, err)
				rows.Next()
				cancel() // database/sql's goroutine closes them sooner or later
				var n int
				err = tx.QueryRowContext(ctx, "SELECT count(*) FROM "+b.table).Scan(&n)
				if err != nil { // the query was cancelled, as any statement
					wantErr(t, err, session.ErrTxFailed)
					wantErr(t, err, context.Canceled)
				}
				for rows.Next() {
				}
				_ = rows.Close()
				must(t, tx.Rollback())
			}
		})
	})
}

func TestOpenRowsOfATxThatIsCommittedAreClosedByDatabaseSQL(t *testing.T) {
	b := onSQLite(t)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		b.add(ctx, b.DB, 1, 2)
		tx, err := b.BeginTx(ctx, nil)
		must(t, err)
		rows, err := tx.QueryContext(ctx, "SELECT id FROM "+b.table)
		must(t, err)
		rows.Next()
		return tx.Commit()
	}))
	b.wantIDs(1, 2)
}

func TestRowsLeftOpenAreNamedWhenTheScopeEnds(t *testing.T) {
	b := onSQLite(t)
	err := b.Do(t.Context(), func(ctx context.Context) error {
		b.add(ctx, b.DB, 1)
		b.all(ctx).Next()
		return nil
	})
	wantErr(t, err, session.ErrRowsOpen)
	if !strings.Contains(err.Error(), b.table) {
		t.Errorf("it does not name the query: %v", err)
	}
	b.wantIDs()
}

func TestColumnsHaveTheTypesThatTheDatabaseTells(t *testing.T) {
	want := map[string]string{"sqlite": "INTEGER VARCHAR", "postgres": "INT4 VARCHAR", "mysql": "INT VARCHAR"}
	everywhere(t, func(t *testing.T, b *bed) {
		b.filled(1, func(ctx context.Context) {
			rows := b.all(ctx)
			defer rows.Close()
			rows.Next()
			types, err := rows.ColumnTypes()
			must(t, err)
			got := types[0].DatabaseTypeName() + " " + types[1].DatabaseTypeName()
			// SQLite tells what was declared, MySQL without the length.
			if w := want[b.engine.Describe().Driver]; !strings.HasPrefix(got, w) {
				t.Errorf("the types are %q, want %q", got, w)
			}
			if types[0].ScanType() == nil {
				t.Error("there is no Go type")
			}
		})
	})
}

func TestValuesOfEveryTypeArriveAsDatabaseSQLKnowsThem(t *testing.T) {
	everywhere(t, func(t *testing.T, b *bed) {
		if b.engine.Describe().Driver != "postgres" {
			return // the others' client libraries make the values
		}
		b.filled(0, func(ctx context.Context) {
			for expression, want := range map[string]string{
				"1.50::numeric": "1.50", "ARRAY[1,2]": "{1,2}", "ARRAY['a b',NULL]": `{"a b",NULL}`,
				"'{\"a\": 1}'::jsonb": `{"a": 1}`, "'10.0.0.1/8'::inet": "10.0.0.1/8",
				"'0a1b2c3d-0000-4000-8000-000000000000'::uuid": "0a1b2c3d-0000-4000-8000-000000000000",
				"'1 day 02:00:00'::interval":                   "1 day 02:00:00", "int4range(1,5)": "[1,5)",
				"'x'::name": "x", "'12:30:00'::time": "12:30:00", "1::oid": "1", "true": "true",
				"'(1,2)'::point": "(1,2)", "'\\x00ff'::bytea": "\x00\xff", "1.5::float4": "1.5",
			} {
				for range 3 { // as text at first, prepared then
					var got string
					err := b.QueryRowContext(ctx, "SELECT "+expression+" WHERE $1", true).Scan(&got)
					if err != nil || !sameText(got, want) {
						t.Errorf("%s is %q, want %q; error: %v", expression, got, want, err)
					}
				}
			}
		})
	})
}

// sameText compares what pgx spells with what the server spells.
func sameText(got, want string) bool {
	if strings.Contains(want, "day") { // pgx adds the fraction of a second
		return strings.HasPrefix(got, want)
	}
	return strings.TrimSuffix(got, ".000000") == want
}

func TestDatabaseSQLsGoroutineForRowsNeverEntersTheSession(t *testing.T) {
	b := onSQLite(t)
	b.filled(3, func(ctx context.Context) {
		for i := range 3000 {
			tx, err := b.BeginTx(ctx, nil)
			must(t, err)
			short, cancel := context.WithCancel(ctx)
			rows, err := tx.QueryContext(short, "SELECT id FROM "+b.table)
			must(t, err)
			go cancel()
			for range i % 4 {
				runtime.Gosched()
			}
			var n int
			err = b.QueryRowContext(ctx, "SELECT 1").Scan(&n)
			if errors.Is(err, session.ErrConcurrentUse) {
				t.Fatal(err)
			}
			_ = rows.Close()
			must(t, tx.Rollback())
		}
	})
}
