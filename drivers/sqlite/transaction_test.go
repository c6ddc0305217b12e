package sqlite_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

func TestATransactionTakesEffectWithItsCommit(t *testing.T) {
	for _, url := range []string{fileURL(t), memory} {
		c := writer(t, openPool(t, url, 4))
		c.run(begin, exec("CREATE TABLE t (a)"), exec("INSERT INTO t VALUES (1)"), commit)
		c.run(begin, exec("INSERT INTO t VALUES (2)"))
		c.state(drivers.TxActive)
		c.run(rollback)
		c.state(drivers.TxIdle)
		if n := one[int](c, "SELECT count(*) FROM t"); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	}
}

func TestARollbackWithoutATransactionDoesNothing(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(rollback)
	c.state(drivers.TxIdle)
}

func TestSavepointsNest(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(exec("CREATE TABLE t (a)"))
	at := func(op drivers.Op, name string) drivers.Step { return drivers.Step{Op: op, Name: name} }
	c.run(begin, exec("INSERT INTO t VALUES (1)"), at(drivers.OpSavepoint, "s1"),
		exec("INSERT INTO t VALUES (2)"), at(drivers.OpSavepoint, "s2"),
		exec("INSERT INTO t VALUES (3)"), at(drivers.OpRollbackTo, "s2"),
		exec("INSERT INTO t VALUES (4)"), at(drivers.OpRelease, "s2"),
		at(drivers.OpRelease, "s1"), commit)
	if got := one[string](c, "SELECT group_concat(a) FROM t"); got != "1,2,4" {
		t.Errorf("rows are %s, want 1,2,4", got)
	}
}

