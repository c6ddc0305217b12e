package odbc

import (
	"regexp"
	"strconv"

	"github.com/sqlscope/sqlscope/drivers"
	known "github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// oracle follows Oracle's documentation. It has not been run.
var oracle = &dialect{
	name: "oracle", drivers: []string{"oracle", "sqora"}, dbms: []string{"oracle"}, port: "1521",
	caps: drivers.Capabilities{
		Savepoints: true, ReadOnly: true, Remote: true, Streaming: true, MaxArgs: maxArgs,
		Isolation: levels(drivers.ReadCommitted, drivers.Serializable),
	},
	setup: []string{"ALTER SESSION SET TIME_ZONE = '+00:00'"},
	ping:  "SELECT 1 FROM DUAL",
	inside: func(tx *drivers.TxOptions) []string {
		switch { // one statement takes one of the two; read-only is the stronger promise
		case tx.ReadOnly:
			return []string{"SET TRANSACTION READ ONLY"}
		case tx.Isolation == drivers.Serializable:
			return []string{"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"}
		case tx.Isolation == drivers.ReadCommitted:
			return []string{"SET TRANSACTION ISOLATION LEVEL READ COMMITTED"}
		}
		return nil
	},
	savepoint: "SAVEPOINT %s", rollbackTo: "ROLLBACK TO SAVEPOINT %s", // there is no release
	fault: faultOfOracle, after: afterOracle, commits: commitsOracle, askNulls: true,
}

// afterOracle: an error undoes its statement alone, a deadlock's too. DDL
// commits; a block may do anything.
func afterOracle(sql string, kind drivers.Kind, err error) fate {
	w := known.Words{Text: sql}
	first := w.Next()
	if commitsOracle(sql) || first == "DECLARE" || first == "CALL" {
		return doubtful
	}
	if endsByHand(sql) || err != nil && kind == drivers.KindUnknown {
		return doubtful
	}
	return goesOn
}

// commitsOracle: DDL commits, and commits again when it has done its work.
func commitsOracle(sql string) bool {
	w := known.Words{Text: sql}
	switch w.Next() {
	case "CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT", "REVOKE", "RENAME", "COMMENT", "ANALYZE", "AUDIT",
		"NOAUDIT", "PURGE", "FLASHBACK":
		return true
	}
	return false
}

var oracleNumber = regexp.MustCompile(`ORA-(\d{5})`)

// oracleKinds are the numbers of ORA-nnnnn, see
// https://docs.oracle.com/en/error-help/db/
var oracleKinds = map[int]drivers.Kind{
	1:    drivers.KindUnique,
	2291: drivers.KindForeignKey, 2292: drivers.KindForeignKey,
	1400: drivers.KindNotNull, 1407: drivers.KindNotNull,
	2290: drivers.KindCheck,
	1438: drivers.KindData, 1722: drivers.KindData, 12899: drivers.KindData, 1830: drivers.KindData,
	1476: drivers.KindData,
	8177: drivers.KindSerialization,
	60:   drivers.KindDeadlock,
	54:   drivers.KindLockTimeout, 30006: drivers.KindLockTimeout,
	1013: drivers.KindCancelled,
	1456: drivers.KindReadOnly, 16000: drivers.KindReadOnly,
	900: drivers.KindSyntax, 904: drivers.KindSyntax, 923: drivers.KindSyntax, 933: drivers.KindSyntax,
	942: drivers.KindSyntax, 955: drivers.KindSyntax,
	1017: drivers.KindPermission, 1031: drivers.KindPermission, 28000: drivers.KindPermission,
	1652: drivers.KindResource, 1653: drivers.KindResource, 4031: drivers.KindResource,
	28: drivers.KindConnLost, 1012: drivers.KindConnLost, 1033: drivers.KindConnLost,
	1034: drivers.KindConnLost, 1089: drivers.KindConnLost, 3113: drivers.KindConnLost,
	3114: drivers.KindConnLost, 3135: drivers.KindConnLost, 12541: drivers.KindConnLost,
}

func faultOfOracle(e *Error) drivers.Fault {
	r := e.first()
	f := drivers.Fault{Code: r.State, Message: r.Bare()}
	number := r.Native
	if m := oracleNumber.FindStringSubmatch(f.Message); m != nil {
		number, _ = strconv.Atoi(m[1])
	}
	f.Kind = oracleKinds[number]
	if number != 0 {
		f.Code = strconv.Itoa(number)
	}
	if f.Kind == drivers.KindUnknown {
		f.Kind = kindOfState(r.State)
	}
	return f
}
