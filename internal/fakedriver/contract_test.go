package fakedriver

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

func TestAFlightStopsAtTheFirstStepThatFails(t *testing.T) {
	for _, pipelining := range []bool{true, false} {
		caps := AllCapabilities()
		caps.Pipelining = pipelining
		db, _, c := withTable(t, Options{Capabilities: caps})
		trips := db.Counts().RoundTrips
		f, err := send(t.Context(), c, begin, exec("INSERT INTO t (id) VALUES (3)"),
			exec("INSERT INTO t (id) VALUES (1)"), commit)
		wantKind(t, err, drivers.KindUnique)
		wantState(t, c, drivers.TxFailed)
		sent, took := 4, 1
		if !pipelining {
			sent, took = 3, 3
		}
		if f.Done != 2 || f.Sent != sent || db.Counts().RoundTrips-trips != took {
			t.Errorf("pipelining %v: done %d, sent %d, %d round trips",
				pipelining, f.Done, f.Sent, db.Counts().RoundTrips-trips)
		}
		must(t, c, rollback)
		wantSeen(t, c, "SELECT id FROM t", "1;2")
	}
}

func TestAFailedTransactionAcceptsOnlyARollback(t *testing.T) {
	_, _, c := withTable(t, Options{})
	must(t, c, begin, named(drivers.OpSavepoint, "a"))
	_, err := send(t.Context(), c, exec("SELECT fail()"))
	wantKind(t, err, drivers.KindData)
	_, err = send(t.Context(), c, exec("SELECT 1"))
	wantKind(t, err, drivers.KindTxAborted)
	must(t, c, named(drivers.OpRollbackTo, "a"), exec("INSERT INTO t (id) VALUES (3)"))
	_, err = send(t.Context(), c, exec("SELECT fail()"))
	wantKind(t, err, drivers.KindData)
	_, err = send(t.Context(), c, commit)
	wantKind(t, err, drivers.KindTxAborted)
	wantState(t, c, drivers.TxIdle)
	wantSeen(t, c, "SELECT id FROM t", "1;2")
}

func TestSavepointsUndoTheirPart(t *testing.T) {
	_, _, c := withTable(t, Options{})
	must(t, c, begin, exec("INSERT INTO t (id) VALUES (3)"),
		named(drivers.OpSavepoint, "a"), exec("INSERT INTO t (id) VALUES (4)"),
		named(drivers.OpSavepoint, "b"), exec("DELETE FROM t"),
		named(drivers.OpRollbackTo, "b"), named(drivers.OpRelease, "b"),
		exec("INSERT INTO t (id) VALUES (5)"), named(drivers.OpRollbackTo, "a"),
		exec("INSERT INTO t (id) VALUES (6)"), named(drivers.OpRelease, "a"), commit)
	wantSeen(t, c, "SELECT id FROM t", "1;2;3;6")
	_, err := send(t.Context(), c, begin, named(drivers.OpRelease, "a"))
	wantKind(t, err, drivers.KindSyntax)
}

func TestSomeFaultsEndTheTransactionAndTheNextStatementCommits(t *testing.T) {
	_, _, c := withTable(t, Options{FailsAlone: true, EndsTx: []drivers.Kind{drivers.KindData}})
	must(t, c, begin, exec("INSERT INTO t (id) VALUES (3)"))
	_, err := send(t.Context(), c, exec("SELECT fail()"))
	wantKind(t, err, drivers.KindData)
	wantState(t, c, drivers.TxIdle)
	must(t, c, exec("INSERT INTO t (id) VALUES (4)"), rollback)
	wantSeen(t, c, "SELECT id FROM t", "1;2;4")
}

func TestDDLCommitsWhereItIsNotTransactional(t *testing.T) {
	caps := AllCapabilities()
	caps.TransactionalDDL = false
	_, _, c := withTable(t, Options{Capabilities: caps})
	must(t, c, begin, exec("INSERT INTO t (id) VALUES (3)"), exec("CREATE TABLE u (id BIGINT)"))
	wantState(t, c, drivers.TxIdle)
	must(t, c, rollback)
	wantSeen(t, c, "SELECT id FROM t", "1;2;3")
	wantSeen(t, c, "SELECT id FROM u", "")
}

