package mysql_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

func TestDDLEndsTheTransactionAndTheStateSaysSo(t *testing.T) {
	p := open(t, dsn(t))
	name := items(t)
	for _, sql := range []string{
		"CREATE OR REPLACE VIEW " + name + "_v AS SELECT 1",
		"/* a comment */ DROP VIEW " + name + "_v",
		"# another\nTRUNCATE TABLE " + name,
		"ALTER TABLE " + name + " COMMENT = 'x'",
		"/*!40000 ALTER TABLE " + name + " COMMENT = 'y' */",
		"ANALYZE TABLE " + name,
		"COMMIT", "BEGIN", "START TRANSACTION", "ROLLBACK", "SET autocommit = 1",
	} {
		c, err := p.Acquire(t.Context(), drivers.Need{})
		must(t, err)
		mustRun(t, c, begin, exec("REPLACE INTO "+name+" VALUES (1, 1)"))
		wantState(t, c, drivers.TxActive)
		mustRun(t, c, exec(sql))
		if got := c.State(); got != drivers.TxIdle {
			t.Errorf("%s: state is %v, want idle", sql, got)
		}
		c.Release()
	}
	c := acquire(t, p)
	mustRun(t, c, begin)
	mustRun(t, c, exec("INSERT INTO "+name+" VALUES (9, 9)"), rollback)
	wantState(t, c, drivers.TxIdle)
}

func TestStepsBehindOneThatEndedTheTransactionAreRefused(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	name := items(t)
	insert := exec("INSERT INTO " + name + " VALUES (1, 1)")
	for _, behind := range []drivers.Step{insert, commit, savepoint(drivers.OpSavepoint)} {
		f, _, err := run(c, begin, exec("ALTER TABLE "+name+" COMMENT = 'x'"), behind)
		if err == nil || f.Done != 2 || f.Sent != 2 {
			t.Errorf("%v: error %v, sent %d, done %d", behind.Op, err, f.Sent, f.Done)
		}
	}
	wantCount(t, name, 0)
	mustRun(t, c, begin, insert, commit)
	wantCount(t, name, 1)
}

func TestDDLThatIsTheFirstStatementEndsTheTransactionToo(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	name := items(t)
	mustRun(t, c, begin, exec("ALTER TABLE "+name+" COMMENT = 'x'"))
	wantState(t, c, drivers.TxIdle)
}

func TestDDLThatFailsHasCommittedAllTheSame(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	name := items(t)
	mustFail(t, p, c, drivers.KindSyntax, begin, exec("INSERT INTO "+name+" VALUES (1, 1)"),
		exec("CREATE TABLE "+name+" (id INT)"))
	wantState(t, c, drivers.TxIdle)
	wantCount(t, name, 1)
}

func TestDDLThatTheRowsForbidHasCommittedAllTheSame(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	name := items(t)
	mustRun(t, c, exec("INSERT INTO "+name+" VALUES (1, 500), (2, 500)"))
	for ddl, kind := range map[string]drivers.Kind{
		"ADD UNIQUE (n)":    drivers.KindUnique,
		"ADD CHECK (n < 9)": drivers.KindCheck,
		"MODIFY n TINYINT":  drivers.KindData,
		"ADD FOREIGN KEY (n) REFERENCES " + name + " (id)": drivers.KindForeignKey,
	} {
		mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (3, 3)"))
		mustFail(t, p, c, kind, exec("ALTER TABLE "+name+" "+ddl))
		wantState(t, c, drivers.TxIdle)
		mustRun(t, c, rollback)
		wantCount(t, name, 3)
		mustRun(t, c, exec("DELETE FROM "+name+" WHERE id = 3"))
	}
}

