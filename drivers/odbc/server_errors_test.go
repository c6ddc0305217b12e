//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

// What servers that run here say; the other codes are in errors_test.go.
func TestErrorsOfRealServersAreClassified(t *testing.T) {
	type failure struct {
		code string
		kind drivers.Kind
		sql  string
	}
	tables := []string{
		"DROP TABLE IF EXISTS odbc_child", "DROP TABLE IF EXISTS odbc_parent",
		"CREATE TABLE odbc_parent (id INT PRIMARY KEY, name VARCHAR(3) NOT NULL, small SMALLINT, CONSTRAINT odbc_ck " +
			"CHECK (id > 0))",
		"CREATE TABLE odbc_child (id INT, FOREIGN KEY (id) REFERENCES odbc_parent (id) ON DELETE RESTRICT)",
		"INSERT INTO odbc_parent VALUES (1, 'a', 1)", "INSERT INTO odbc_child VALUES (1)",
	}
	unique := "INSERT INTO odbc_parent VALUES (1, 'a', 1)"
	check := "INSERT INTO odbc_parent VALUES (-1, 'a', 1)"
	null := "INSERT INTO odbc_parent VALUES (2, NULL, 1)"
	orphan := "INSERT INTO odbc_child VALUES (7)"
	parent := "DELETE FROM odbc_parent"
	long := "INSERT INTO odbc_parent VALUES (3, 'long', 1)"
	large := "INSERT INTO odbc_parent VALUES (3, 'a', 100000)"
	for name, test := range map[string]struct {
		url      func(testing.TB) string
		failures []failure
	}{
		"Postgres": {postgresURL, []failure{{"23505", drivers.KindUnique, unique}, {"23514", drivers.KindCheck, check},
			{"23502", drivers.KindNotNull, null}, {"23503", drivers.KindForeignKey, orphan},
			{"23503", drivers.KindForeignKey, parent}, // 23001 from Postgres 18 on
			{"22001", drivers.KindData, long}, {"22003", drivers.KindData, large},
			{"42601", drivers.KindSyntax, "SELEC 1"}, {"22012", drivers.KindData, "SELECT 1 / 0"}}},
		"MariaDB": {mysqlURL, []failure{{"1062", drivers.KindUnique, unique}, {"4025", drivers.KindCheck, check},
			{"1048", drivers.KindNotNull, null}, {"1452", drivers.KindForeignKey, orphan},
			{"1451", drivers.KindForeignKey, parent}, {"1406", drivers.KindData, long}, {"1264", drivers.KindData, large},
			{"1364", drivers.KindNotNull, "INSERT INTO odbc_parent (id) VALUES (5)"},
			{"1064", drivers.KindSyntax, "SELEC 1"}}},
		"SQLite": {sqliteURL, []failure{{"19", drivers.KindUnique, unique}, {"19", drivers.KindCheck, check},
			{"19", drivers.KindNotNull, null}, {"19", drivers.KindForeignKey, orphan}, {"19", drivers.KindForeignKey, parent},
			{"1", drivers.KindSyntax, "SELEC 1"}, {"1", drivers.KindData, "SELECT abs(-9223372036854775808)"}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, test.url(t))
			c := acquire(t, p)
			for _, sql := range tables {
				mustRun(t, c, exec(sql))
			}
			for _, want := range test.failures {
				_, _, err := run(t, c, exec(want.sql))
				if f := p.Classify(err); f.Kind != want.kind || f.Code != want.code && f.Code != "23001" {
					t.Errorf("%s: code %s, kind %v, want %s, %v: %v", want.sql, f.Code, f.Kind, want.code, want.kind, err)
				}
			}
			mustRun(t, c, exec(tables[0]))
			mustRun(t, c, exec(tables[1]))
		})
	}
}

func TestASerializationFailureIsToldByPostgres(t *testing.T) {
	p := open(t, postgresURL(t))
	a, b := acquire(t, p), acquire(t, p)
	name := table(t, a, "serial", "id INT, n INT")
	mustRun(t, a, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	strict := drivers.Step{Op: drivers.OpBegin, Tx: &drivers.TxOptions{Isolation: drivers.RepeatableRead}}
	update := exec("UPDATE " + name + " SET n = n + 1")
	mustRun(t, a, strict, query("SELECT n FROM "+name))
	mustRun(t, b, begin, update, commit)
	_, _, err := run(t, a, update)
	if f := p.Classify(err); f.Kind != drivers.KindSerialization || f.Code != "40001" {
		t.Errorf("%+v", f)
	}
	wantState(t, a, drivers.TxFailed)
	mustRun(t, a, rollback)
}

// sqliteodbc has no code for it but the text.
func TestAWaitForALockOfSQLiteEndsInTime(t *testing.T) {
	url := sqliteURL(t) + ";Timeout=100"
	p, other := open(t, url), acquire(t, open(t, url))
	c := acquire(t, p)
	mustRun(t, other, begin, exec("CREATE TABLE t (id INT)"))
	_, _, err := run(t, c, begin)
	if kind := p.Classify(err).Kind; kind != drivers.KindLockTimeout {
		t.Errorf("kind %v, error %v", kind, err)
	}
	wantState(t, c, drivers.TxIdle)
	mustRun(t, other, commit)
	mustRun(t, c, begin, exec("INSERT INTO t VALUES (1)"), commit)
}
