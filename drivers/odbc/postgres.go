package odbc

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	known "github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// postgres is Postgres behind psqlODBC, of which 13.02 was measured.
var postgres = &dialect{
	name: "postgres", drivers: []string{"psqlodbc", "postgres"}, dbms: []string{"postgres"}, port: "5432",
	lexical: drivers.Lexical{DollarQuotes: true, EscapeStrings: true, NestedComments: true},
	caps: drivers.Capabilities{
		Bulk: true, Savepoints: true, TransactionalDDL: true, Returning: true, ReadOnly: true, Deferrable: true,
		Isolation: levels(drivers.ReadUncommitted, drivers.ReadCommitted, drivers.RepeatableRead,
			drivers.Serializable),
		StatementTimeout: true, LockTimeout: true, Remote: true, MaxArgs: maxArgs,
		Locks: drivers.Locks{Conn: true, Tx: true},
	},
	prepare: preparePostgres,
	setup:   []string{"SET TIME ZONE 'UTC'"},
	ping:    "SELECT 1", pingAlone: true,
	inside:    postgresOptions,
	savepoint: "SAVEPOINT %s", rollbackTo: "ROLLBACK TO SAVEPOINT %s", release: "RELEASE SAVEPOINT %s",
	fault: faultOfPostgres, after: afterPostgres,
	locks: func(h host) drivers.Locker { return known.PostgresLocks{Conn: h, Direct: postgresDirect} },
	exam:  known.PostgresExam, examine: examinePostgres,
	spell: spellPostgres, oneCode: true, signed: true, timesAsText: true,
}

// maxArgs is what a signed 16-bit count holds, as drivers count parameters.
const maxArgs = 32767

// postgresDirect is true if the server's process was started for this connection.
// What a client says when it connects is a setting of the source "client". A
// pooler says it later, by SET, to whichever process it hands on. psqlODBC does not
// tell the process's number that greeted it, so it is made to give a name.
const (
	postgresDirect = "exists (select from pg_settings where source = 'client')"
	postgresName   = "fallback_application_name=sqlscope"
)

// examinePostgres tells the exam of a pooler: then it was another process that
// greeted us, whichever.
func examinePostgres(ctx context.Context, h host, answers known.Answers) error {
	var direct bool
	err := known.Ask(ctx, h, "select "+postgresDirect, nil, &direct)
	if !direct {
		answers["greeted"] = "another"
	}
	return err
}

// preparePostgres forces the options without which psqlODBC does not keep
// transactions and values as they are. It knows braces around a password, which
// it takes for percent-encoded without them, and few others.
func preparePostgres(s settings) (settings, error) {
	return force(namedPostgres(s).bare().braced("Pwd", "Password", "pqopt"),
		wants{"UseServerSidePrepare", "0", "psqlODBC's own savepoints around prepared statements destroy " +
			"those of the session (psqlodbc issue 208)"},
		wants{"Protocol", "7.4-0", "with 7.4-1 and 7.4-2 psqlODBC rolls back on its own after an error, and a " +
			"later COMMIT reports success"},
		wants{"UseDeclareFetch", "0", "a cursor that was cancelled leaves its transaction aborted for the next " +
			"user of the connection"},
		wants{"BoolsAsChar", "0", "booleans are booleans"},
		wants{"TrueIsMinus1", "0", "booleans are booleans"},
		wants{"LFConversion", "0", "text is kept as it is"},
		wants{"ByteaAsLongVarBinary", "1", "bytea has no length"},
	)
}

// namedPostgres adds the name to what the connection string, or its data source,
// hands to libpq.
func namedPostgres(s settings) settings {
	given, ok := s.get("pqopt")
	if dsn, there := s.get("DSN"); there && !ok {
		given = profile(dsn, "pqopt", "odbc.ini")
	}
	return s.with("pqopt", strings.TrimSpace(given+" "+postgresName))
}

