package odbc

import (
	"fmt"
	"strconv"

	"github.com/sqlscope/sqlscope/drivers"
	known "github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// sqlServer follows Microsoft's documentation. It has not been run.
var sqlServer = &dialect{
	name: "sqlserver", drivers: []string{"msodbcsql", "sql server", "tdsodbc", "freetds"},
	dbms: []string{"microsoft sql server"}, port: "1433",
	lexical: drivers.Lexical{Brackets: true, NestedComments: true},
	caps: drivers.Capabilities{
		Savepoints: true, TransactionalDDL: true, LockTimeout: true, Remote: true, Streaming: true,
		Isolation: levels(drivers.ReadUncommitted, drivers.ReadCommitted, drivers.RepeatableRead,
			drivers.Serializable),
		MaxArgs: 2100, Locks: drivers.Locks{Conn: true},
	},
	ping: "SELECT 1", isolationByAttribute: true, askNulls: true,
	session: func(tx *drivers.TxOptions) string {
		limit := int64(-1)
		if tx.LockTimeout != 0 {
			limit = milliseconds(tx.LockTimeout)
		}
		return fmt.Sprintf("SET LOCK_TIMEOUT %d", limit)
	},
	savepoint: "SAVE TRANSACTION %s", rollbackTo: "ROLLBACK TRANSACTION %s", // there is no release
	fault: faultOfSQLServer, after: afterSQLServer,
	ask: func(string) string { return "SELECT XACT_STATE()" }, isOpen: byAnswer(xactStates),
	locks:    func(h host) drivers.Locker { return sqlServerLocks{h} },
	keepsNUL: true, signed: true,
}

// afterSQLServer: whether an error ends the transaction depends on the error, on
// XACT_ABORT and on triggers, so the server is asked.
func afterSQLServer(sql string, _ drivers.Kind, err error) fate {
	w := known.Words{Text: sql}
	switch first := w.Next(); {
	case err != nil, endsByHand(sql), first == "EXEC", first == "EXECUTE":
		return doubtful
	}
	return goesOn
}

// xactStates are the answers of XACT_STATE, see
// https://learn.microsoft.com/sql/t-sql/functions/xact-state-transact-sql
var xactStates = map[string]fate{"1": goesOn, "0": ended, "-1": failed}

// sqlServerKinds are numbers of sys.messages, see
// https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
var sqlServerKinds = map[int]drivers.Kind{
	2601: drivers.KindUnique, 2627: drivers.KindUnique,
	515:  drivers.KindNotNull,
	2628: drivers.KindData, 8115: drivers.KindData, 8152: drivers.KindData, 8114: drivers.KindData,
	220: drivers.KindData, 241: drivers.KindData, 245: drivers.KindData, 8134: drivers.KindData,
	1205: drivers.KindDeadlock,
	1222: drivers.KindLockTimeout,
	3960: drivers.KindSerialization,
	3906: drivers.KindReadOnly, 3908: drivers.KindReadOnly,
	102: drivers.KindSyntax, 156: drivers.KindSyntax, 207: drivers.KindSyntax, 208: drivers.KindSyntax,
	2714: drivers.KindSyntax, 4060: drivers.KindSyntax,
	229: drivers.KindPermission, 230: drivers.KindPermission, 262: drivers.KindPermission,
	18456: drivers.KindPermission,
	701:   drivers.KindResource, 1105: drivers.KindResource, 9002: drivers.KindResource,
	3930: drivers.KindTxAborted,
}

// referenceOrCheck: 547 is either, and only the text tells which.
const referenceOrCheck = 547

func faultOfSQLServer(e *Error) drivers.Fault {
	r := e.first()
	f := drivers.Fault{Kind: sqlServerKinds[r.Native], Code: r.State, Message: r.Bare()}
	if r.Native != 0 {
		f.Code = strconv.Itoa(r.Native)
	}
	if r.Native == referenceOrCheck {
		f.Kind = drivers.KindForeignKey
		if sqlServerCheck.MatchString(f.Message) {
			f.Kind = drivers.KindCheck
		}
	}
	if f.Kind == drivers.KindUnknown {
		f.Kind = kindOfState(r.State)
	}
	return namedBySQLServer(f)
}
