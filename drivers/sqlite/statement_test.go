package sqlite_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

func TestAKeptStatementNoticesAChangeOfTheSchema(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(exec("CREATE TABLE t (a)"), exec("INSERT INTO t VALUES (1)"))
	columns := func() string {
		rows, err := c.query(t.Context(), "SELECT * FROM t WHERE a > ?", 0)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		if !rows.Next() {
			t.Fatal("no row")
		}
		values, _ := rows.Values()
		return fmt.Sprint(rows.Columns(), values)
	}
	if got := columns(); got != "[a] [1]" {
		t.Error(got)
	}
	c.run(exec("ALTER TABLE t ADD COLUMN b DEFAULT 2"))
	if got := columns(); got != "[a b] [1 2]" {
		t.Error(got)
	}
	c.run(exec("DROP TABLE t"))
	c.fail(drivers.KindSyntax, exec("SELECT * FROM t WHERE a > ?", 0))
	c.run(exec("CREATE TABLE t (a, z)"), exec("INSERT INTO t VALUES (5, 6)"))
	if got := columns(); got != "[a z] [5 6]" {
		t.Error(got)
	}
}

func TestManyDifferentStatementsPassThroughASmallCache(t *testing.T) {
	for _, size := range []int{0, 1, 3} {
		c := writer(t, openPool(t, fmt.Sprintf("%s?statement_cache=%d", memory, size), 1))
		c.run(begin)
		for i := range 50 {
			if got := one[int](c, fmt.Sprintf("SELECT ? + %d", i%7), i); got != i+i%7 {
				t.Fatalf("got %d", got)
			}
		}
		c.run(commit)
	}
}

func TestATextOfSeveralStatementsRunsInOneStep(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(begin, exec(`
		CREATE TABLE t (a); -- with a semicolon; in a comment
		CREATE TRIGGER tr AFTER INSERT ON t BEGIN
			INSERT INTO u VALUES (new.a); UPDATE u SET b = b || ';';
		END;
		CREATE TABLE u (b);
		INSERT INTO t VALUES (1);
		INSERT INTO t VALUES ('; ');
	`), commit)
	if got := one[string](c, "SELECT group_concat(b) FROM u"); got != "1;;,; ;" {
		t.Errorf("the trigger left %s", got)
	}
	f, err := c.try(t.Context(), exec("INSERT INTO t VALUES (?); INSERT INTO t VALUES (?)", 1, 2))
	if err == nil || !strings.Contains(err.Error(), "several statements") || f.Done != 0 {
		t.Errorf("got %v", err)
	}
}

func TestAnErrorStopsATextOfSeveralStatements(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.fail(drivers.KindSyntax,
		exec("CREATE TABLE t (a); INSERT INTO nowhere VALUES (1); CREATE TABLE u (a)"))
	if n := one[int](c, "SELECT count(*) FROM sqlite_schema"); n != 1 {
		t.Errorf("%d tables, want 1", n)
	}
}

func TestWhatFollowsAStatementDoesNotMatter(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	for _, tail := range []string{"", ";", " ;\n", "; -- done", "; /* done; */ ;\n"} {
		if got := one[int](c, "SELECT ? + ?"+tail, 1, 2); got != 3 {
			t.Errorf("%q: got %d", tail, got)
		}
	}
}

func TestTheNumberOfArgumentsIsChecked(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	for n, want := range map[int]string{1: "takes 2 arguments, got 1", 3: "takes 2 arguments, got 3"} {
		_, err := c.query(t.Context(), "SELECT ?, ?", make([]any, n)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestPragmasTakeEffectEveryTime(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	for range 3 {
		for _, on := range []int{0, 1} {
			c.run(exec(fmt.Sprintf("PRAGMA foreign_keys=%d", on)))
			if got := one[int](c, "PRAGMA foreign_keys"); got != on {
				t.Fatalf("foreign_keys is %d, want %d", got, on)
			}
		}
	}
}

func TestStatementsOutsideATransactionCommitThemselves(t *testing.T) {
	p := openPool(t, fileURL(t), 2)
	c := writer(t, p)
	c.run(exec("CREATE TABLE t (a)"), exec("INSERT INTO t VALUES (1)"), exec("VACUUM"))
	c.state(drivers.TxIdle)
	if n := one[int](reader(t, p), "SELECT count(*) FROM t"); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestAConnectionWithOpenRowsRefusesAnotherFlight(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	rows, err := c.query(t.Context(), "SELECT 1 UNION ALL SELECT 2")
	if err != nil {
		t.Fatal(err)
	}
	if f, err := c.try(t.Context(), begin); err == nil || f.Sent != 0 {
		t.Errorf("got %v with %d sent", err, f.Sent)
	}
	if !rows.Next() || rows.Close() != nil {
		t.Error("the rows were disturbed")
	}
	c.run(begin)
}