// postgresOptions are SQL: psqlODBC's attribute for the isolation level changes
// that of the connection.
func postgresOptions(tx *drivers.TxOptions) (sql []string) {
	var traits []string
	if tx.Isolation != drivers.DefaultIsolation {
		traits = append(traits, "ISOLATION LEVEL "+strings.ToUpper(tx.Isolation.String()))
	}
	if tx.ReadOnly {
		traits = append(traits, "READ ONLY")
	}
	if tx.Deferrable {
		traits = append(traits, "DEFERRABLE")
	}
	if len(traits) > 0 {
		sql = append(sql, "SET TRANSACTION "+strings.Join(traits, ", "))
	}
	for name, limit := range map[string]time.Duration{
		"statement_timeout": tx.StatementTimeout, "lock_timeout": tx.LockTimeout} {
		if limit != 0 {
			sql = append(sql, fmt.Sprintf("SET LOCAL %s = %d", name, milliseconds(limit)))
		}
	}
	if len(sql) > 0 { // in one trip
		sql = []string{strings.Join(sql, "; ")}
	}
	return sql
}

// afterPostgres: every error aborts the transaction, and COMMIT and its like end
// it, if a user has written them.
func afterPostgres(sql string, _ drivers.Kind, err error) fate {
	switch {
	case err != nil:
		return failed
	case endsByHand(sql):
		return doubtful
	}
	return goesOn
}

// endsByHand reports whether a statement is one that ends or begins a
// transaction in standard SQL and near it.
func endsByHand(sql string) bool {
	w := known.Words{Text: sql}
	switch w.Next() {
	case "COMMIT", "END", "ABORT", "BEGIN", "START":
		return true
	case "PREPARE":
		return w.Next() == "TRANSACTION"
	case "ROLLBACK":
		next := w.Next()
		for next == "WORK" || next == "TRANSACTION" || next == "TRAN" {
			next = w.Next()
		}
		return next != "TO"
	}
	return false
}

// spellPostgres sends values as text without a type, so that the server gives
// them the type of what they are for. As doubles they would have 15 digits.
func spellPostgres(v any) (any, error) {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	case uint64:
		return strconv.FormatUint(v, 10), nil
	case bool:
		return strconv.FormatBool(v), nil
	case time.Time:
		v = v.UTC()
		if y := v.Year(); y < 1 || y > 294276 {
			return nil, fmt.Errorf("the server has no time in the year %d", y)
		}
		return v.Format("2006-01-02 15:04:05.999999") + "+00", nil
	}
	return v, nil
}

// What psqlODBC makes of the server's message: the severity in front, and its
// own words behind. The names are in the English text only.
var (
	postgresNamed  = regexp.MustCompile(`(?:unique|exclusion|check|foreign key) constraint "([^"]+)"`)
	postgresTable  = regexp.MustCompile(`(?:relation|on table|table) "([^"]+)"`)
	postgresColumn = regexp.MustCompile(`column "([^"]+)"`)
)

func faultOfPostgres(e *Error) drivers.Fault {
	r := e.first()
	f := drivers.Fault{Kind: known.PostgresKind(r.State), Code: r.State, Message: barePostgres(r)}
	switch {
	case r.State == "57014" && strings.Contains(f.Message, "statement timeout"):
		f.Kind = drivers.KindStatementTimeout
	case f.Kind == drivers.KindUnknown:
		f.Kind = kindOfState(r.State)
	}
	if m := postgresNamed.FindStringSubmatch(f.Message); m != nil {
		f.Constraint = m[1]
	}
	if m := postgresTable.FindStringSubmatch(f.Message); m != nil {
		f.Table = m[1]
	}
	if m := postgresColumn.FindStringSubmatch(f.Message); m != nil && f.Kind == drivers.KindNotNull {
		f.Column = m[1]
	}
	return f
}

func barePostgres(r Record) string {
	text, _, _ := strings.Cut(r.Bare(), "\n")
	text = strings.TrimSuffix(text, ";")
	if severity, rest, ok := strings.Cut(text, ": "); ok && severity == strings.ToUpper(severity) {
		text = rest
	}
	return text
}
