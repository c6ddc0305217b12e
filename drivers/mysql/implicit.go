package mysql

import (
	"slices"
	"strings"
)

// commits reports whether a statement ends the transaction by itself: those
// that commit implicitly, and COMMIT and its like written by hand. See
// https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html and
// https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/
//
// The server's flags tell the same of a transaction that had begun. They say
// nothing of one that had not, and BEGIN ends one and begins another.
// Where the manuals differ, or it depends, the answer is yes: then the session
// refuses to go on, and nothing is lost but the convenience.
func commits(sql string) bool {
	w := words{text: sql}
	rule, ok := implicit[w.next()]
	return ok && (rule == nil || rule(w))
}

// implicit are the first words; the function looks at the words that follow.
var implicit = map[string]func(words) bool{
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

func oneOf(list ...string) func(words) bool {
	return func(w words) bool { return slices.Contains(list, w.next()) }
}

func noneOf(list ...string) func(words) bool {
	return func(w words) bool { return !slices.Contains(list, w.next()) }
}

// notTemporary: CREATE [OR REPLACE] TEMPORARY and DROP TEMPORARY do not commit.
func notTemporary(w words) bool {
	word := w.next()
	for word == "OR" || word == "REPLACE" {
		word = w.next()
	}
	return word != "TEMPORARY"
}

// notToSavepoint: ROLLBACK [WORK] TO goes back to a savepoint.
func notToSavepoint(w words) bool {
	word := w.next()
	if word == "WORK" {
		word = w.next()
	}
	return word != "TO"
}

// words cuts SQL text into words.
type words struct {
	text string
	at   int
}

// next returns the next word in upper case, or "" when something else comes. The
// inside of /*! … */ and /*M! … */ is SQL, other comments do not come.
func (w *words) next() string {
	for w.at < len(w.text) {
		rest := w.text[w.at:]
		switch c := rest[0]; {
		case strings.IndexByte(" \t\r\n\f\v(;", c) >= 0:
			w.at++
		case strings.HasPrefix(rest, "/*!"), strings.HasPrefix(rest, "/*M!"):
			w.at += strings.IndexByte(rest, '!') + 1
			w.at += len(w.text[w.at:]) - len(strings.TrimLeft(w.text[w.at:], "0123456789"))
		case strings.HasPrefix(rest, "*/"):
			w.at += 2
		case strings.HasPrefix(rest, "/*"):
			w.skip("*/", 2)
		case c == '#', strings.HasPrefix(rest, "--"):
			w.skip("\n", 1)
		default:
			return w.word()
		}
	}
	return ""
}

// skip goes behind the end of what begins here with n bytes.
func (w *words) skip(end string, n int) {
	w.at += n
	if i := strings.Index(w.text[w.at:], end); i >= 0 {
		w.at += i + len(end)
		return
	}
	w.at = len(w.text)
}

func (w *words) word() string {
	from := w.at
	for w.at < len(w.text) && wordByte(w.text[w.at]) {
		w.at++
	}
	return strings.ToUpper(w.text[from:w.at])
}

func wordByte(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
