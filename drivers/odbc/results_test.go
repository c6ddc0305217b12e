//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"fmt"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

// The rest is fetched while the first block has not been read yet.
func TestOfSeveralResultsTheFirstIsRead(t *testing.T) {
	const both = "SELECT 1 AS a, 'one' AS b; SELECT 2 AS a, 'two' AS b UNION ALL SELECT 3, 'three'"
	check := func(t *testing.T, c drivers.Conn, sql string) {
		t.Helper()
		if got := fmt.Sprint(mustRun(t, c, query(sql))); got != "[[1 one]]" {
			t.Errorf("read %s", got)
		}
	}
	check(t, acquire(t, open(t, postgresURL(t))), both)
	c := acquire(t, open(t, mysqlURL(t)))
	called, drop := procedure(t, c, both)
	check(t, c, "CALL "+called+"()")
	drop()
	check(t, c, "BEGIN NOT ATOMIC "+both+"; END")
}

func TestAnErrorBehindTheFirstResultIsReported(t *testing.T) {
	for name, test := range map[string]struct {
		url func(testing.TB) string
		sql string
	}{
		"Postgres": {postgresURL, "SELECT 1; SELECT 1 / 0"},
		"MariaDB":  {mysqlURL, "BEGIN NOT ATOMIC SELECT 1; SIGNAL SQLSTATE '45000'; END"},
	} {
		t.Run(name, func(t *testing.T) {
			c := acquire(t, open(t, test.url(t)))
			for _, step := range []drivers.Step{query(test.sql), exec(test.sql)} {
				if _, _, err := run(t, c, step); err == nil {
					t.Errorf("%v reports success", step.Op)
				}
			}
		})
	}
}

// MariaDB's driver takes each of them for several statements.
func TestABodyOfSeveralStatementsOfMariaDBIsOneStatement(t *testing.T) {
	c := acquire(t, open(t, mysqlURL(t)))
	name := table(t, c, "body", "a INT, b INT")
	mustRun(t, c, exec("CREATE OR REPLACE PROCEDURE "+name+"_p() BEGIN SELECT 1; SELECT 2; END"))
	mustRun(t, c, exec("DROP PROCEDURE "+name+"_p"))
	mustRun(t, c, exec("CREATE TRIGGER "+name+"_t BEFORE INSERT ON "+name+
		" FOR EACH ROW BEGIN SET NEW.a = 7; SET NEW.b = 8; END"))
	mustRun(t, c, exec("IF 1 THEN INSERT INTO "+name+" VALUES (1, 1); INSERT INTO "+name+" VALUES (2, 2); END IF"))
	if got := fmt.Sprint(mustRun(t, c, query("SELECT a, b FROM "+name))); got != "[[7 8] [7 8]]" {
		t.Errorf("read %s", got)
	}
}