func TestAConstraintErrorLeavesTheTransactionOpen(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(exec("CREATE TABLE t (a UNIQUE)"))
	insert := exec("INSERT INTO t VALUES (1)")
	c.fail(drivers.KindUnique, begin, insert, insert)
	c.state(drivers.TxActive)
	c.run(commit)
	if n := one[int](c, "SELECT count(*) FROM t"); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

func TestAnInterruptedWriteEndsTheTransactionAndStateSaysSo(t *testing.T) {
	for _, url := range []string{fileURL(t), memory} {
		c := writer(t, openPool(t, url, 4))
		c.run(exec("CREATE TABLE t (a)"))
		c.run(begin, exec("INSERT INTO t VALUES (1)"))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		f, err := c.try(ctx, exec(slow+"INSERT INTO t SELECT x FROM c"))
		if !errors.Is(err, context.DeadlineExceeded) || f.Sent != 1 || f.Done != 0 {
			t.Errorf("got %v with %d sent and %d done", err, f.Sent, f.Done)
		}
		if fault := c.pool.Classify(err); fault.Kind != drivers.KindCancelled || fault.Code != "9" {
			t.Errorf("classified as %+v", fault)
		}
		c.state(drivers.TxIdle)
		c.run(rollback)
		if n := one[int](c, "SELECT count(*) FROM t"); n != 0 {
			t.Errorf("%d rows of a transaction that was rolled back", n)
		}
	}
}

func TestOrRollbackEndsTheTransactionAndStateSaysSo(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(exec("CREATE TABLE t (a UNIQUE)"))
	c.run(begin, exec("INSERT INTO t VALUES (1)"))
	c.fail(drivers.KindUnique, exec("INSERT OR ROLLBACK INTO t VALUES (1)"))
	c.state(drivers.TxIdle)
	c.fail(drivers.KindUnknown, commit)
}

func TestTransactionsInTheTextOfStatementsAreSeen(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(exec("BEGIN"))
	c.state(drivers.TxActive)
	c.run(exec("COMMIT"))
	c.state(drivers.TxIdle)
}

func TestACommitThatADeferredConstraintRefusesLeavesTheTransactionOpen(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(exec(`CREATE TABLE p (id INTEGER PRIMARY KEY);
		CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)`))
	c.run(begin, exec("INSERT INTO c VALUES (1)"))
	c.fail(drivers.KindForeignKey, commit)
	c.state(drivers.TxActive)
	c.run(rollback)
	c.state(drivers.TxIdle)
}

func TestAConnectionWithAnOpenTransactionIsNotKept(t *testing.T) {
	p := openPool(t, fileURL(t), 2)
	c := writer(t, p)
	c.run(exec("CREATE TABLE t (a)"))
	c.run(begin, exec("INSERT INTO t VALUES (1)"))
	c.Release()
	again := writer(t, p)
	if n := one[int](again, "SELECT count(*) FROM t"); n != 0 {
		t.Errorf("%d rows of a transaction that was not committed", n)
	}
	if s := p.Stats(); s.Opened != 2 {
		t.Errorf("stats are %+v, want a second connection", s)
	}
}

func TestADatabaseInMemoryOutlivesReleaseAndDestroy(t *testing.T) {
	p := openPool(t, memory, 8)
	if d := p.Describe(); d.MaxConns != 1 || d.Capabilities.SingleWriter {
		t.Errorf("description is %+v, want one connection for all", d)
	}
	c := writer(t, p)
	c.run(exec("CREATE TABLE t (a)"))
	for _, end := range []func(*client){(*client).release, (*client).destroy} {
		c.run(begin, exec("INSERT INTO t VALUES (1)"))
		end(c)
		c = writer(t, p)
		c.state(drivers.TxIdle)
		if n := one[int](c, "SELECT count(*) FROM t"); n != 0 {
			t.Errorf("%d rows of a transaction that was not committed", n)
		}
	}
}

func (c *client) release() { c.Release() }
func (c *client) destroy() { c.Destroy() }

func TestAReadOnlyTransactionRefusesWrites(t *testing.T) {
	for _, url := range []string{fileURL(t), memory} {
		p := openPool(t, url, 4)
		w := writer(t, p)
		w.run(exec("CREATE TABLE t (a)"))
		w.fail(drivers.KindReadOnly, readOnly, exec("INSERT INTO t VALUES (1)"))
		w.state(drivers.TxActive)
		w.run(rollback)
		w.run(exec("INSERT INTO t VALUES (1)"))
		w.run(begin, exec("INSERT INTO t VALUES (1)"), commit)
		w.Release()
		r := reader(t, p)
		r.fail(drivers.KindReadOnly, readOnly, exec("DELETE FROM t"))
		r.run(rollback)
		r.fail(drivers.KindReadOnly, readOnly, exec("CREATE TABLE u (a)"))
		r.run(rollback)
		if n := one[int](r, "SELECT count(*) FROM t"); n != 2 {
			t.Errorf("%d rows, want 2", n)
		}
	}
}

func TestAReaderIsNotForWriting(t *testing.T) {
	p := openPool(t, fileURL(t), 2)
	r := reader(t, p)
	r.fail(drivers.KindReadOnly, exec("CREATE TABLE t (a)"))
	r.fail(drivers.KindReadOnly, begin)
	r.state(drivers.TxIdle)
}

func TestReadersSeeTheirSnapshotWhileTheWriterCommits(t *testing.T) {
	p := openPool(t, fileURL(t), 2)
	w := writer(t, p)
	w.run(exec("CREATE TABLE t (a)"))
	r := reader(t, p)
	r.run(readOnly)
	if n := one[int](r, "SELECT count(*) FROM t"); n != 0 {
		t.Fatal(n)
	}
	w.run(begin, exec("INSERT INTO t VALUES (1)"), commit)
	if n := one[int](r, "SELECT count(*) FROM t"); n != 0 {
		t.Error("the reader's snapshot changed")
	}
	r.run(commit, readOnly)
	if n := one[int](r, "SELECT count(*) FROM t"); n != 1 {
		t.Error("a new transaction does not see the commit")
	}
}

func TestOptionsThatAreNotDeclaredAreRefused(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	for _, tx := range []drivers.TxOptions{
		{Isolation: drivers.ReadCommitted}, {Deferrable: true}, {StatementTimeout: time.Second},
	} {
		c.fail(drivers.KindUnknown, drivers.Step{Op: drivers.OpBegin, Tx: &tx})
		c.state(drivers.TxIdle)
	}
	c.run(drivers.Step{Op: drivers.OpBegin, Tx: &drivers.TxOptions{Isolation: drivers.Serializable}})
}