func TestACancelledStatementFailsAndKeepsItsConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, c := withTable(t, Options{})
		must(t, c, begin)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		f, err := send(ctx, c, exec("SELECT slow(60000)"))
		wantKind(t, err, drivers.KindCancelled)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		if f.Sent != 1 || f.Done != 0 {
			t.Errorf("sent %d, done %d", f.Sent, f.Done)
		}
		wantState(t, c, drivers.TxFailed)
		f, err = send(ctx, c, rollback)
		if f.Sent != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a flight whose context had ended: sent %d, %v", f.Sent, err)
		}
	})
}

func TestADeafServerCostsTheConnectionAfterTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _, c := withTable(t, Options{})
		db.Once("exec", Reaction{Delay: time.Hour, Deaf: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := send(ctx, c, begin, exec("SELECT 1"))
		wantKind(t, err, drivers.KindConnLost)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 2*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		wantState(t, c, drivers.TxLost)
	})
}

func TestAStatementTimeoutEndsTheStatement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, c := withTable(t, Options{})
		limited := begin
		limited.Tx = &drivers.TxOptions{StatementTimeout: time.Second}
		_, err := send(t.Context(), c, limited, exec("SELECT slow(60000)"))
		wantKind(t, err, drivers.KindStatementTimeout)
		must(t, c, rollback, begin, exec("SELECT slow(60000)"))
	})
}

func TestACutLosesTheConnectionAtItsPoint(t *testing.T) {
	for _, cut := range []struct {
		at      Cut
		sent    int
		visible string
	}{{CutUnsent, 2, "1;2"}, {CutBefore, 3, "1;2"}, {CutAfter, 3, "1;2;3"}} {
		db, p, c := withTable(t, Options{})
		met := db.Once("COMMIT", Reaction{Cut: cut.at})
		f, err := send(t.Context(), c, begin, exec("INSERT INTO t (id) VALUES (3)"), commit)
		wantKind(t, err, drivers.KindConnLost)
		wantState(t, c, drivers.TxLost)
		<-met
		if f.Sent != cut.sent || f.Done != 2 {
			t.Errorf("cut %d: sent %d, done %d", cut.at, f.Sent, f.Done)
		}
		c.Release()
		wantSeen(t, acquire(t, p), "SELECT id FROM t", cut.visible)
	}
}

func TestAHookCanFailAndHoldAStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _, c := withTable(t, Options{})
		gate := make(chan struct{})
		remove := db.OnRun(func(_ context.Context, step drivers.Step) *Reaction {
			if step.Op == drivers.OpCommit {
				return &Reaction{Wait: gate, Err: Errorf(drivers.KindSerialization, "again")}
			}
			return nil
		})
		time.AfterFunc(time.Minute, func() { close(gate) })
		start := time.Now()
		_, err := send(t.Context(), c, begin, commit)
		wantKind(t, err, drivers.KindSerialization)
		if time.Since(start) != time.Minute {
			t.Errorf("it was held for %v", time.Since(start))
		}
		remove()
		must(t, c, rollback, begin, commit)
	})
}

func TestTheLogTellsWhatReachedTheServer(t *testing.T) {
	db, _, c := withTable(t, Options{})
	readOnly := begin
	readOnly.Tx = &drivers.TxOptions{Isolation: drivers.Serializable, ReadOnly: true,
		Deferrable: true, StatementTimeout: time.Second, LockTimeout: time.Second}
	must(t, c, readOnly, exec("SELECT 1"))
	must(t, c, named(drivers.OpSavepoint, "a"), named(drivers.OpRollbackTo, "a"), commit)
	want := []string{"begin isolation level serializable read only deferrable " +
		"statement timeout 1s lock timeout 1s", "exec SELECT 1", "savepoint a",
		"rollback to savepoint a", "commit"}
	if got := db.Log(); !slices.Equal(got, want) {
		t.Errorf("the log is %q, want %q", got, want)
	}
	if got := len(db.Flights()); got != 2 {
		t.Errorf("%d flights, want 2", got)
	}
	if n := db.Counts(); n.Steps[drivers.OpCommit] != 1 || n.Opened != 1 {
		t.Errorf("the counts are %+v", n)
	}
}
