package scopedpgx_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedpgx"
	"github.com/sqlscope/sqlscope/session"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// bed is a registry, and a DB of it, on a Postgres with a table of notes.
type bed struct {
	*scoped.Registry
	db     *scopedpgx.DB
	t      testing.TB
	engine *session.Engine
	table  string
}

func newBed(t testing.TB) *bed {
	t.Helper()
	engine, err := session.Open(t.Context(), testdsn.Get(t, "postgres"), session.Options{MaxConns: 4}, postgres.Driver)
	must(t, err)
	b := &bed{Registry: scoped.New(engine), t: t, engine: engine, table: "notes_" + strings.ToLower(rand.Text()[:8])}
	b.db = scopedpgx.New(b.Registry)
	must(t, b.ddl("CREATE TABLE "+b.table+" (id int PRIMARY KEY, text text)"))
	t.Cleanup(func() {
		must(t, b.ddl("DROP TABLE "+b.table))
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		must(t, engine.Close(ctx))
	})
	return b
}

func (b *bed) ddl(text string) error {
	return b.engine.RunSync(context.Background(), "a table", func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, text)
		return err
	})
}

// execer is a DB or a pgx.Tx.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

func (b *bed) insert(ctx context.Context, q execer, id int) error {
	_, err := q.Exec(ctx, "INSERT INTO "+b.table+" (id, text) VALUES ($1, $2)", id, "a note")
	return err
}

func (b *bed) add(ctx context.Context, q execer, ids ...int) {
	b.t.Helper()
	for _, id := range ids {
		must(b.t, b.insert(ctx, q, id))
	}
}

func (b *bed) seen(ctx context.Context) []int {
	b.t.Helper()
	ids, err := session.Collect[int](ctx, b.Registry, "SELECT id FROM "+b.table+" ORDER BY id")
	must(b.t, err)
	return ids
}

func (b *bed) wantIDs(want ...int) {
	b.t.Helper()
	must(b.t, b.Do(context.Background(), func(ctx context.Context) error {
		if got := b.seen(ctx); !slices.Equal(got, want) {
			b.t.Errorf("committed are %v, want %v", got, want)
		}
		return nil
	}))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || (got == nil) != (want == nil) {
		t.Errorf("the error is %v, want %v", got, want)
	}
}

var errBusiness = errors.New("the order is already paid")

func TestCallsRunInTheScopeOfTheirContext(t *testing.T) {
	b := newBed(t)
	scope := func(outcome error) error {
		return b.Do(t.Context(), func(ctx context.Context) error {
			tag, err := b.db.Exec(ctx, "INSERT INTO "+b.table+" VALUES ($1, 'x'), ($2, 'y')", 1, 2)
			must(t, err)
			if tag.String() != "INSERT 0 2" {
				t.Errorf("the tag is %v", tag)
			}
			n, err := b.db.CopyFrom(ctx, pgx.Identifier{b.table}, []string{"id", "text"},
				pgx.CopyFromRows([][]any{{3, "z"}, {4, nil}}))
			if n != 2 || err != nil {
				t.Errorf("copied %d rows, %v", n, err)
			}
			var text *string
			must(t, b.db.QueryRow(ctx, "SELECT text FROM "+b.table+" WHERE id = $1", 4).Scan(&text))
			if got := b.seen(ctx); len(got) != 4 || text != nil {
				t.Errorf("the scope sees %v", got)
			}
			return outcome
		})
	}
	wantErr(t, scope(errBusiness), errBusiness)
	b.wantIDs()
	must(t, scope(nil))
	b.wantIDs(1, 2, 3, 4)
	wantErr(t, b.insert(t.Context(), b.db, 5), scoped.ErrNoScope)
	wantErr(t, b.db.QueryRow(t.Context(), "SELECT 1").Scan(new(int)), scoped.ErrNoScope)
	_, err := b.db.Begin(t.Context())
	wantErr(t, err, scoped.ErrNoScope)
}

