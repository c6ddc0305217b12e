package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

func TestErrorsAreClassified(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(exec(`
		CREATE TABLE p (id INTEGER PRIMARY KEY, a, b, UNIQUE (a, b));
		CREATE UNIQUE INDEX odd ON p (b % 10);
		CREATE TABLE t (p REFERENCES p, n NOT NULL DEFAULT 0, c CHECK (c > 0),
			d, CONSTRAINT small CHECK (d < 10));
		CREATE TABLE s (i INTEGER) STRICT;
		CREATE TABLE w (k PRIMARY KEY) WITHOUT ROWID;
		CREATE TABLE r (a); INSERT INTO r (rowid, a) VALUES (7, 1);
		CREATE TRIGGER tr BEFORE DELETE ON p BEGIN SELECT RAISE(ABORT, 'not allowed'); END;
		INSERT INTO p VALUES (1, 1, 1); INSERT INTO w VALUES (1)`))
	for _, want := range []struct {
		sql   string
		fault drivers.Fault
	}{
		{"INSERT INTO p VALUES (2, 1, 1)", drivers.Fault{Kind: drivers.KindUnique, Code: "2067",
			Message: "UNIQUE constraint failed: index 'odd'", Constraint: "odd"}},
		{"INSERT INTO p VALUES (1, 5, 5)", drivers.Fault{Kind: drivers.KindUnique, Code: "1555",
			Message: "UNIQUE constraint failed: p.id", Table: "p", Column: "id"}},
		{"INSERT INTO w VALUES (1)", drivers.Fault{Kind: drivers.KindUnique, Code: "1555",
			Message: "UNIQUE constraint failed: w.k", Table: "w", Column: "k"}},
		{"INSERT INTO r (rowid, a) VALUES (7, 2)", drivers.Fault{Kind: drivers.KindUnique, Code: "2579",
			Message: "UNIQUE constraint failed: r.rowid", Table: "r", Column: "rowid"}},
		{"INSERT INTO t (p) VALUES (9)", drivers.Fault{Kind: drivers.KindForeignKey, Code: "787",
			Message: "FOREIGN KEY constraint failed"}},
		{"INSERT INTO t (n) VALUES (NULL)", drivers.Fault{Kind: drivers.KindNotNull, Code: "1299",
			Message: "NOT NULL constraint failed: t.n", Table: "t", Column: "n"}},
		{"INSERT INTO t (c) VALUES (0)", drivers.Fault{Kind: drivers.KindCheck, Code: "275",
			Message: "CHECK constraint failed: c > 0", Constraint: "c > 0"}},
		{"INSERT INTO t (d) VALUES (10)", drivers.Fault{Kind: drivers.KindCheck, Code: "275",
			Message: "CHECK constraint failed: small", Constraint: "small"}},
		{"DELETE FROM p", drivers.Fault{Kind: drivers.KindCheck, Code: "1811", Message: "not allowed"}},
		{"INSERT INTO s VALUES ('x')", drivers.Fault{Kind: drivers.KindData, Code: "3091",
			Message: "cannot store TEXT value in INTEGER column s.i"}},
		{"INSERT INTO p (id) VALUES ('x')", drivers.Fault{Kind: drivers.KindData, Code: "20",
			Message: "datatype mismatch"}},
		{"SELECT abs(-9223372036854775807 - 1)", drivers.Fault{Kind: drivers.KindData, Code: "1",
			Message: "integer overflow"}},
		{"SELECT json('{')", drivers.Fault{Kind: drivers.KindData, Code: "1", Message: "malformed JSON"}},
		{"SELEKT 1", drivers.Fault{Kind: drivers.KindSyntax, Code: "1",
			Message: `near "SELEKT": syntax error`}},
		{"SELECT * FROM nowhere", drivers.Fault{Kind: drivers.KindSyntax, Code: "1",
			Message: "no such table: nowhere"}},
		{"RELEASE gone", drivers.Fault{Kind: drivers.KindUnknown, Code: "1",
			Message: "no such savepoint: gone"}},
	} {
		_, err := c.try(t.Context(), exec(want.sql))
		if got := c.pool.Classify(err); err == nil || got != want.fault {
			t.Errorf("%s: %v\n got %+v\nwant %+v", want.sql, err, got, want.fault)
		}
	}
}

func TestAKeyOfSeveralColumnsIsNamedByItsFirst(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(exec("CREATE TABLE p (a, b, UNIQUE (a, b))"), exec("INSERT INTO p VALUES (1, 1)"))
	err := c.failure(drivers.KindUnique, exec("INSERT INTO p VALUES (1, 1)"))
	if f := c.pool.Classify(err); f.Table != "p" || f.Column != "a" {
		t.Errorf("got %+v", f)
	}
}

func TestErrorsOfOthersAreNotClaimed(t *testing.T) {
	p := openPool(t, memory, 1)
	for err, want := range map[error]drivers.Kind{
		nil:                      drivers.KindUnknown,
		errors.New("no matter"):  drivers.KindUnknown,
		context.Canceled:         drivers.KindCancelled,
		context.DeadlineExceeded: drivers.KindCancelled,
	} {
		if got := p.Classify(err).Kind; got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
	c := writer(t, p)
	_, err := c.try(t.Context(), exec("SELEKT"))
	if got := p.Classify(fmt.Errorf("wrapped: %w", err)).Kind; got != drivers.KindSyntax {
		t.Errorf("a wrapped error is %v", got)
	}
}

func TestAFullDatabaseIsAResourceThatIsExhausted(t *testing.T) {
	c := writer(t, openPool(t, fileURL(t), 1))
	c.run(exec("CREATE TABLE t (a)"), exec("PRAGMA max_page_count=10"))
	c.run(begin, exec("INSERT INTO t VALUES (1)"))
	c.fail(drivers.KindResource, exec("INSERT INTO t VALUES (zeroblob(1000000))"))
	c.run(rollback)
	c.state(drivers.TxIdle)
	if n := one[int](c, "SELECT count(*) FROM t"); n != 0 {
		t.Errorf("%d rows of a transaction that was rolled back", n)
	}
}

func TestAStaleSnapshotIsASerializationFailure(t *testing.T) {
	p := openPool(t, fileURL(t), 1)
	w := writer(t, p)
	w.run(exec("CREATE TABLE t (a)"))
	stale := writer(t, openPool(t, "sqlite:///"+p.Describe().Address, 1))
	stale.run(exec("BEGIN")) // by hand: the driver's own BEGIN takes the lock at once
	one[int](stale, "SELECT count(*) FROM t")
	w.run(exec("INSERT INTO t VALUES (1)"))
	stale.fail(drivers.KindSerialization, exec("INSERT INTO t VALUES (2)"))
	stale.run(rollback)
}
