package dialect

import (
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
)

// SQLiteGeneric sorts the errors of SQLITE_ERROR, a code that says nothing. Most are
// about the text of the statement.
func SQLiteGeneric(msg string) drivers.Kind {
	for _, part := range []string{
		"integer overflow", "malformed JSON", "JSON path", "string or blob too big",
		"too many levels", "bad JSON",
	} {
		if strings.Contains(msg, part) {
			return drivers.KindData
		}
	}
	for _, part := range []string{
		"transaction is active", "within a transaction", "no such savepoint",
		"SQL statements in progress",
	} {
		if strings.Contains(msg, part) {
			return drivers.KindUnknown
		}
	}
	return drivers.KindSyntax
}

// SQLiteNames fills in what a message names. SQLite says for the constraint of
//
//	a key:            UNIQUE constraint failed: t.a, t.b
//	a key expression: UNIQUE constraint failed: index 'i'
//	NOT NULL:         NOT NULL constraint failed: t.a
//	CHECK:            CHECK constraint failed: its name, or its text
func SQLiteNames(f drivers.Fault) drivers.Fault {
	what, rest, ok := strings.Cut(f.Message, " constraint failed: ")
	if !ok {
		return f
	}
	switch what {
	case "CHECK":
		f.Constraint = rest
	case "UNIQUE", "NOT NULL":
		if index, ok := strings.CutPrefix(rest, "index '"); ok {
			f.Constraint = strings.TrimSuffix(index, "'")
			return f
		}
		first, _, _ := strings.Cut(rest, ", ")
		f.Table, f.Column, _ = strings.Cut(first, ".")
	}
	return f
}
