//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// What ends a transaction without being asked shows in the state, and nothing of
// a later flight runs in it.
func TestATransactionThatEndsByItselfIsIdle(t *testing.T) {
	for name, test := range map[string]struct {
		url func(testing.TB) string
		sql string
	}{
		"COMMIT by hand on Postgres":       {postgresURL, "COMMIT"},
		"ROLLBACK by hand on Postgres":     {postgresURL, "/* now */ ROLLBACK"},
		"COMMIT by hand on MariaDB":        {mysqlURL, "COMMIT"},
		"CREATE TABLE on MariaDB":          {mysqlURL, "CREATE TABLE IF NOT EXISTS odbc_made (id INT)"},
		"a failing CREATE TABLE, MariaDB":  {mysqlURL, "CREATE TABLE odbc_once (id INT)"},
		"ROLLBACK by hand on SQLite":       {sqliteURL, "ROLLBACK"},
		"INSERT OR ROLLBACK on SQLite":     {sqliteURL, "INSERT OR ROLLBACK INTO odbc_once VALUES (1)"},
		"an error in COMMIT AND so on, PG": {postgresURL, "COMMIT AND"},
	} {
		t.Run(name, func(t *testing.T) {
			c := acquire(t, open(t, test.url(t)))
			mustRun(t, c, exec("DROP TABLE IF EXISTS odbc_once"))
			mustRun(t, c, exec("CREATE TABLE odbc_once (id INT PRIMARY KEY)"), exec("INSERT INTO odbc_once VALUES (1)"))
			mustRun(t, c, begin, exec("INSERT INTO odbc_once VALUES (2)"))
			_, _, err := run(t, c, exec(test.sql))
			if state := c.State(); state != drivers.TxIdle && !(err != nil && state == drivers.TxFailed) {
				t.Fatalf("the state is %v, error %v", state, err)
			}
			if _, _, err := run(t, c, commit); err == nil && c.State() != drivers.TxIdle {
				t.Error("it can be committed")
			}
			mustRun(t, c, rollback)
			mustRun(t, c, begin, exec("INSERT INTO odbc_once VALUES (3)"))
			mustRun(t, c, rollback)
			got := mustRun(t, c, query("SELECT count(*) FROM odbc_once WHERE id = 3"))
			if fmt.Sprint(got) != "[[0]]" {
				t.Error("the next transaction did not roll back")
			}
			mustRun(t, c, exec("DROP TABLE odbc_once"))
		})
	}
}

func TestAProcedureThatCommitsEndsTheTransaction(t *testing.T) {
	c := acquire(t, open(t, mysqlURL(t)))
	for _, sql := range []string{"DROP PROCEDURE IF EXISTS odbc_commits", "DROP PROCEDURE IF EXISTS odbc_reads",
		"CREATE PROCEDURE odbc_commits() COMMIT", "CREATE PROCEDURE odbc_reads() SELECT 1"} {
		mustRun(t, c, exec(sql))
	}
	name := table(t, c, "called", "id INT")
	mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (1)"), query("CALL odbc_reads()"))
	wantState(t, c, drivers.TxActive)
	mustRun(t, c, exec("CALL odbc_commits()"))
	wantState(t, c, drivers.TxIdle)
	for _, sql := range []string{"DROP PROCEDURE odbc_commits", "DROP PROCEDURE odbc_reads"} {
		mustRun(t, c, exec(sql))
	}
}

// procedure makes one on MariaDB.
func procedure(t *testing.T, c drivers.Conn, body string) (name string, drop func()) {
	t.Helper()
	name = "odbc_" + strings.ToLower(rand.Text()[:8])
	mustRun(t, c, exec("CREATE PROCEDURE "+name+"() BEGIN "+body+"; END"))
	return name, func() { mustRun(t, c, exec("DROP PROCEDURE "+name)) }
}

