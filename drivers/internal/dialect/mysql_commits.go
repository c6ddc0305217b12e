package dialect

import "slices"

// MySQLCommits reports whether a statement ends the transaction by itself: those
// that commit implicitly, and COMMIT and its like written by hand. See
// https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html and
// https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/
//
// The server's flags tell the same of a transaction that had begun. They say
// nothing of one that had not, and BEGIN ends one and begins another.
// Where the manuals differ, or it depends, the answer is yes: then the session
// refuses to go on, and nothing is lost but the convenience.
func MySQLCommits(sql string) bool {
	w := Words{Text: sql}
	rule, ok := implicit[w.Next()]
	return ok && (rule == nil || rule(w))
}

// implicit are the first words; the function looks at the words that follow.
var implicit = map[string]func(Words) bool{
	"ALTER":     nil,
	"ANALYZE":   oneOf("TABLE", "TABLES", "LOCAL", "NO_WRITE_TO_BINLOG"), // else EXPLAIN's brother
	"BEGIN":     noneOf("NOT"),                                           // BEGIN NOT ATOMIC is a block
	"CACHE":     nil,
	"CHANGE":    nil,
	"CHECK":     nil,
	"COMMIT":    nil,
	"CREATE":    notTemporary,
	"DROP":      notTemporary,
	"FLUSH":     nil,
	"GRANT":     nil,
	"IMPORT":    nil,
	"INSTALL":   nil,
	"LOAD":      oneOf("INDEX"),
	"LOCK":      nil,
	"OPTIMIZE":  nil,
	"RENAME":    nil,
	"REPAIR":    nil,
	"RESET":     noneOf("PERSIST"),
	"REVOKE":    nil,
	"ROLLBACK":  notToSavepoint,
	"SET":       oneOf("PASSWORD", "DEFAULT"), // SET autocommit shows in the flags
	"START":     nil,
	"STOP":      nil,
	"TRUNCATE":  nil,
	"UNINSTALL": nil,
	"UNLOCK":    nil,
	"XA":        nil,
}

func oneOf(list ...string) func(Words) bool {
	return func(w Words) bool { return slices.Contains(list, w.Next()) }
}

func noneOf(list ...string) func(Words) bool {
	return func(w Words) bool { return !slices.Contains(list, w.Next()) }
}

// notTemporary: CREATE [OR REPLACE] TEMPORARY and DROP TEMPORARY do not commit.
func notTemporary(w Words) bool {
	word := w.Next()
	for word == "OR" || word == "REPLACE" {
		word = w.Next()
	}
	return word != "TEMPORARY"
}

// notToSavepoint: ROLLBACK [WORK] TO goes back to a savepoint.
func notToSavepoint(w Words) bool {
	word := w.Next()
	if word == "WORK" {
		word = w.Next()
	}
	return word != "TO"
}

// MySQLLocksTables reports whether a statement may leave locks on tables, which
// belong to the connection and no end of a transaction releases.
func MySQLLocksTables(sql string) bool {
	w := Words{Text: sql}
	return slices.Contains([]string{"LOCK", "FLUSH"}, w.Next())
}

// MySQLRuns reports whether a statement runs others, of which one may end the
// transaction and the next begin another: the server's flags are the same then
// as if nothing had been.
func MySQLRuns(sql string) bool {
	w := Words{Text: sql}
	switch w.Next() {
	case "CALL", "EXECUTE", "IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR": // blocks are MariaDB's
		return true
	case "BEGIN":
		return w.Next() == "NOT"
	}
	return false
}