func TestWhatDoesNotCommitLeavesTheTransactionAlive(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	name := items(t)
	mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	for _, sql := range []string{
		"CREATE TEMPORARY TABLE " + name + "_t (id INT)", "DROP TEMPORARY TABLE " + name + "_t",
		"SAVEPOINT a", "ROLLBACK TO a", "SET @x = 1", "DO 1",
	} {
		mustRun(t, c, exec(sql))
		if got := c.State(); got != drivers.TxActive {
			t.Errorf("%s: state is %v, want active", sql, got)
		}
	}
	mustFail(t, p, c, drivers.KindSyntax, exec("SELEC 1"))
	mustFail(t, p, c, drivers.KindUnique, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	wantState(t, c, drivers.TxActive)
	mustRun(t, c, rollback)
	wantCount(t, name, 0)
}

// No list of words can know what is in a procedure.
func TestAProcedureThatCommitsEndsTheTransaction(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	name := items(t)
	admin := connect(t)
	_, err := admin.ExecContext(t.Context(), "CREATE PROCEDURE "+name+"_p() BEGIN COMMIT; END")
	must(t, err)
	t.Cleanup(func() {
		_, _ = connect(t).ExecContext(context.Background(), "DROP PROCEDURE "+name+"_p")
	})
	mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (1, 1)"), exec("CALL "+name+"_p()"))
	wantState(t, c, drivers.TxIdle)
	wantCount(t, name, 1)
}

// The server's flags are the same then as if there had been no commit.
func TestAProcedureThatCommitsAndGoesOnEndsTheTransaction(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	name := items(t)
	admin := connect(t)
	for what, body := range map[string]string{
		"_a": "COMMIT; INSERT INTO " + name + " VALUES (2, 2)",
		"_b": "COMMIT; SELECT 1; INSERT INTO " + name + " VALUES (2, 2)",
		"_c": "COMMIT; INSERT INTO " + name + " VALUES (2, 2), (2, 2)", // fails
	} {
		_, err := admin.ExecContext(t.Context(), "CREATE PROCEDURE "+name+what+"() BEGIN "+body+"; END")
		must(t, err)
		t.Cleanup(func() {
			_, _ = connect(t).ExecContext(context.Background(), "DROP PROCEDURE "+name+what)
		})
		for _, call := range []drivers.Step{exec("CALL " + name + what + "()"), query("CALL " + name + what + "()")} {
			mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (1, 1)"))
			_, _, err := run(c, call)
			if failed := what == "_c"; failed != (err != nil) {
				t.Errorf("%s: error %v", body, err)
			}
			wantState(t, c, drivers.TxIdle)
			mustRun(t, c, rollback)
			wantCount(t, name, 1)
			mustRun(t, c, exec("DELETE FROM "+name))
		}
	}
}

func TestAProcedureThatDoesNotCommitLeavesTheTransactionAlive(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	name := items(t)
	_, err := connect(t).ExecContext(t.Context(), "CREATE PROCEDURE "+name+"_p() BEGIN SAVEPOINT a; INSERT INTO "+
		name+" VALUES (2, 2); ROLLBACK TO a; RELEASE SAVEPOINT a; END")
	must(t, err)
	t.Cleanup(func() {
		_, _ = connect(t).ExecContext(context.Background(), "DROP PROCEDURE "+name+"_p")
	})
	for _, first := range []drivers.Step{exec("DO 1"), exec("INSERT INTO " + name + " VALUES (1, 1)")} {
		mustFail(t, p, c, drivers.KindSyntax, begin, first, exec("CALL nowhere()"))
		wantState(t, c, drivers.TxActive)
		mustRun(t, c, rollback)
		mustRun(t, c, begin, first, savepoint(drivers.OpSavepoint), query("CALL "+name+"_p()"))
		wantState(t, c, drivers.TxActive)
		mustRun(t, c, savepoint(drivers.OpRollbackTo), exec("CALL "+name+"_p()"), rollback)
		wantCount(t, name, 0)
	}
}

func TestLockedTablesAreNotHandedToTheNextUser(t *testing.T) {
	p := open(t, dsn(t))
	name := items(t)
	other := name + "_other"
	mustRun(t, acquire(t, p), exec("CREATE OR REPLACE TABLE "+other+" (id INT)"))
	defer func() { mustRun(t, acquire(t, p), exec("DROP TABLE "+other)) }()
	for _, steps := range [][]drivers.Step{
		{exec("LOCK TABLES " + name + " WRITE")},
		{begin, exec("LOCK TABLES " + name + " WRITE")},
	} {
		c, err := p.Acquire(t.Context(), drivers.Need{})
		must(t, err)
		mustRun(t, c, steps...)
		c.Release()
		next, err := p.Acquire(t.Context(), drivers.Need{})
		must(t, err)
		mustRun(t, next, exec("INSERT INTO "+other+" VALUES (1)"), exec("DELETE FROM "+other))
		next.Release()
		wantCount(t, name, 0)
	}
}

func TestATransactionBegunByHandInAnotherOneIsNotHandedToTheNextUser(t *testing.T) {
	p := open(t, dsn(t))
	name := items(t)
	c, err := p.Acquire(t.Context(), drivers.Need{})
	must(t, err)
	mustRun(t, c, begin, exec("BEGIN"))
	wantState(t, c, drivers.TxIdle)
	if _, _, err := run(c, exec("INSERT INTO "+name+" VALUES (1, 1)")); err == nil {
		t.Error("a statement runs in the transaction that nobody knows of")
	}
	c.Release()
	mustRun(t, acquire(t, p), begin, exec("DO 1"), commit)
	wantCount(t, name, 0)
	if s := p.Stats(); s.Opened != 2 {
		t.Errorf("%d connections were opened, want 2", s.Opened)
	}
}

func TestAStatementOnItsOwnIsCommittedAtOnce(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	name := items(t)
	mustRun(t, c, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	wantState(t, c, drivers.TxIdle)
	wantCount(t, name, 1)
	mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (2, 2)"), rollback)
	mustRun(t, c, exec("INSERT INTO "+name+" VALUES (3, 3)"))
	wantCount(t, name, 2)
}

func TestATransactionBegunByHandIsSeenAndCanBeCommitted(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	name := items(t)
	mustRun(t, c, exec("START TRANSACTION"))
	wantState(t, c, drivers.TxActive)
	mustRun(t, c, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	wantCount(t, name, 0)
	mustRun(t, c, exec("COMMIT"))
	wantState(t, c, drivers.TxIdle)
	wantCount(t, name, 1)
}

func TestALockTimeoutUndoesItsStatementAloneAndEndsWithTheTransaction(t *testing.T) {
	p := open(t, dsn(t))
	name := items(t)
	holder, c := acquire(t, p), acquire(t, p)
	mustRun(t, holder, begin, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	start := time.Now()
	mustFail(t, p, c, drivers.KindLockTimeout,
		beginWith(drivers.TxOptions{LockTimeout: 100 * time.Millisecond}),
		exec("INSERT INTO "+name+" VALUES (2, 2)"), exec("INSERT INTO "+name+" VALUES (1, 3)"))
	if took := time.Since(start); took < 500*time.Millisecond || took > 5*time.Second {
		t.Errorf("it took %v, want the one second that 100ms is rounded up to", took)
	}
	wantState(t, c, drivers.TxActive)
	mustRun(t, holder, rollback)
	mustRun(t, c, commit)
	wantCount(t, name, 1)
	_, values := mustRun(t, c, begin, query("SELECT @@innodb_lock_wait_timeout = "+
		"@@global.innodb_lock_wait_timeout, @@lock_wait_timeout = @@global.lock_wait_timeout"))
	if values[0] != int64(1) || values[1] != int64(1) {
		t.Errorf("the next transaction has the timeouts %v", values)
	}
	mustRun(t, c, rollback)
}

func TestADeadlockEndsTheVictimsTransaction(t *testing.T) {
	p := open(t, dsn(t))
	name := items(t)
	a, b := acquire(t, p), acquire(t, p)
	mustRun(t, a, exec("INSERT INTO "+name+" VALUES (1, 1), (2, 2)"))
	mustRun(t, a, begin, exec("UPDATE "+name+" SET n = 0 WHERE id = 1"))
	mustRun(t, b, begin, savepoint(drivers.OpSavepoint), exec("UPDATE "+name+" SET n = 0 WHERE id = 2"))
	ended := make(chan error, 1)
	go func() {
		_, _, err := run(a, exec("UPDATE "+name+" SET n = 0 WHERE id = 2"))
		ended <- err
	}()
	_, _, errB := run(b, exec("UPDATE "+name+" SET n = 0 WHERE id = 1"))
	errA := <-ended
	for _, side := range []struct {
		c   drivers.Conn
		err error
	}{{a, errA}, {b, errB}} {
		if side.err == nil {
			wantState(t, side.c, drivers.TxActive)
			continue
		}
		if got := p.Classify(side.err); got.Kind != drivers.KindDeadlock || got.Code != "1213" {
			t.Errorf("fault %+v", got)
		}
		wantState(t, side.c, drivers.TxIdle)
	}
	if (errA == nil) == (errB == nil) {
		t.Errorf("errors %v and %v", errA, errB)
	}
	mustRun(t, a, rollback)
	mustRun(t, b, rollback)
}

func TestOptionsThatWereNotUsedAreGoneAfterARollback(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	name := items(t)
	readOnly := beginWith(drivers.TxOptions{ReadOnly: true, Isolation: drivers.Serializable})
	mustFail(t, p, c, drivers.KindReadOnly, readOnly, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	mustRun(t, c, rollback)
	mustRun(t, c, readOnly, rollback)
	mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (1, 1)"), commit)
	wantCount(t, name, 1)
}

func TestStatementTimeoutsAreMariaDBsAlone(t *testing.T) {
	timeout := beginWith(drivers.TxOptions{StatementTimeout: 50 * time.Millisecond})
	_, _, err := run(acquire(t, open(t, dsn(t))), timeout)
	if err == nil || !strings.Contains(err.Error(), "not supported") {
		t.Errorf("with mysql:// the error is %v", err)
	}
	p := open(t, mariaDSN(t))
	c := acquire(t, p)
	mustFail(t, p, c, drivers.KindStatementTimeout, timeout, exec("DO 1"), exec("SELECT SLEEP(5)"))
	wantState(t, c, drivers.TxActive)
	mustRun(t, c, rollback)
	mustRun(t, c, begin, query("SELECT SLEEP(0.1)"))
}
