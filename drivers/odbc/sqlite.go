package odbc

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	known "github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// sqlite is SQLite behind sqliteodbc, of which 0.9998 was measured.
var sqlite = &dialect{
	name: "sqlite", drivers: []string{"sqlite"}, dbms: []string{"sqlite"},
	lexical: drivers.Lexical{Backticks: true, Brackets: true},
	caps: drivers.Capabilities{
		Bulk: true, Savepoints: true, TransactionalDDL: true, ReadOnly: true, SingleWriter: true,
		Isolation: levels(drivers.Serializable), MaxArgs: 32766, Locks: drivers.Locks{Conn: true},
	},
	local:   localSQLite,
	prepare: prepareSQLite,
	ping:    "SELECT 1",
	byHand:  true,
	session: func(tx *drivers.TxOptions) string {
		if tx.ReadOnly {
			return "PRAGMA query_only = 1"
		}
		return "PRAGMA query_only = 0"
	},
	inside: func(tx *drivers.TxOptions) []string {
		if tx.ReadOnly {
			return []string{"BEGIN", sqliteLook}
		}
		// A transaction that reads first and then writes could not wait for a lock.
		return []string{"BEGIN IMMEDIATE", sqliteLook}
	},
	alone:     sqliteLook,
	savepoint: "SAVEPOINT %s", rollbackTo: "ROLLBACK TO SAVEPOINT %s", release: "RELEASE SAVEPOINT %s",
	fault: faultOfSQLite, after: afterSQLite, ask: func(string) string { return "BEGIN" },
	isOpen: isOpenSQLite,
	exam:   known.SQLiteExam, examine: examineSQLite,
	locks: func(h host) drivers.Locker { return h.beside() },
	spell: spellSQLite, timesAsText: true, countsInComments: true, cancelAside: true,
	besides: true, narrow: true, utf8: true, signed: true,
	bytesAlone: true, // sqliteodbc gives all rows the length of the first one's
}

// localSQLite: without a name the database is in memory.
func localSQLite(s settings) bool {
	database := s.first("Database")
	return database == ":memory:" || database == "" && s.first("DSN") == ""
}

// sqliteLook makes the connection notice that another one has changed a table.
// sqliteodbc asks for the columns of a result before SQLite looks, so that the values
// of the new columns came under the names of the old. Within a transaction nothing
// changes any more; outside, between this and the statement, it still may.
const sqliteLook = "SELECT 1 FROM sqlite_master WHERE 0"

// prepareSQLite: sqliteodbc knows no braces, and takes a connection string without
// a database for the name of one.
func prepareSQLite(s settings) (settings, error) {
	if s = s.bare(); localSQLite(s) {
		s = s.with("Database", ":memory:")
	}
	s = usually(s, "FKSupport", "1", "JournalMode", "WAL", "SyncPragma", "NORMAL", "Timeout", "5000")
	return force(s,
		wants{"BigInt", "1", "otherwise sqliteodbc cuts integers to 32 bits in silence"},
		wants{"NoTXN", "0", "without transactions there are no sessions"},
		wants{"StepAPI", "0", "a result that is still being read keeps COMMIT from working"},
	)
}

// examineSQLite asks for the settings of the connection.
func examineSQLite(ctx context.Context, h host, answers known.Answers) error {
	answers["file"] = cmp.Or(h.database(), ":memory:")
	for _, name := range []string{"journal_mode", "synchronous", "foreign_keys", "encoding", "page_size"} {
		var value string
		if err := known.Ask(ctx, h, "PRAGMA "+name, nil, &value); err != nil {
			return err
		}
		answers[name] = value
	}
	answers["synchronous"] = known.SQLiteSynchronous(answers["synchronous"])
	return nil
}

// afterSQLite: what was interrupted may have rolled everything back. Asking
// costs nothing here.
func afterSQLite(sql string, _ drivers.Kind, err error) fate {
	if err != nil || endsByHand(sql) {
		return doubtful
	}
	return goesOn
}

// isOpenSQLite: BEGIN fails inside a transaction. One that succeeds is undone.
func isOpenSQLite(_ string, err error) (fate, error) {
	switch {
	case err == nil:
		return doubtful, nil
	case strings.Contains(err.Error(), "within a transaction"):
		return goesOn, nil
	}
	return doubtful, err
}

// spellSQLite: times are stored as text, in the format of CURRENT_TIMESTAMP.
func spellSQLite(v any) (any, error) {
	switch v := v.(type) {
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case time.Time:
		v = v.UTC()
		if y := v.Year(); y < 0 || y > 9999 {
			return nil, fmt.Errorf("SQLite has no text for a time in the year %d", y)
		}
		return v.Format("2006-01-02 15:04:05.999999999"), nil
	}
	return v, nil
}

// sqliteTexts are the beginnings of messages: sqliteodbc has no codes but
// SQLite's primary ones, at the end of the text.
var sqliteTexts = []struct {
	text string
	kind drivers.Kind
}{
	{"UNIQUE constraint failed", drivers.KindUnique},
	{"PRIMARY KEY", drivers.KindUnique},
	{"FOREIGN KEY constraint failed", drivers.KindForeignKey},
	{"NOT NULL constraint failed", drivers.KindNotNull},
	{"CHECK constraint failed", drivers.KindCheck},
	{"cannot store", drivers.KindData}, // a STRICT table
}

var sqliteCodes = map[int]drivers.Kind{
	3: drivers.KindPermission, 4: drivers.KindTxAborted, 5: drivers.KindLockTimeout,
	6: drivers.KindLockTimeout, 7: drivers.KindResource, 8: drivers.KindReadOnly,
	9: drivers.KindCancelled, 10: drivers.KindResource, 13: drivers.KindResource,
	14: drivers.KindConnLost, 18: drivers.KindData, 20: drivers.KindData,
	23: drivers.KindPermission, 25: drivers.KindSyntax,
}

var sqliteNumber = regexp.MustCompile(` \((\d+)\)$`)

func faultOfSQLite(e *Error) drivers.Fault {
	r := e.first()
	f := drivers.Fault{Code: r.State, Message: r.Bare()}
	code := r.Native & 0xff
	if m := sqliteNumber.FindStringSubmatch(f.Message); m != nil {
		f.Message = strings.TrimSuffix(f.Message, m[0])
		code, _ = strconv.Atoi(m[1])
	}
	if code != 0 {
		f.Code = strconv.Itoa(code)
	}
	f.Kind = kindOfSQLite(code, f.Message)
	if f.Kind == drivers.KindUnknown && r.State != "HY000" {
		f.Kind = kindOfState(r.State)
	}
	return known.SQLiteNames(f)
}

func kindOfSQLite(code int, message string) drivers.Kind {
	for _, known := range sqliteTexts {
		if strings.HasPrefix(message, known.text) {
			return known.kind
		}
	}
	if code == 1 {
		return known.SQLiteGeneric(message)
	}
	return sqliteCodes[code]
}