// The server says the same then as if there had been no commit.
func TestAProcedureThatCommitsAndGoesOnEndsTheTransaction(t *testing.T) {
	c := acquire(t, open(t, mysqlURL(t)))
	name := table(t, c, "went_on", "id INT PRIMARY KEY")
	for body, fails := range map[string]bool{
		"COMMIT; INSERT INTO " + name + " VALUES (2)":           false,
		"COMMIT; SELECT 1; INSERT INTO " + name + " VALUES (2)": false,
		"COMMIT; INSERT INTO " + name + " VALUES (2), (2)":      true,
	} {
		called, drop := procedure(t, c, body)
		for _, call := range []drivers.Step{exec("CALL " + called + "()"), query("CALL " + called + "()")} {
			mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (1)"))
			if _, _, err := run(t, c, call); (err != nil) != fails {
				t.Errorf("%s: error %v", body, err)
			}
			wantState(t, c, drivers.TxIdle)
			mustRun(t, c, rollback)
			if got := mustRun(t, c, query("SELECT id FROM "+name)); fmt.Sprint(got) != "[[1]]" {
				t.Errorf("%s: the table has %v", body, got)
			}
			mustRun(t, c, exec("DELETE FROM "+name))
		}
		drop()
	}
}

func TestAProcedureThatDoesNotCommitLeavesTheTransactionAlive(t *testing.T) {
	c := acquire(t, open(t, mysqlURL(t)))
	name := table(t, c, "stayed", "id INT PRIMARY KEY")
	called, drop := procedure(t, c, "SAVEPOINT a; INSERT INTO "+name+" VALUES (2); ROLLBACK TO a; RELEASE SAVEPOINT a")
	mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (1)"), exec("CALL "+called+"()"), query("CALL "+called+"()"))
	wantState(t, c, drivers.TxActive)
	if _, _, err := run(t, c, exec("CALL nowhere()")); err == nil {
		t.Error("a procedure that is not there can be called")
	}
	wantState(t, c, drivers.TxActive)
	mustRun(t, c, rollback)
	if got := mustRun(t, c, query("SELECT id FROM "+name)); len(got) != 0 {
		t.Errorf("the table has %v", got)
	}
	drop()
}

// MariaDB commits before it looks at the rows.
func TestDDLThatTheRowsForbidHasCommittedAllTheSame(t *testing.T) {
	c := acquire(t, open(t, mysqlURL(t)))
	name := table(t, c, "forbidden", "id INT PRIMARY KEY, n INT")
	mustRun(t, c, exec("INSERT INTO "+name+" VALUES (1, 500), (2, 500)"))
	for _, ddl := range []string{"ADD UNIQUE (n)", "ADD CHECK (n < 9)", "MODIFY n TINYINT",
		"ADD FOREIGN KEY (n) REFERENCES " + name + " (id)"} {
		mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (3, 3)"))
		if _, _, err := run(t, c, exec("ALTER TABLE "+name+" "+ddl)); err == nil {
			t.Errorf("%s: no error", ddl)
		}
		wantState(t, c, drivers.TxIdle)
		mustRun(t, c, rollback)
		if got := mustRun(t, c, query("SELECT count(*) FROM "+name)); fmt.Sprint(got) != "[[3]]" {
			t.Errorf("%s: the table has %v rows", ddl, got)
		}
		mustRun(t, c, exec("DELETE FROM "+name+" WHERE id = 3"))
	}
}

func TestLockedTablesAreNotHandedToTheNextUser(t *testing.T) {
	name := table(t, acquire(t, open(t, mysqlURL(t))), "locked", "id INT")
	for _, steps := range [][]drivers.Step{
		{exec("LOCK TABLES " + name + " WRITE")},
		{begin, exec("LOCK TABLES " + name + " WRITE")},
	} {
		p := open(t, mysqlURL(t))
		c, err := p.Acquire(t.Context(), drivers.Need{})
		must(t, err)
		mustRun(t, c, steps...)
		mustRun(t, c, rollback)
		c.Release()
		eventually(t, "it is closed", func() bool { return p.Stats().Open == 0 })
	}
}

