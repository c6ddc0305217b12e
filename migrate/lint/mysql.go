package lint

import "github.com/sqlscope/sqlscope/migrate/sqlsplit"

var (
	onMySQL  = []sqlsplit.Dialect{sqlsplit.MySQL}
	onSQLite = []sqlsplit.Dialect{sqlsplit.SQLite}
)

// mysqlRules are about online DDL. See
// https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html
var mysqlRules = []Rule{
	{
		ID: "algorithm-copy", Title: "ALGORITHM=COPY", Dialects: onMySQL,
		Reason: "the table is copied while nobody can write to it",
		Safe:   "ALGORITHM=INSTANT or INPLACE with LOCK=NONE, or a tool such as gh-ost.",
		Bad:    "ALTER TABLE users ADD COLUMN age int, ALGORITHM=COPY;",
		Good:   "ALTER TABLE users ADD COLUMN age int, ALGORITHM=INSTANT;",
		find: eachAction(func(table string, a []tok) string {
			if begins(a, "ALGORITHM") && anyOf(a, "COPY") > 0 {
				return "copies " + table
			}
			return ""
		}),
	},
	{
		ID: "table-copied", Title: "A change that copies the table, without ALGORITHM", Dialects: onMySQL,
		Reason: "the table is copied, and for most of these nobody can write to it meanwhile",
		Safe:   "Say ALGORITHM=INPLACE, LOCK=NONE, so that it fails where it would copy; or use a tool such as gh-ost.",
		Bad:    "ALTER TABLE users CONVERT TO CHARACTER SET utf8mb4;",
		Good:   "ALTER TABLE users DEFAULT CHARACTER SET utf8mb4, ALGORITHM=INPLACE, LOCK=NONE;",
		find: func(l *linter, v *view) []hit {
			if v.index("ALGORITHM") > 0 {
				return nil
			}
			return eachAction(copies)(l, v)
		},
	},
	{
		ID: "index-locks", Title: "CREATE INDEX without LOCK=NONE", Dialects: onMySQL,
		Reason: "where the server cannot build it online, it locks the table without saying so",
		Safe:   "CREATE INDEX … ALGORITHM=INPLACE LOCK=NONE, which fails where it would lock.",
		Bad:    "CREATE INDEX users_name ON users (name);",
		Good:   "CREATE INDEX users_name ON users (name) ALGORITHM=INPLACE LOCK=NONE;",
		find: func(l *linter, v *view) []hit {
			on := v.index("ON")
			if find(skip(v.toks, "CREATE", "UNIQUE", "FULLTEXT", "SPATIAL"), "INDEX") != 0 || !v.starts("CREATE") || on < 0 ||
				v.index("LOCK") > 0 || v.index("ALGORITHM") > 0 {
				return nil
			}
			table, _ := name(v.toks[on+1:])
			if l.created[table] {
				return nil
			}
			return once(v.toks[0], "may lock "+table)
		},
	},
}

func copies(table string, a []tok) string {
	for _, words := range [][]string{{"CONVERT", "TO"}, {"ENGINE"}, {"ORDER", "BY"}, {"DROP", "PRIMARY"},
		{"ADD", "PRIMARY"}, {"ROW_FORMAT"}, {"KEY_BLOCK_SIZE"}, {"PARTITION", "BY"}, {"REMOVE", "PARTITIONING"}} {
		if begins(a, words...) {
			return "copies " + table
		}
	}
	return ""
}

// sqliteRules are about what SQLite does without a word.
var sqliteRules = []Rule{
	{
		ID: "pragma-in-transaction", Title: "PRAGMA foreign_keys in a transaction", Dialects: onSQLite,
		Reason: "SQLite ignores it there, and dropping the old table of a rebuild deletes the rows that refer to it",
		Safe:   "Run the file outside a transaction, and check with PRAGMA foreign_key_check.",
		Bad:    "PRAGMA foreign_keys = OFF;\nCREATE TABLE users_new (id int);",
		Good:   "-- sqlscope: no transaction\nPRAGMA foreign_keys = OFF;\nCREATE TABLE users_new (id int);",
		find: func(l *linter, v *view) []hit {
			if !l.transaction || !v.starts("PRAGMA", "FOREIGN_KEYS") && !v.starts("PRAGMA", "JOURNAL_MODE") {
				return nil
			}
			return once(v.toks[0], v.toks[0].text+" "+v.toks[1].text+" has no effect")
		},
	},
}
