package sqlsplit_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

func TestStatementsThatTransactionsCannotHoldAreKnown(t *testing.T) {
	for _, c := range []struct {
		d    sqlsplit.Dialect
		sql  string
		want bool
	}{
		{sqlsplit.Postgres, "create unique index /* x */ concurrently i on t (a)", true},
		{sqlsplit.Postgres, "create index i on t (a)", false},
		{sqlsplit.Postgres, "create table concurrently (a int)", false},
		{sqlsplit.Postgres, "REINDEX (VERBOSE) TABLE CONCURRENTLY t", true},
		{sqlsplit.Postgres, "alter table a detach partition b concurrently", true},
		{sqlsplit.Postgres, "alter table a add column concurrently int", false},
		{sqlsplit.Postgres, "vacuum", true},
		{sqlsplit.Postgres, "alter type e add value 'x'", false},
		{sqlsplit.MySQL, "vacuum", false},
		{sqlsplit.SQLite, "VACUUM", true},
		{sqlsplit.SQLServer, "ALTER DATABASE x SET RECOVERY SIMPLE", true},
	} {
		st := sqlsplit.Statement{SQL: c.sql, Dialect: c.d}
		if got := st.OutsideTransaction(); got != c.want {
			t.Errorf("%s: %q: %t", c.d, c.sql, got)
		}
	}
}

func TestTransactionControlIsKnown(t *testing.T) {
	for _, c := range []struct {
		d    sqlsplit.Dialect
		sql  string
		want sqlsplit.Control
	}{
		{sqlsplit.Postgres, "begin isolation level serializable", sqlsplit.Begins},
		{sqlsplit.Postgres, "start transaction", sqlsplit.Begins},
		{sqlsplit.Postgres, "end", sqlsplit.Commits},
		{sqlsplit.Postgres, "prepare transaction 'x'", sqlsplit.Commits},
		{sqlsplit.Postgres, "prepare s as select 1", sqlsplit.NoControl},
		{sqlsplit.Postgres, "rollback to savepoint s", sqlsplit.NoControl},
		{sqlsplit.Postgres, "rollback work to s", sqlsplit.NoControl},
		{sqlsplit.Postgres, "rollback", sqlsplit.RollsBack},
		{sqlsplit.Postgres, "do $$ begin commit; end $$", sqlsplit.NoControl},
		{sqlsplit.MySQL, "BEGIN NOT ATOMIC SELECT 1; END", sqlsplit.NoControl},
		{sqlsplit.MySQL, "/*!40101 SET autocommit = 1 */", sqlsplit.Commits},
		{sqlsplit.MySQL, "set names utf8", sqlsplit.NoControl},
		{sqlsplit.SQLServer, "BEGIN TRY SELECT 1 END TRY", sqlsplit.NoControl},
		{sqlsplit.SQLServer, "BEGIN TRAN", sqlsplit.Begins},
		{sqlsplit.Oracle, "BEGIN NULL; END;", sqlsplit.NoControl},
	} {
		st := sqlsplit.Statement{SQL: c.sql, Dialect: c.d}
		if got := st.Control(); got != c.want {
			t.Errorf("%s: %q: %d, want %d", c.d, c.sql, got, c.want)
		}
	}
}

func TestTheIndexThatIsBuiltConcurrentlyIsNamed(t *testing.T) {
	for _, c := range []struct {
		sql, index, table string
		ok                bool
	}{
		{"create index concurrently i on t (a)", "i", "t", true},
		{`create unique index concurrently if not exists "I x" on only a."T" using btree (b)`, `"I x"`, `a."T"`, true},
		{"create index concurrently on s.t (a)", "", "s.t", true},
		{"create index i on t (a)", "", "", false},
		{"drop index concurrently i", "", "", false},
	} {
		st := sqlsplit.Statement{SQL: c.sql, Dialect: sqlsplit.Postgres}
		index, table, ok := st.ConcurrentIndex()
		if index != c.index || table != c.table || ok != c.ok {
			t.Errorf("%q: %q on %q, %t", c.sql, index, table, ok)
		}
	}
}
