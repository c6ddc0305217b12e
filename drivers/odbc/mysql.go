package odbc

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	known "github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// mysql is MySQL or MariaDB; MariaDB ODBC 3.1.15 was measured. It promises what
// both can do.
var mysql = &dialect{
	name: "mysql", drivers: []string{"maodbc", "myodbc", "mariadb", "mysql"},
	dbms: []string{"mariadb", "mysql"}, port: "3306",
	lexical: drivers.Lexical{BackslashEscapes: true, Backticks: true, HashComments: true, DashSpace: true},
	caps: drivers.Capabilities{
		Bulk: true, Savepoints: true, ReadOnly: true, LockTimeout: true, Remote: true, MaxArgs: maxArgs,
		Isolation: levels(drivers.ReadUncommitted, drivers.ReadCommitted, drivers.RepeatableRead,
			drivers.Serializable),
		Locks: drivers.Locks{Conn: true},
	},
	prepare:   prepareMySQL,
	setup:     []string{"SET time_zone = '+00:00'"},
	ping:      "SELECT 1",
	session:   mysqlSession,
	before:    mysqlOptions,
	savepoint: "SAVEPOINT %s", rollbackTo: "ROLLBACK TO SAVEPOINT %s", release: "RELEASE SAVEPOINT %s",
	fault: faultOfMySQL, after: afterMySQL, ask: askMariaDB, isOpen: byAnswer(map[string]fate{"0": ended, "1": goesOn}),
	commits: known.MySQLCommits, runs: known.MySQLRuns, spoils: known.MySQLLocksTables,
	locks: func(h host) drivers.Locker {
		return known.MySQLLocks{Conn: h, Database: h.database(), Usual: "DEFAULT"}
	},
	exam:  known.MySQLExam,
	spell: spellMySQL, keepsNUL: true, trustsSizes: true, cancelAside: true, preparesFresh: true, utf8: true,
	several: severalMySQL,
}

// Bits of OPTION, the same in MySQL's and MariaDB's driver.
const (
	optionFoundRows     = 2
	optionAutoReconnect = 4194304
	optionMultiple      = 67108864
)

func prepareMySQL(s settings) (settings, error) {
	s, err := force(s, wants{"CHARSET", "utf8mb4", "text is Unicode"},
		wants{"AUTO_RECONNECT", "0", "a connection that comes back by itself has lost its transaction"})
	if err != nil {
		return nil, err
	}
	given, _ := s.get("OPTION")
	bits, err := strconv.ParseUint("0"+given, 10, 32)
	switch {
	case err != nil:
		return nil, errors.New("odbc: OPTION in the connection string must be a number")
	case bits&optionAutoReconnect != 0:
		return nil, errors.New("odbc: OPTION in the connection string asks for automatic reconnection; " +
			"a connection that comes back by itself has lost its transaction")
	case bits&optionMultiple != 0:
		return nil, errors.New("odbc: OPTION in the connection string asks for several statements in one " +
			"text; each has to be a call of its own")
	}
	return s.with("OPTION", strconv.FormatUint(bits|optionFoundRows, 10)), nil
}

// severalMySQL: MariaDB's driver takes the semicolons in the body of a trigger, or
// of what it does not know as CREATE PROCEDURE, for ends of statements, and
// dereferences NULL when it is asked for the result of the second (3.1.15,
// MADB_StmtMoreResults).
func severalMySQL(sql string) bool {
	w := known.Words{Text: sql}
	first := w.Next()
	return first == "CALL" || first == "BEGIN" || first == "EXECUTE" // BEGIN NOT ATOMIC
}

// mysqlSession are the limits of waits for locks, which hold for the connection.
func mysqlSession(tx *drivers.TxOptions) string {
	limit := "DEFAULT"
	if tx.LockTimeout != 0 {
		limit = strconv.FormatInt(seconds(tx.LockTimeout), 10)
	}
	return fmt.Sprintf("SET innodb_lock_wait_timeout = %s, lock_wait_timeout = %[1]s", limit)
}

// mysqlOptions hold for the next transaction.
func mysqlOptions(tx *drivers.TxOptions) string {
	var traits []string
	if tx.Isolation != drivers.DefaultIsolation {
		traits = append(traits, "ISOLATION LEVEL "+strings.ToUpper(tx.Isolation.String()))
	}
	if tx.ReadOnly {
		traits = append(traits, "READ ONLY")
	}
	if len(traits) == 0 {
		return ""
	}
	return "SET TRANSACTION " + strings.Join(traits, ", ")
}

// afterMySQL: most errors undo their statement alone, but DDL has committed by the
// time that it meets rows which forbid it.
func afterMySQL(sql string, kind drivers.Kind, err error) fate {
	w := known.Words{Text: sql}
	if known.MySQLCommits(sql) || err == nil && w.Next() == "CALL" {
		return doubtful
	}
	switch kind {
	case drivers.KindUnique, drivers.KindForeignKey, drivers.KindNotNull, drivers.KindCheck,
		drivers.KindData, drivers.KindReadOnly, drivers.KindSyntax, drivers.KindPermission:
		return goesOn
	}
	if err != nil {
		return doubtful
	}
	return goesOn
}

// askMariaDB has no counterpart in MySQL.
func askMariaDB(dbms string) string {
	if strings.HasPrefix(strings.ToLower(dbms), "mariadb") {
		return "SELECT @@in_transaction"
	}
	return ""
}

func spellMySQL(v any) (any, error) {
	switch v := v.(type) {
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errors.New("the server has no NaN and no infinity")
		}
	case time.Time:
		v = v.UTC().Truncate(time.Microsecond) // the server would round
		if y := v.Year(); y < 0 || y > 9999 {
			return nil, fmt.Errorf("the server has no time in the year %d", y)
		}
		return v.Format("2006-01-02 15:04:05.999999"), nil
	}
	return v, nil
}

func faultOfMySQL(e *Error) drivers.Fault {
	r := e.first()
	f := drivers.Fault{Kind: known.MySQLKind(r.Native), Code: r.State, Message: r.Bare()}
	if r.Native != 0 {
		f.Code = strconv.Itoa(r.Native)
	}
	if f.Kind == drivers.KindUnknown {
		f.Kind = kindOfState(r.State)
	}
	return known.MySQLNames(f, r.Native)
}