func TestATransactionIsASavepoint(t *testing.T) {
	b := newBed(t)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		kept, err := b.db.Begin(ctx)
		must(t, err)
		b.add(context.Background(), kept, 1) // whatever the context is
		inner, err := kept.Begin(ctx)
		must(t, err)
		b.add(ctx, inner, 2)
		err = b.insert(ctx, inner, 1)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || session.KindOf(err) != session.KindUnique {
			t.Errorf("a second note 1: %v", err)
		}
		wantErr(t, b.insert(ctx, inner, 3), session.ErrTxFailed)
		err = inner.Commit(ctx)
		wantErr(t, err, pgx.ErrTxCommitRollback)
		wantErr(t, err, session.ErrTxFailed)
		wantErr(t, inner.Rollback(ctx), pgx.ErrTxClosed)
		wantErr(t, b.insert(ctx, inner, 3), pgx.ErrTxClosed)
		must(t, kept.Commit(ctx))
		wantErr(t, kept.Commit(ctx), pgx.ErrTxClosed)
		undone, err := b.db.BeginTx(ctx, pgx.TxOptions{})
		must(t, err)
		b.add(ctx, undone, 4)
		must(t, undone.Rollback(ctx))
		return nil
	}))
	b.wantIDs(1)
	wantErr(t, b.Do(t.Context(), func(ctx context.Context) error {
		_, err := b.db.Begin(ctx) // left open
		must(t, err)
		return b.insert(ctx, b.db, 5)
	}), session.ErrSavepointOpen)
	b.wantIDs(1)
}

func TestBeginTxAsksForNoMoreThanTheScopeHas(t *testing.T) {
	b := newBed(t)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		for want, opts := range map[error]pgx.TxOptions{
			scoped.ErrJoin:         {IsoLevel: pgx.Serializable},
			session.ErrUnsupported: {BeginQuery: "BEGIN PRIORITY HIGH"},
		} {
			_, err := b.db.BeginTx(ctx, opts)
			wantErr(t, err, want)
		}
		_, err := b.db.BeginTx(ctx, pgx.TxOptions{IsoLevel: "chaos"})
		wantErr(t, err, session.ErrUnsupported)
		tx, err := b.db.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
		must(t, err)
		return tx.Commit(ctx)
	}, session.TxOptions{Isolation: session.RepeatableRead}))
}

func TestTheScopesOwnTransactionIsEndedByTheScope(t *testing.T) {
	b := newBed(t)
	var late pgx.Tx
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		tx, err := b.db.Tx(ctx)
		must(t, err)
		b.add(context.Background(), tx, 1)
		wantErr(t, tx.Commit(ctx), scopedpgx.ErrNotYours)
		wantErr(t, tx.Rollback(ctx), scopedpgx.ErrNotYours)
		inner, err := tx.Begin(ctx)
		must(t, err)
		b.add(ctx, inner, 2)
		must(t, inner.Rollback(ctx))
		var in bool
		must(t, tx.Conn().QueryRow(ctx, "SELECT count(*) = 1 FROM "+b.table).Scan(&in))
		if !in {
			t.Error("Conn is another connection")
		}
		late = tx
		return nil
	}))
	b.wantIDs(1)
	wantErr(t, late.Rollback(t.Context()), pgx.ErrTxClosed)
	wantErr(t, b.insert(t.Context(), late, 3), scoped.ErrScopeEnded)
	if late.Conn() != nil {
		t.Error("there is a connection after the end")
	}
}

func TestACommitBehindTheSessionsBackIsNoticed(t *testing.T) {
	b := newBed(t)
	err := b.Do(t.Context(), func(ctx context.Context) error {
		tx, err := b.db.Tx(ctx)
		must(t, err)
		b.add(ctx, tx, 1)
		_, err = tx.Conn().Exec(ctx, "COMMIT")
		must(t, err)
		wantErr(t, b.insert(ctx, tx, 2), session.ErrTxFailed)
		return nil
	})
	wantErr(t, err, session.ErrTxFailed)
	b.wantIDs(1)
}

type note struct {
	ID   int
	Text *string
}

