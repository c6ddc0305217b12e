package odbc

import (
	"github.com/sqlscope/sqlscope/drivers"
	known "github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// The answers to SQL_TXN_CAPABLE.
const (
	txnNone       = 0
	txnAll        = 2 // DDL too
	txnDDLCommits = 3
)

// traits are what SQLGetInfo says of a database.
type traits struct {
	dbms       string
	txn        uint16              // SQL_TXN_CAPABLE
	isolations []drivers.Isolation // SQL_TXN_ISOLATION_OPTION
}

// generic is a database that is not known. It promises what the driver says and
// nothing that would have to be guessed.
func generic(t traits) *dialect {
	return &dialect{
		name: "generic",
		caps: drivers.Capabilities{
			TransactionalDDL: t.txn == txnAll, Isolation: t.isolations, Remote: true, MaxArgs: maxArgs,
		},
		isolationByAttribute: true, askNulls: true,
		commits: func(sql string) bool { return t.txn == txnDDLCommits && known.MySQLCommits(sql) },
		fault: func(e *Error) drivers.Fault {
			r := e.first()
			return drivers.Fault{Kind: kindOfState(r.State), Code: r.State, Message: r.Bare()}
		},
		after: func(sql string, _ drivers.Kind, err error) fate {
			if err != nil || endsByHand(sql) || t.txn == txnDDLCommits && known.MySQLCommits(sql) {
				return doubtful
			}
			return goesOn
		},
	}
}
