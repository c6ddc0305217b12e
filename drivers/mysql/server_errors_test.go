package mysql_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// wantFault checks what the server said, and what it is taken for. MySQL and
// MariaDB have numbers of their own for some errors.
func wantFault(t *testing.T, p drivers.Pool, err error, kind drivers.Kind, codes ...string) {
	t.Helper()
	_, ok := errors.AsType[*libraryError](err)
	f := p.Classify(err)
	for _, code := range codes {
		if ok && f.Code == code && f.Kind == kind {
			return
		}
	}
	t.Errorf("want %v %v, got %+v of %v", codes, kind, f, err)
}

func TestErrorsOfARealServerHaveTheirKinds(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	parent := table(t, "id INT PRIMARY KEY, name VARCHAR(3) NOT NULL, small SMALLINT, CHECK (id > 0)")
	child := parent + "_child"
	admin := connect(t)
	_, err := admin.ExecContext(t.Context(),
		"CREATE TABLE "+child+" (id INT, FOREIGN KEY (id) REFERENCES "+parent+" (id))")
	must(t, err)
	defer func() { _, _ = admin.ExecContext(t.Context(), "DROP TABLE "+child) }()
	mustRun(t, c, begin, exec("INSERT INTO "+parent+" VALUES (1, 'a', 1)"), exec("INSERT INTO "+child+" VALUES (1)"))
	for sql, want := range map[string]struct {
		kind  drivers.Kind
		codes []string
	}{
		"INSERT INTO " + parent + " VALUES (1, 'a', 1)":      {drivers.KindUnique, []string{"1062"}},
		"INSERT INTO " + child + " VALUES (7)":               {drivers.KindForeignKey, []string{"1452"}},
		"DELETE FROM " + parent:                              {drivers.KindForeignKey, []string{"1451"}},
		"INSERT INTO " + parent + " VALUES (2, NULL, 1)":     {drivers.KindNotNull, []string{"1048"}},
		"INSERT INTO " + parent + " (id) VALUES (2)":         {drivers.KindNotNull, []string{"1364"}},
		"INSERT INTO " + parent + " VALUES (0, 'a', 1)":      {drivers.KindCheck, []string{"4025", "3819"}},
		"INSERT INTO " + parent + " VALUES (2, 'long', 1)":   {drivers.KindData, []string{"1406"}},
		"INSERT INTO " + parent + " VALUES (2, 'a', 100000)": {drivers.KindData, []string{"1264"}},
	} {
		_, _, err := run(c, exec(sql))
		wantFault(t, p, err, want.kind, want.codes...)
		wantState(t, c, drivers.TxActive)
	}
	mustRun(t, c, rollback)
}

func TestErrorsOfTransactionsThatMeetHaveTheirKinds(t *testing.T) {
	p := open(t, dsn(t))
	a, b := acquire(t, p), acquire(t, p)
	name := items(t)
	mustRun(t, a, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	_, _, err := run(a, beginWith(drivers.TxOptions{ReadOnly: true}), exec("DELETE FROM "+name))
	wantFault(t, p, err, drivers.KindReadOnly, "1792")
	mustRun(t, a, rollback)

	mustRun(t, a, begin, exec("DELETE FROM "+name))
	_, _, err = run(b, beginWith(drivers.TxOptions{LockTimeout: time.Second}), exec("DELETE FROM "+name))
	wantFault(t, p, err, drivers.KindLockTimeout, "1205")
	_, _, err = run(b, query("SELECT * FROM "+name+" FOR UPDATE NOWAIT"))
	wantFault(t, p, err, drivers.KindLockTimeout, "1205", "3572")
	mustRun(t, b, rollback)
	mustRun(t, a, rollback)
}

// KILL from elsewhere is not a cancellation by the statement's own context.
func TestAStatementThatSomebodyElseEndsIsCancelledOrLost(t *testing.T) {
	p := open(t, dsn(t))
	for how, want := range map[string]drivers.Kind{"QUERY": drivers.KindCancelled, "CONNECTION": drivers.KindConnLost} {
		c := acquire(t, p)
		id := oneOf(t, c, "SELECT connection_id()")
		mustRun(t, c, begin, exec("DO 1"))
		watch, failed := library(t), make(chan error, 1)
		go func() { _, _, err := run(c, query("/* ends by "+how+" "+id+" */"+endless)); failed <- err }()
		for running(t.Context(), t, watch, "ends by "+how+" "+id) == 0 {
		}
		_, err := watch.ExecContext(t.Context(), "KILL "+how+" "+id)
		must(t, err)
		err = <-failed
		if f := p.Classify(err); f.Kind != want || how == "QUERY" && f.Code != "1317" {
			t.Errorf("KILL %s: got %+v of %v", how, f, err)
		}
	}
}

// MariaDB says so of a row that has changed since the snapshot, if asked to.
func TestAStaleSnapshotOfMariaDBIsASerializationFailure(t *testing.T) {
	p := open(t, mariaDSN(t))
	a, b := acquire(t, p), acquire(t, p)
	name := items(t)
	mustRun(t, a, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	if _, _, err := run(a, exec("SET innodb_snapshot_isolation = ON")); err != nil {
		t.Skipf("before 10.11.6 there is no such thing: %v", err)
	}
	mustRun(t, a, begin, query("SELECT * FROM "+name))
	mustRun(t, b, exec("UPDATE "+name+" SET n = 2"))
	_, _, err := run(a, exec("UPDATE "+name+" SET n = 3"))
	wantFault(t, p, err, drivers.KindSerialization, "1020")
	mustRun(t, a, rollback)
}

func TestATableThatHasChangedSinceTheSnapshotIsASerializationFailure(t *testing.T) {
	p := open(t, dsn(t))
	a, b := acquire(t, p), acquire(t, p)
	name := items(t)
	mustRun(t, a, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	mustRun(t, a, exec("CREATE OR REPLACE TABLE "+name+"_b (id INT PRIMARY KEY)"))
	defer func() { mustRun(t, b, exec("DROP TABLE "+name+"_b")) }()
	mustRun(t, a, begin, query("SELECT * FROM "+name))
	mustRun(t, b, exec("ALTER TABLE "+name+"_b ADD n INT, FORCE"))
	_, _, err := run(a, query("SELECT * FROM "+name+"_b"))
	wantFault(t, p, err, drivers.KindSerialization, "1412")
	wantState(t, a, drivers.TxActive)
	mustRun(t, a, rollback)
}
