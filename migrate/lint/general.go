package lint

import (
	"github.com/sqlscope/sqlscope/drivers/lexer"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// generalRules are about more than one database.
var generalRules = []Rule{
	{
		ID: "transaction-control", Title: "BEGIN, COMMIT or ROLLBACK in a migration that runs in a transaction",
		Dialects: []sqlsplit.Dialect{sqlsplit.Generic, sqlsplit.Postgres, sqlsplit.SQLite, sqlsplit.SQLServer},
		Reason:   "it ends the migration's own transaction, so that what follows is not undone when it fails",
		Safe:     "Take it out, or run the file outside a transaction.",
		Bad:      "CREATE TABLE a (id int);\nCOMMIT;\nCREATE TABLE b (id int);",
		Good:     "CREATE TABLE a (id int);\nCREATE TABLE b (id int);",
		find: func(l *linter, v *view) []hit {
			if !l.transaction || v.st.Control() == sqlsplit.NoControl {
				return nil
			}
			return once(v.toks[0], v.toks[0].text+" in a transaction")
		},
	},
	{
		ID: "outside-transaction", Title: "A statement that the database refuses in a transaction, next to others",
		Dialects: []sqlsplit.Dialect{sqlsplit.Postgres, sqlsplit.SQLite, sqlsplit.SQLServer},
		Reason:   "the migration runs in a transaction because of the other statements, and fails",
		Safe:     "Move it to a migration of its own.",
		Bad:      "ALTER TABLE a ADD COLUMN b int;\nVACUUM;",
		Good:     "VACUUM;",
		find: func(l *linter, v *view) []hit {
			if !l.transaction || !v.st.OutsideTransaction() {
				return nil
			}
			return once(v.toks[0], v.toks[0].text+" cannot run in a transaction")
		},
	},
	{
		ID: "drop-column", Title: "Dropping a column",
		Reason: "the data is gone, and the version of the program that still runs may read it",
		Safe:   "Release a program that does not use the column, then drop it and say so with lint:ignore.",
		Bad:    "ALTER TABLE users DROP COLUMN name;",
		Good:   "-- lint:ignore drop-column: unused since release 12\nALTER TABLE users DROP COLUMN name;",
		find:   eachAction(dropsColumn),
	},
	{
		ID: "drop-table", Title: "Dropping a table",
		Reason: "the data is gone, and the version of the program that still runs may use it",
		Safe:   "Release a program that does not use the table, then drop it and say so with lint:ignore.",
		Bad:    "DROP TABLE users;",
		Good:   "DROP INDEX CONCURRENTLY users_name;",
		find: func(l *linter, v *view) []hit {
			table, _ := name(skip(v.toks, "DROP", "TABLE", "IF", "EXISTS"))
			if !v.starts("DROP", "TABLE") || l.created[table] {
				return nil
			}
			return once(v.toks[0], "drops the table "+table)
		},
	},
	{
		ID: "rename", Title: "Renaming a table or a column",
		Reason: "the version of the program that still runs uses the old name",
		Safe: "Add the new one, write to both, copy the data, and drop the old one later; or leave a view with the " +
			"old name.",
		Bad:  "ALTER TABLE users RENAME COLUMN name TO full_name;",
		Good: "ALTER TABLE users ADD COLUMN full_name text;",
		find: renames,
	},
	{
		ID: "column-type", Title: "Changing the type of a column",
		Dialects: []sqlsplit.Dialect{sqlsplit.Postgres, sqlsplit.MySQL, sqlsplit.SQLServer, sqlsplit.Oracle},
		Reason:   "most changes rewrite the table and its indexes, and nobody else can use it meanwhile",
		Safe: "Add a column of the new type, copy in batches, and switch; or say with lint:ignore that nothing " +
			"is rewritten.",
		Bad:  "ALTER TABLE users ALTER COLUMN id TYPE bigint;",
		Good: "ALTER TABLE users ADD COLUMN big_id bigint;",
		find: eachAction(changesType),
	},
	{
		ID: "not-null-without-default", Title: "Adding a column that is NOT NULL and has no default",
		Dialects: []sqlsplit.Dialect{sqlsplit.Generic, sqlsplit.Postgres, sqlsplit.SQLite, sqlsplit.SQLServer,
			sqlsplit.Oracle},
		Reason: "it fails on a table with rows, and the program that still runs does not fill the column",
		Safe:   "Give it a default, or add it without NOT NULL, fill it, and make it NOT NULL then.",
		Bad:    "ALTER TABLE users ADD COLUMN age int NOT NULL;",
		Good:   "ALTER TABLE users ADD COLUMN age int NOT NULL DEFAULT 0;",
		find: eachAction(func(table string, a []tok) string {
			if addsColumn(a) && find(a, "NOT", "NULL") > 0 && !filled(a) {
				return "adds a column without a value for the rows of " + table
			}
			return ""
		}),
	},
	{
		ID: "update-all-rows", Title: "UPDATE or DELETE without WHERE",
		Reason: "it locks every row until the migration ends, and writes the table anew",
		Safe:   "Go through the rows in batches outside the migration's transaction, each with a WHERE.",
		Bad:    "UPDATE users SET active = true;",
		Good:   "UPDATE users SET active = true WHERE id BETWEEN 1 AND 10000;",
		find: func(l *linter, v *view) []hit {
			rest := skip(v.toks, "UPDATE", "DELETE", "FROM", "ONLY")
			table, _ := name(rest)
			if !v.starts("UPDATE") && !v.starts("DELETE") || v.index("WHERE") > 0 || l.created[table] {
				return nil
			}
			return once(v.toks[0], v.toks[0].text+" of all rows of "+table)
		},
	},
}

// dropsColumn: the word COLUMN may be left out, before a name that is no keyword.
func dropsColumn(table string, a []tok) string {
	if !begins(a, "DROP") {
		return ""
	}
	a = a[1:]
	for _, other := range []string{"CONSTRAINT", "INDEX", "KEY", "PRIMARY", "FOREIGN", "CHECK", "PARTITION",
		"EXPRESSION", "IDENTITY", "DEFAULT", "SYSTEM", "PERIOD"} {
		if begins(a, other) {
			return ""
		}
	}
	column, _ := name(skip(a, "COLUMN", "IF", "EXISTS"))
	return "drops the column " + column + " of " + table
}

func renames(l *linter, v *view) []hit {
	if v.starts("RENAME", "TABLE") {
		return once(v.toks[0], "renames a table")
	}
	return eachAction(func(table string, a []tok) string {
		switch {
		case !begins(a, "RENAME") || begins(a, "RENAME", "CONSTRAINT"), begins(a, "RENAME", "INDEX"),
			begins(a, "RENAME", "KEY"):
			return ""
		case begins(a, "RENAME", "TO"), begins(a, "RENAME", "AS"):
			return "renames the table " + table
		}
		return "renames a column of " + table
	})(l, v)
}

// changesType: ALTER COLUMN c TYPE, MODIFY c, CHANGE c.
func changesType(table string, a []tok) string {
	switch {
	case begins(a, "MODIFY"), begins(a, "CHANGE"):
		return "changes the definition of a column of " + table
	case !begins(a, "ALTER") || begins(a, "ALTER", "CONSTRAINT"):
		return ""
	}
	column, rest := name(skip(a[1:], "COLUMN"))
	rest = skip(rest, "SET", "DATA")
	if !begins(rest, "TYPE") && (len(rest) == 0 || anyOf(rest[:1], "SET", "DROP", "ADD", "RESTART", "DEFAULT", "NOT",
		"NULL", "RESET", "VISIBLE", "INVISIBLE") >= 0 || find(a, "SET") > 0) {
		return ""
	}
	return "changes the type of " + column + " of " + table
}

// addsColumn: ADD [COLUMN] name type, and not a constraint or an index.
func addsColumn(a []tok) bool {
	if !begins(a, "ADD") {
		return false
	}
	rest := skip(a[1:], "COLUMN", "IF", "NOT", "EXISTS")
	return len(rest) > 1 && (rest[0].kind == lexer.Name || anyOf(rest[:1], "CONSTRAINT", "PRIMARY", "UNIQUE",
		"FOREIGN", "CHECK", "INDEX", "KEY", "FULLTEXT", "SPATIAL", "EXCLUDE", "PARTITION", "VALUE", "PERIOD") < 0)
}

// filled reports whether a new column has a value in old rows.
func filled(a []tok) bool {
	return anyOf(a, "DEFAULT", "GENERATED", "IDENTITY", "SERIAL", "BIGSERIAL", "SMALLSERIAL", "AUTO_INCREMENT", "AS") >= 0
}
