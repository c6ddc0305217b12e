package odbc

import (
	"context"
	"errors"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

// The messages of Postgres, MariaDB and SQLite are as their ODBC drivers gave
// them; those of SQL Server and Oracle are from their documentation.
func TestErrorsAreClassifiedByDialectNumberStateAndText(t *testing.T) {
	for _, test := range []struct {
		dialect *dialect
		state   string
		native  int
		message string
		want    drivers.Kind
	}{
		{postgres, "23505", 1, "ERROR: duplicate key", drivers.KindUnique},
		{postgres, "23P01", 1, "ERROR: conflicting key", drivers.KindUnique},
		{postgres, "23503", 1, "ERROR: insert or update", drivers.KindForeignKey},
		{postgres, "23001", 1, "ERROR: update or delete", drivers.KindForeignKey},
		{postgres, "23502", 1, "ERROR: null value", drivers.KindNotNull},
		{postgres, "23514", 1, "ERROR: new row", drivers.KindCheck},
		{postgres, "40001", 1, "ERROR: could not serialize", drivers.KindSerialization},
		{postgres, "40P01", 1, "ERROR: deadlock detected", drivers.KindDeadlock},
		{postgres, "55P03", 1, "ERROR: canceling statement due to lock timeout", drivers.KindLockTimeout},
		{postgres, "57014", 1, "ERROR: canceling statement due to user request", drivers.KindCancelled},
		{postgres, "57014", 1, "ERROR: canceling statement due to statement timeout", drivers.KindStatementTimeout},
		{postgres, "57P01", 1, "FATAL: terminating connection", drivers.KindConnLost},
		{postgres, "57P03", 1, "FATAL: the database system is starting up", drivers.KindConnLost},
		{postgres, "08001", 101, "[unixODBC]could not connect to server", drivers.KindConnLost},
		{postgres, "08S01", 26, "[unixODBC]server closed the connection", drivers.KindConnLost},
		{postgres, "22001", 1, "ERROR: value too long", drivers.KindData},
		{postgres, "22003", 1, "ERROR: out of range", drivers.KindData},
		{postgres, "25006", 1, "ERROR: cannot execute INSERT", drivers.KindReadOnly},
		{postgres, "25P02", 1, "ERROR: current transaction is aborted", drivers.KindTxAborted},
		{postgres, "42P01", 1, "ERROR: relation", drivers.KindSyntax},
		{postgres, "53300", 1, "FATAL: too many connections", drivers.KindResource},
		{postgres, "07002", 32, "The # of binded parameters", drivers.KindSyntax},

		{mysql, "23000", 1062, "[ma-3.1.15]Duplicate entry", drivers.KindUnique},
		{mysql, "23000", 1586, "[ma-3.1.15]Duplicate entry", drivers.KindUnique},
		{mysql, "23000", 1452, "[ma-3.1.15]Cannot add", drivers.KindForeignKey},
		{mysql, "23000", 1451, "[ma-3.1.15]Cannot delete", drivers.KindForeignKey},
		{mysql, "23000", 1216, "[ma-3.1.15]Cannot add", drivers.KindForeignKey},
		{mysql, "23000", 1217, "[ma-3.1.15]Cannot delete", drivers.KindForeignKey},
		{mysql, "23000", 1048, "[ma-3.1.15]Column 'c' cannot be null", drivers.KindNotNull},
		{mysql, "HY000", 1364, "[ma-3.1.15]Field 'c'", drivers.KindNotNull},
		{mysql, "HY000", 3819, "Check constraint 'ck' is violated.", drivers.KindCheck},
		{mysql, "23000", 4025, "CONSTRAINT `ck` failed for `d`.`t`", drivers.KindCheck},
		{mysql, "HY000", 1020, "Record has changed", drivers.KindSerialization},
		{mysql, "40001", 1213, "Deadlock found", drivers.KindDeadlock},
		{mysql, "HY000", 1205, "Lock wait timeout", drivers.KindLockTimeout},
		{mysql, "HY000", 3572, "NOWAIT", drivers.KindLockTimeout},
		{mysql, "HY000", 2006, "MySQL server has gone away", drivers.KindConnLost},
		{mysql, "08S01", 2013, "Lost connection", drivers.KindConnLost},
		{mysql, "08S01", 1053, "Server shutdown", drivers.KindConnLost},
		{mysql, "70100", 1927, "Connection was killed", drivers.KindConnLost},
		{mysql, "70100", 1317, "Query execution was interrupted", drivers.KindCancelled},
		{mysql, "70100", 1969, "max_statement_time exceeded", drivers.KindStatementTimeout},
		{mysql, "HY000", 3024, "maximum statement execution time exceeded", drivers.KindStatementTimeout},
		{mysql, "22001", 1406, "Data too long", drivers.KindData},
		{mysql, "22003", 1264, "Out of range", drivers.KindData},
		{mysql, "25006", 1792, "READ ONLY transaction", drivers.KindReadOnly},
		{mysql, "HY000", 1290, "--read-only", drivers.KindReadOnly},
		{mysql, "42S02", 1146, "Table doesn't exist", drivers.KindSyntax},

		{sqlite, "HY000", 19, "[SQLite]UNIQUE constraint failed: t.a (19)", drivers.KindUnique},
		{sqlite, "HY000", 19, "[SQLite]FOREIGN KEY constraint failed (19)", drivers.KindForeignKey},
		{sqlite, "HY000", 19, "[SQLite]NOT NULL constraint failed: t.a (19)", drivers.KindNotNull},
		{sqlite, "HY000", 19, "[SQLite]CHECK constraint failed: ck (19)", drivers.KindCheck},
		{sqlite, "HY000", 5, "[SQLite]database is locked (5)", drivers.KindLockTimeout},
		{sqlite, "HY000", 6, "[SQLite]database table is locked (6)", drivers.KindLockTimeout},
		{sqlite, "HY000", 8, "[SQLite]attempt to write a readonly database (8)", drivers.KindReadOnly},
		{sqlite, "HY000", 9, "[SQLite]interrupted (9)", drivers.KindCancelled},
		{sqlite, "HY000", 13, "[SQLite]database or disk is full (13)", drivers.KindResource},
		{sqlite, "HY000", 14, "[SQLite]connect failed", drivers.KindConnLost},
		{sqlite, "HY000", 18, "[SQLite]string or blob too big (18)", drivers.KindData},
		{sqlite, "HY000", 1, "[SQLite]no such table: x (1)", drivers.KindSyntax},
		{sqlite, "HY000", 1, "[SQLite]integer overflow (1)", drivers.KindData},

		// From Microsoft's documentation: not run.
		{sqlServer, "23000", 2627, "[Microsoft][ODBC][SQL Server]Violation of UNIQUE KEY", drivers.KindUnique},
		{sqlServer, "23000", 2601, "Cannot insert duplicate key row", drivers.KindUnique},
		{sqlServer, "23000", 547, `conflicted with the FOREIGN KEY constraint "fk"`, drivers.KindForeignKey},
		{sqlServer, "23000", 547, `conflicted with the CHECK constraint "ck"`, drivers.KindCheck},
		{sqlServer, "23000", 515, "Cannot insert the value NULL", drivers.KindNotNull},
		{sqlServer, "42000", 3960, "Snapshot isolation transaction aborted", drivers.KindSerialization},
		{sqlServer, "40001", 1205, "was deadlocked", drivers.KindDeadlock},
		{sqlServer, "HYT00", 1222, "Lock request time out", drivers.KindLockTimeout},
		{sqlServer, "08S01", 0, "TCP Provider: Error code 0x68", drivers.KindConnLost},
		{sqlServer, "08003", 0, "Connection not open", drivers.KindConnLost},
		{sqlServer, "08007", 0, "Connection failure during transaction", drivers.KindConnLost},
		{sqlServer, "HY008", 0, "Operation canceled", drivers.KindCancelled},
		{sqlServer, "HYT00", 0, "Query timeout expired", drivers.KindStatementTimeout},
		{sqlServer, "22001", 2628, "String or binary data would be truncated", drivers.KindData},
		{sqlServer, "22003", 8115, "Arithmetic overflow", drivers.KindData},

		// From Oracle's documentation: not run.
		{oracle, "23000", 1, "[Oracle][ODBC][Ora]ORA-00001: unique constraint", drivers.KindUnique},
		{oracle, "HY000", 60, "ORA-00060: deadlock detected", drivers.KindDeadlock},
		{oracle, "HY000", 8177, "ORA-08177: can't serialize", drivers.KindSerialization},
		{oracle, "08S01", 3113, "ORA-03113: end-of-file", drivers.KindConnLost},
		{oracle, "HY000", 1013, "ORA-01013: user requested cancel", drivers.KindCancelled},

		{generic(traits{}), "40001", 99, "x", drivers.KindSerialization},
		{generic(traits{}), "HYT01", 0, "x", drivers.KindConnLost},
		{generic(traits{}), "23000", 0, "x", drivers.KindUnknown},
	} {
		err := &Error{Op: "execute", Records: []Record{{test.state, test.native, test.message}}}
		if got := test.dialect.classify(err); got.Kind != test.want {
			t.Errorf("%s %s %d %q: kind %v, want %v", test.dialect.name, test.state, test.native, test.message,
				got.Kind, test.want)
		}
	}
}

func TestWhatAMessageNamesIsFound(t *testing.T) {
	for _, test := range []struct {
		dialect *dialect
		record  Record
		want    drivers.Fault
	}{
		{postgres, Record{"23505", 1, "ERROR: duplicate key value violates unique constraint \"uq\"\n" +
			"DETAIL: Key (a)=(1) already exists.;\nError while executing the query"},
			drivers.Fault{Message: `duplicate key value violates unique constraint "uq"`, Constraint: "uq"}},
		{postgres, Record{"23502", 1, "ERROR: null value in column \"c\" of relation \"t\" violates not-null constraint;"},
			drivers.Fault{Table: "t", Column: "c",
				Message: `null value in column "c" of relation "t" violates not-null constraint`}},
		{sqlite, Record{"HY000", 19, "[SQLite]UNIQUE constraint failed: t.a, t.b (19)"},
			drivers.Fault{Message: "UNIQUE constraint failed: t.a, t.b", Table: "t", Column: "a"}},
		{sqlServer, Record{"23000", 547, `[Microsoft][SQL Server]The INSERT statement conflicted with the FOREIGN KEY ` +
			`constraint "fk". The conflict occurred in database "d", table "dbo.t", column 'c'.`},
			drivers.Fault{Constraint: "fk", Table: "t", Column: "c", Message: `The INSERT statement conflicted with the ` +
				`FOREIGN KEY constraint "fk". The conflict occurred in database "d", table "dbo.t", column 'c'.`}},
	} {
		got := test.dialect.classify(&Error{Records: []Record{test.record}})
		got.Kind, got.Code = 0, ""
		if got != test.want {
			t.Errorf("%+v, want %+v", got, test.want)
		}
	}
}

func TestErrorsThatAreNotTheDatabasesHaveAKindToo(t *testing.T) {
	server := &Error{Records: []Record{{"57014", 1, "ERROR: canceling statement due to user request"}}}
	for _, test := range []struct {
		err  error
		want drivers.Kind
	}{
		{nil, drivers.KindUnknown},
		{errors.New("x"), drivers.KindUnknown},
		{context.Canceled, drivers.KindCancelled},
		{&lostError{server}, drivers.KindConnLost},
		{&cancelError{context.Canceled, server}, drivers.KindCancelled},
		{&cancelError{context.Canceled, &lostError{ErrAbandoned}}, drivers.KindCancelled},
		{&limitError{server}, drivers.KindStatementTimeout},
		{errCommitFailed, drivers.KindTxAborted},
		{ErrTooManyAbandoned, drivers.KindConnLost},
	} {
		if got := postgres.classify(test.err).Kind; got != test.want {
			t.Errorf("%v: kind %v, want %v", test.err, got, test.want)
		}
	}
}