func TestStatementsMayRunInALoopOverRows(t *testing.T) {
	b := newBed(t)
	wantErr(t, b.Do(t.Context(), func(ctx context.Context) error {
		b.add(ctx, b.db, 1, 2, 3, 4)
		rows, err := b.db.Query(ctx, "SELECT id, text FROM "+b.table+" ORDER BY id")
		must(t, err)
		defer rows.Close()
		n := 0
		for ; rows.Next(); n++ {
			var before, after note
			if n != 2 {
				must(t, rows.Scan(&before.ID, &before.Text))
			}
			_, err := b.db.Exec(ctx, "UPDATE "+b.table+" SET text = 'x' WHERE id = $1", n+1)
			must(t, err)
			must(t, rows.Scan(&after.ID, &after.Text)) // the row is still the current one
			values, err := rows.Values()
			must(t, err)
			if after.ID != n+1 || *after.Text != "a note" || values[0] != int32(n+1) || len(rows.RawValues()) != 2 {
				t.Errorf("row %d is %+v, %v", n+1, after, values)
			}
		}
		must(t, rows.Err())
		if n != 4 || len(rows.FieldDescriptions()) != 2 || rows.CommandTag().RowsAffected() != 4 {
			t.Errorf("%d rows, tag %v", n, rows.CommandTag())
		}
		return errBusiness
	}), errBusiness)
}

func TestTheHelpersOfPgxReadRows(t *testing.T) {
	b := newBed(t)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		b.add(ctx, b.db, 1, 2)
		query := "SELECT id, text FROM " + b.table + " WHERE id < @most ORDER BY id"
		rows, _ := b.db.Query(ctx, query, pgx.NamedArgs{"most": 9})
		notes, err := pgx.CollectRows(rows, pgx.RowToStructByName[note])
		if err != nil || len(notes) != 2 || notes[1].ID != 2 {
			t.Errorf("read %v, %v", notes, err)
		}
		rows, _ = b.db.Query(ctx, query, pgx.QueryExecModeExec, pgx.NamedArgs{"most": 9})
		addrs, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[note])
		if err != nil || len(addrs) != 2 || *addrs[0].Text != "a note" {
			t.Errorf("read %v, %v", addrs, err)
		}
		rows, _ = b.db.Query(ctx, query, pgx.NamedArgs{"most": 0})
		_, err = pgx.CollectExactlyOneRow(rows, pgx.RowToMap)
		wantErr(t, err, pgx.ErrNoRows)
		wantErr(t, b.db.QueryRow(ctx, "SELECT 1 WHERE false").Scan(new(int)), pgx.ErrNoRows)
		return nil
	}))
}

func TestABatchIsReadAtOnceAndHandedOutInOrder(t *testing.T) {
	b := newBed(t)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		batch := &pgx.Batch{}
		var n int
		batch.Queue("INSERT INTO " + b.table + " VALUES (1, 'x')").Exec(func(tag pgconn.CommandTag) error {
			n += int(tag.RowsAffected())
			return nil
		})
		batch.Queue("SELECT id + $1 FROM "+b.table, 10).QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
		batch.Queue("SELECT generate_series(1, 3)").Query(func(rows pgx.Rows) error {
			ids, err := pgx.CollectRows(rows, pgx.RowTo[int])
			n += len(ids)
			b.add(ctx, b.db, 2) // the session is free
			return err
		})
		results := b.db.SendBatch(ctx, batch)
		must(t, results.Close())
		must(t, results.Close())
		if n != 14 || results.Tx() != nil {
			t.Errorf("the functions made %d", n)
		}
		return nil
	}))
	b.wantIDs(1, 2)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		tx, err := b.db.Begin(ctx)
		must(t, err)
		batch := &pgx.Batch{}
		batch.Queue("INSERT INTO " + b.table + " VALUES (3, 'x')")
		batch.Queue("INSERT INTO " + b.table + " VALUES (1, 'x')")
		batch.Queue("SELECT 1")
		results := tx.SendBatch(ctx, batch)
		_, err = results.Exec()
		must(t, err)
		for range 2 {
			_, err = results.Exec()
			if session.KindOf(err) != session.KindUnique {
				t.Errorf("the batch's error is %v", err)
			}
		}
		if session.KindOf(results.Close()) != session.KindUnique {
			t.Error("Close does not say it")
		}
		return tx.Rollback(ctx)
	}))
	b.wantIDs(1, 2)
}