func TestACommitThatIsRefusedLeavesNothingOpen(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"Postgres": postgresURL, "SQLite": sqliteURL} {
		t.Run(name, func(t *testing.T) {
			p := open(t, url(t))
			c := acquire(t, p)
			parent := table(t, c, "parent", "id INT PRIMARY KEY")
			child := table(t, c, "child", "id INT REFERENCES "+parent+" (id) DEFERRABLE INITIALLY DEFERRED")
			f, _, err := run(t, c, begin, exec("INSERT INTO "+child+" VALUES (7)"), commit)
			if p.Classify(err).Kind != drivers.KindForeignKey || f.Done != 2 {
				t.Errorf("done %d, error %v", f.Done, err)
			}
			wantState(t, c, drivers.TxIdle)
			mustRun(t, c, begin, exec("INSERT INTO "+parent+" VALUES (1)"), commit)
			if got := mustRun(t, c, query("SELECT count(*) FROM "+child)); fmt.Sprint(got) != "[[0]]" {
				t.Errorf("the table has %v", got)
			}
		})
	}
}

func TestAStatementTimeoutIsToldFromACancellationInAnyLanguage(t *testing.T) {
	p := open(t, postgresURL(t)+";ConnSettings={SET lc_messages = 'C'}")
	c := acquire(t, p)
	limited := drivers.Step{Op: drivers.OpBegin, Tx: &drivers.TxOptions{StatementTimeout: 50 * time.Millisecond}}
	_, _, err := run(t, c, limited, exec("SELECT pg_sleep(5)"))
	if kind := p.Classify(err).Kind; kind != drivers.KindStatementTimeout {
		t.Errorf("kind %v, error %v", kind, err)
	}
	wantState(t, c, drivers.TxFailed)
	mustRun(t, c, rollback)
}

func TestAConnectionWithATransactionBegunByHandIsNotKept(t *testing.T) {
	p := open(t, mysqlURL(t))
	c, err := p.Acquire(t.Context(), drivers.Need{})
	must(t, err)
	mustRun(t, c, exec("BEGIN"))
	c.Release()
	eventually(t, "it is closed", func() bool { return p.Stats().Open == 0 })
}

func TestAFailedTransactionIsNotCommittedInSilence(t *testing.T) {
	p := open(t, postgresURL(t))
	c := acquire(t, p)
	if _, _, err := run(t, c, begin, exec("SELEC 1")); err == nil {
		t.Fatal("it is SQL")
	}
	_, _, err := run(t, c, commit)
	if p.Classify(err).Kind != drivers.KindTxAborted {
		t.Errorf("COMMIT says %v", err)
	}
	wantState(t, c, drivers.TxFailed)
	mustRun(t, c, rollback)
	wantState(t, c, drivers.TxIdle)
}

// sqliteodbc put the values of the new columns under the names of the old.
func TestValuesOfSQLiteKeepTheirNamesWhenAColumnIsDropped(t *testing.T) {
	url := sqliteURL(t)
	reader, writer := acquire(t, open(t, url)), acquire(t, open(t, url))
	mustRun(t, writer, exec("CREATE TABLE shifted (id INT, n INT, more INT)"))
	read := query("SELECT * FROM shifted")
	readOnly := drivers.Step{Op: drivers.OpBegin, Tx: &drivers.TxOptions{ReadOnly: true}}
	for i, first := range [][]drivers.Step{{}, {begin}, {readOnly}} {
		mustRun(t, reader, read)
		mustRun(t, writer, exec("ALTER TABLE shifted DROP n"))
		rows, err := reader.Run(t.Context(), &drivers.Flight{Steps: append(first, read)})
		must(t, err)
		if names := rows.Columns(); fmt.Sprint(names) != "[id more]" {
			t.Errorf("%d: the columns are %v", i, names)
		}
		must(t, rows.Close())
		mustRun(t, reader, rollback)
		mustRun(t, writer, exec("ALTER TABLE shifted DROP more"), exec("ALTER TABLE shifted ADD n INT"),
			exec("ALTER TABLE shifted ADD more INT"))
	}
	mustRun(t, writer, exec("DROP TABLE shifted"))
}
