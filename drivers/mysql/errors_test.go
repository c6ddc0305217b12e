package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"testing"

	gomysql "github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/drivers"
)

func TestErrorsOfTheServerAreClassifiedAndTheirNamesFound(t *testing.T) {
	for _, tt := range []struct {
		number  uint16
		message string
		want    drivers.Fault // but for Code and Message
	}{
		{1062, "Duplicate entry '7' for key 'uq'", drivers.Fault{Kind: drivers.KindUnique, Constraint: "uq"}},
		{1062, "Duplicate entry 'a'b' for key 't.uq'",
			drivers.Fault{Kind: drivers.KindUnique, Table: "t", Constraint: "uq"}},
		{1452, "Cannot add or update a child row: a foreign key constraint fails (`d`.`t`, CONSTRAINT " +
			"`fk` FOREIGN KEY (`p`) REFERENCES `x` (`id`))",
			drivers.Fault{Kind: drivers.KindForeignKey, Table: "t", Constraint: "fk"}},
		{1217, "Cannot delete or update a parent row: a foreign key constraint fails",
			drivers.Fault{Kind: drivers.KindForeignKey}},
		{1048, "Column 'n' cannot be null", drivers.Fault{Kind: drivers.KindNotNull, Column: "n"}},
		{1364, "Field 'n' doesn't have a default value", drivers.Fault{Kind: drivers.KindNotNull, Column: "n"}},
		{3819, "Check constraint 'ck' is violated.", drivers.Fault{Kind: drivers.KindCheck, Constraint: "ck"}},
		{4025, "CONSTRAINT `ck` failed for `d`.`t`",
			drivers.Fault{Kind: drivers.KindCheck, Constraint: "ck", Table: "t"}},
		{1406, "Data too long for column 'name' at row 1", drivers.Fault{Kind: drivers.KindData, Column: "name"}},
		{1366, "Incorrect string value: 'x' for column `d`.`t`.`v` at row 1",
			drivers.Fault{Kind: drivers.KindData, Table: "t", Column: "v"}},
		{1586, "Duplicate entry '7' for key 'uq'", drivers.Fault{Kind: drivers.KindUnique, Constraint: "uq"}},
		{1451, "Cannot delete or update a parent row: a foreign key constraint fails",
			drivers.Fault{Kind: drivers.KindForeignKey}},
		{1216, "Cannot add or update a child row: a foreign key constraint fails",
			drivers.Fault{Kind: drivers.KindForeignKey}},
		{1264, "Out of range value for column 'n' at row 1", drivers.Fault{Kind: drivers.KindData, Column: "n"}},
		{3572, "Statement aborted because lock(s) could not be acquired immediately and NOWAIT is set.",
			drivers.Fault{Kind: drivers.KindLockTimeout}},
		{1317, "Query execution was interrupted", drivers.Fault{Kind: drivers.KindCancelled}},
		{1290, "The MariaDB server is running with the --read-only option", drivers.Fault{Kind: drivers.KindReadOnly}},
		{2006, "Server has gone away", drivers.Fault{Kind: drivers.KindConnLost}},
		{2013, "Lost connection to server during query", drivers.Fault{Kind: drivers.KindConnLost}},
		{1053, "Server shutdown in progress", drivers.Fault{Kind: drivers.KindConnLost}},
		{1927, "Connection was killed", drivers.Fault{Kind: drivers.KindConnLost}},
		{1213, "Deadlock found", drivers.Fault{Kind: drivers.KindDeadlock}},
		{1047, "WSREP has not yet prepared node for application use",
			drivers.Fault{Kind: drivers.KindSerialization}},
		{1180, "Got error 5 during COMMIT", drivers.Fault{Kind: drivers.KindOutcomeUnknown}},
		{1205, "Lock wait timeout exceeded", drivers.Fault{Kind: drivers.KindLockTimeout}},
		{1969, "max_statement_time exceeded", drivers.Fault{Kind: drivers.KindStatementTimeout}},
		{3024, "maximum statement execution time exceeded", drivers.Fault{Kind: drivers.KindStatementTimeout}},
		{1792, "Cannot execute statement in a READ ONLY transaction", drivers.Fault{Kind: drivers.KindReadOnly}},
		{1142, "SELECT command denied", drivers.Fault{Kind: drivers.KindPermission}},
		{1146, "Table 'd.x' doesn't exist", drivers.Fault{Kind: drivers.KindSyntax}},
		{1020, "Record has changed since last read", drivers.Fault{Kind: drivers.KindSerialization}},
		{1412, "Table definition has changed, please retry transaction",
			drivers.Fault{Kind: drivers.KindSerialization}},
		{3101, "Plugin instructed the server to rollback the current transaction.",
			drivers.Fault{Kind: drivers.KindSerialization}},
		{1130, "Host '10.0.0.1' is not allowed to connect", drivers.Fault{Kind: drivers.KindPermission}},
		{1300, "Invalid utf8mb4 character string: 'FF'", drivers.Fault{Kind: drivers.KindData}},
		{4031, "The client was disconnected", drivers.Fault{Kind: drivers.KindConnLost}},
		{9999, "something new", drivers.Fault{Kind: drivers.KindUnknown}},
	} {
		err := fmt.Errorf("wrapped: %w", &gomysql.MySQLError{Number: tt.number, Message: tt.message})
		tt.want.Code, tt.want.Message = fmt.Sprint(tt.number), tt.message
		if got := classify(err); got != tt.want {
			t.Errorf("%d %s: %+v, want %+v", tt.number, tt.message, got, tt.want)
		}
	}
}

func TestOtherErrorsAreClassifiedByWhatTheyAre(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want drivers.Kind
	}{
		{nil, drivers.KindUnknown},
		{errors.New("whatever"), drivers.KindUnknown},
		{gomysql.ErrInvalidConn, drivers.KindConnLost},
		{driver.ErrBadConn, drivers.KindConnLost},
		{&lostError{err: errors.New("gone")}, drivers.KindConnLost},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, drivers.KindConnLost},
		{&cancelError{context.Canceled, &lostError{err: errors.New("gone")}}, drivers.KindCancelled},
		{context.DeadlineExceeded, drivers.KindCancelled},
	} {
		if got := classify(tt.err).Kind; got != tt.want {
			t.Errorf("%v: kind %v, want %v", tt.err, got, tt.want)
		}
	}
}