func TestACancelledStatementCostsTheSavepointAndKeepsTheConnection(t *testing.T) {
	b := newBed(t)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		b.add(ctx, b.db, 1)
		opened := b.engine.Stats().Pool.Opened
		for range 5 {
			tx, err := b.db.Begin(ctx)
			must(t, err)
			short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
			_, err = tx.Exec(short, "SELECT pg_sleep(30)")
			wantErr(t, err, context.DeadlineExceeded)
			must(t, tx.Rollback(ctx))
			tx, err = b.db.Begin(ctx)
			must(t, err)
			rows, err := tx.Query(short, "SELECT 1")
			if err == nil {
				rows.Close()
				err = rows.Err()
			}
			wantErr(t, err, context.DeadlineExceeded)
			must(t, tx.Rollback(ctx))
			cancel()
		}
		if now := b.engine.Stats().Pool.Opened; now != opened {
			t.Errorf("%d connections were opened instead", now-opened)
		}
		return b.insert(ctx, b.db, 2)
	}))
	b.wantIDs(1, 2)
}

func TestRowsLeftOpenGoWithTheScope(t *testing.T) {
	b := newBed(t)
	opened := b.engine.Stats().Pool.Opened
	var rows pgx.Rows
	wantErr(t, b.Do(t.Context(), func(ctx context.Context) (err error) {
		rows, err = b.db.Query(ctx, "SELECT generate_series(1, 10000000)")
		must(t, err)
		rows.Next()
		return errBusiness
	}), errBusiness)
	if rows.Next() || rows.Err() == nil {
		t.Error("the rows are still open")
	}
	b.wantIDs()
	if now := b.engine.Stats().Pool.Opened; now > opened+1 {
		t.Errorf("%d connections were opened", now-opened)
	}
}

func TestLargeObjectsAndPreparedStatementsAreOfTheSameTransaction(t *testing.T) {
	b := newBed(t)
	var oid uint32
	wantErr(t, b.Do(t.Context(), func(ctx context.Context) error {
		tx, err := b.db.Begin(ctx)
		must(t, err)
		_, err = tx.Prepare(ctx, "mine_"+b.table, "SELECT $1::int + 1")
		must(t, err)
		var n int
		must(t, tx.QueryRow(ctx, "mine_"+b.table, 1).Scan(&n))
		objects := tx.LargeObjects()
		oid, err = objects.Create(ctx, 0)
		must(t, err)
		object, err := objects.Open(ctx, oid, pgx.LargeObjectModeWrite|pgx.LargeObjectModeRead)
		must(t, err)
		_, err = object.Write([]byte("text"))
		must(t, err)
		_, err = object.Seek(0, io.SeekStart)
		must(t, err)
		text, err := io.ReadAll(object)
		if string(text) != "text" || err != nil || n != 2 {
			t.Errorf("read %q, %v", text, err)
		}
		must(t, object.Close())
		must(t, tx.Commit(ctx))
		return errBusiness
	}), errBusiness)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		n, err := session.One[int](ctx, b.Registry, "SELECT count(*) FROM pg_largeobject_metadata WHERE oid = ?", oid)
		if n != 0 {
			t.Error("the large object is still there")
		}
		return err
	}))
}

func TestEachStepOfTheExampleIsOkOnPostgres(t *testing.T) {
	b := newBed(t)
	readings := Readings{b.db}
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, readings.Create(ctx))
		n, err := readings.Import(ctx, []any{"attic", 30.0}, []any{"attic", 34.0}, []any{"cellar", 12.5})
		if n != 3 || err != nil {
			t.Errorf("imported %d, %v", n, err)
		}
		must(t, readings.Correct(ctx, map[string]float64{"attic": -1}))
		if mean, err := readings.Mean(ctx, "attic"); mean != 31 || err != nil {
			t.Errorf("the mean is %v, %v", mean, err)
		}
		must(t, readings.Forget(ctx, "attic"))
		if sensors, err := readings.Sensors(ctx); !slices.Equal(sensors, []string{"cellar"}) || err != nil {
			t.Errorf("the sensors are %v, %v", sensors, err)
		}
		columns, err := readings.Columns(ctx, "SELECT celsius FROM readings")
		if !slices.Equal(columns, []string{"celsius"}) || err != nil {
			t.Errorf("the columns are %v, %v", columns, err)
		}
		return nil
	}, session.TxOptions{Isolation: session.Serializable}))
	wantErr(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, readings.Create(ctx))
		return readings.Forget(ctx, "attic")
	}, session.TxOptions{Isolation: session.ReadCommitted}), scoped.ErrJoin)
}
