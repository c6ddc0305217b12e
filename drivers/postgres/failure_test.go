package postgres_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlscope/sqlscope/drivers"
)

// wantCode checks the SQLSTATE of err.
func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	var server *pgconn.PgError
	if !errors.As(err, &server) || server.Code != code {
		t.Fatalf("error is %v, want SQLSTATE %s", err, code)
	}
}

func TestAFlightStopsAtTheStepThatFails(t *testing.T) {
	name := table(t)
	c := acquire(t, open(t, dsn(t)))
	insert := "insert into " + name + " values ($1)"
	for _, warm := range []bool{false, true} {
		for bad := 1; bad <= 3; bad++ {
			t.Run(fmt.Sprintf("step %d warm %v", bad, warm), func(t *testing.T) {
				steps := []drivers.Step{begin(), exec(insert, 1), exec(insert, 2), exec(insert, 3), commit()}
				steps[bad] = exec("select 1/$1::int", 0)
				f, _, err := run(c, steps...)
				wantCode(t, err, "22012")
				if f.Done != bad || f.Sent < bad+1 {
					t.Errorf("sent %d, done %d; step %d failed", f.Sent, f.Done, bad)
				}
				wantState(t, c, drivers.TxFailed)
				mustRun(t, c, rollback())
				wantState(t, c, drivers.TxIdle)
				_, rows := mustRun(t, c, query("select count(*) from "+name))
				if rows[0] != int64(0) && rows[0] != "0" {
					t.Errorf("%v rows are left", rows[0])
				}
			})
		}
	}
}

func TestAFirstStatementThatDoesNotParseLeavesAFailedTransaction(t *testing.T) {
	for _, args := range [][]any{nil, {1}} {
		c := acquire(t, open(t, dsn(t)))
		f, _, err := run(c, begin(), query("selec $1", args...))
		wantCode(t, err, "42601")
		if f.Done != 1 || f.Sent != 2 {
			t.Errorf("sent %d, done %d", f.Sent, f.Done)
		}
		wantState(t, c, drivers.TxFailed)
		mustRun(t, c, rollback())
	}
}

func TestACommitOfAFailedTransactionIsAnError(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	_, _, err := run(c, begin(), exec("select 1/0"))
	wantCode(t, err, "22012")
	f, _, err := run(c, commit())
	if !errors.Is(err, pgx.ErrTxCommitRollback) || f.Done != 0 {
		t.Errorf("done %d, error %v", f.Done, err)
	}
	if kind := p.Classify(err).Kind; kind != drivers.KindTxAborted {
		t.Errorf("kind %v", kind)
	}
	wantState(t, c, drivers.TxIdle)
}

func TestADeferredConstraintFailsTheCommit(t *testing.T) {
	name := table(t)
	c := acquire(t, open(t, dsn(t)))
	mustRun(t, c, exec("alter table "+name+" add unique (name) deferrable initially deferred"))
	insert := "insert into " + name + " values ($1, 'same')"
	f, _, err := run(c, begin(), exec(insert, 1), exec(insert, 2), commit())
	wantCode(t, err, "23505")
	if f.Done != 3 || f.Sent != 4 {
		t.Errorf("sent %d, done %d", f.Sent, f.Done)
	}
	wantState(t, c, drivers.TxIdle)
	f, _, err = run(c, exec("insert into "+name+" values (3, 'same'), (4, 'same')"))
	wantCode(t, err, "23505")
	if f.Done != 0 {
		t.Errorf("done %d outside a transaction", f.Done)
	}
}

func TestStatementsOutsideATransactionStandAlone(t *testing.T) {
	name := table(t)
	c := acquire(t, open(t, dsn(t)))
	insert := "insert into " + name + " values ($1)"
	mustRun(t, c, exec(insert, 1)) // warm
	f, _, err := run(c, exec(insert, 2), exec(insert, 1), exec(insert, 3))
	wantCode(t, err, "23505")
	if f.Done != 1 || f.Sent != 2 {
		t.Errorf("sent %d, done %d", f.Sent, f.Done)
	}
	_, rows := mustRun(t, c, query("select id from "+name+" where id > $1 order by id", 0))
	if fmt.Sprint(rows) != "[1 2]" {
		t.Errorf("rows %v: what was confirmed must stay", rows)
	}
	mustRun(t, c, exec("vacuum "+name)) // refuses to run in any kind of transaction
}

func TestTheWrongNumberOfArgumentsSendsNothing(t *testing.T) {
	proxy, dsn := proxied(t)
	p := open(t, dsn)
	c := acquire(t, p)
	const sql = "select $1::int8"
	mustRun(t, c, query(sql, 1))
	before := proxy.RoundTrips()
	for _, args := range [][]any{{1, 2}, {}, make([]any, 70000)} {
		f, _, err := run(c, begin(), query(sql, args...))
		if err == nil || f.Sent != 0 || f.Done != 0 {
			t.Errorf("%d arguments: sent %d, done %d, %v", len(args), f.Sent, f.Done, err)
		}
		if kind := p.Classify(err).Kind; kind != drivers.KindData {
			t.Errorf("kind %v of %v", kind, err)
		}
	}
	wantState(t, c, drivers.TxIdle)
	if n := proxy.RoundTrips() - before; n != 0 {
		t.Errorf("%d round trips", n)
	}
	mustRun(t, c, begin(), query(sql, 3))
	mustRun(t, c, rollback())
}

func TestASavepointCanFailAlone(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	mustRun(t, c, begin(), savepoint(drivers.OpSavepoint, "sp_1"))
	_, _, err := run(c, exec("select 1/0"))
	wantCode(t, err, "22012")
	mustRun(t, c, savepoint(drivers.OpRollbackTo, "sp_1"), savepoint(drivers.OpRelease, "sp_1"),
		exec("select $1::int", 1))
	wantState(t, c, drivers.TxActive)
	mustRun(t, c, commit())
}

func TestARollbackWithoutATransactionTakesNoRoundTrip(t *testing.T) {
	proxy, dsn := proxied(t)
	c := acquire(t, open(t, dsn))
	before := proxy.RoundTrips()
	f, _, err := run(c, rollback())
	must(t, err)
	if f.Done != 1 || proxy.RoundTrips() != before {
		t.Errorf("done %d, %d round trips", f.Done, proxy.RoundTrips()-before)
	}
}

func TestACopyFromStdinIsRefusedAndTheConnectionLives(t *testing.T) {
	name := table(t)
	c := acquire(t, open(t, dsn(t)))
	_, _, err := run(c, begin(), exec("copy "+name+" from stdin"))
	wantCode(t, err, "57014")
	mustRun(t, c, rollback())
	_, _, err = run(c, begin(), query("copy "+name+" from stdin"))
	wantCode(t, err, "57014")
	mustRun(t, c, rollback())
	mustRun(t, c, exec("copy "+name+" to stdout"))
	_, values := mustRun(t, c, query("select $1::int", 7))
	if values[0] != int32(7) {
		t.Errorf("got %v", values)
	}
}
