package lint

import (
	"slices"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

var onPostgres = []sqlsplit.Dialect{sqlsplit.Postgres}

// postgresRules are about the locks of Postgres. See
// https://www.postgresql.org/docs/current/explicit-locking.html and
// https://www.postgresql.org/docs/current/sql-altertable.html
var postgresRules = []Rule{
	{
		ID: "index-not-concurrent", Title: "CREATE INDEX without CONCURRENTLY", Dialects: onPostgres,
		Reason: "nobody can write to the table while the index is built",
		Safe:   "CREATE INDEX CONCURRENTLY, in a migration of its own.",
		Bad:    "CREATE INDEX users_name ON users (name);",
		Good:   "CREATE INDEX CONCURRENTLY users_name ON users (name);",
		find:   plainIndex,
	},
	{
		ID: "drop-index-not-concurrent", Title: "DROP INDEX without CONCURRENTLY", Dialects: onPostgres,
		Reason: "it waits for all queries on the table, and all that come later wait behind it",
		Safe:   "DROP INDEX CONCURRENTLY, in a migration of its own.",
		Bad:    "DROP INDEX users_name;",
		Good:   "DROP INDEX CONCURRENTLY users_name;",
		find: func(_ *linter, v *view) []hit {
			if !v.starts("DROP", "INDEX") || v.starts("DROP", "INDEX", "CONCURRENTLY") {
				return nil
			}
			return once(v.toks[0], "DROP INDEX without CONCURRENTLY")
		},
	},
	{
		ID: "constraint-not-valid", Title: "A foreign key or a check without NOT VALID", Dialects: onPostgres,
		Reason: "all rows are checked while nobody can write to the table",
		Safe:   "Add it NOT VALID, and VALIDATE CONSTRAINT in the next migration, which lets others write.",
		Bad:    "ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id);",
		Good:   "ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;",
		find: eachAction(func(table string, a []tok) string {
			kind := constraint(a)
			if kind != "FOREIGN" && kind != "CHECK" || find(a, "NOT", "VALID") > 0 {
				return ""
			}
			return "checks all rows of " + table
		}),
	},
	{
		ID: "constraint-builds-index", Title: "UNIQUE or PRIMARY KEY without an index that is there", Dialects: onPostgres,
		Reason: "nobody can read or write the table while the index is built",
		Safe:   "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … USING INDEX.",
		Bad:    "ALTER TABLE users ADD CONSTRAINT users_name UNIQUE (name);",
		Good:   "ALTER TABLE users ADD CONSTRAINT users_name UNIQUE USING INDEX users_name;",
		find: eachAction(func(table string, a []tok) string {
			kind := constraint(a)
			if kind != "UNIQUE" && kind != "PRIMARY" && kind != "EXCLUDE" || find(a, "USING", "INDEX") > 0 {
				return ""
			}
			return "builds an index on " + table
		}),
	},
	{
		ID: "set-not-null", Title: "SET NOT NULL", Dialects: onPostgres,
		Reason: "all rows are read while nobody can use the table, unless a valid check says that there is no NULL",
		Safe: "Add CHECK (column IS NOT NULL) NOT VALID, validate it in the next migration, and SET NOT NULL after that " +
			"with lint:ignore.",
		Bad:  "ALTER TABLE users ALTER COLUMN name SET NOT NULL;",
		Good: "ALTER TABLE users ADD CONSTRAINT name_there CHECK (name IS NOT NULL) NOT VALID;",
		find: eachAction(func(table string, a []tok) string {
			if !begins(a, "ALTER") || find(a, "SET", "NOT", "NULL") < 0 {
				return ""
			}
			return "reads all rows of " + table
		}),
	},
	{
		ID: "volatile-default", Title: "Adding a column whose default is computed for each row", Dialects: onPostgres,
		Reason: "the table is rewritten while nobody can use it",
		Safe:   "Add the column without a default, set the default then, and fill the old rows in batches.",
		Bad:    "ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();",
		Good: "ALTER TABLE users ADD COLUMN token uuid;\n" +
			"ALTER TABLE users ALTER COLUMN token SET DEFAULT gen_random_uuid();",
		find: eachAction(func(table string, a []tok) string {
			if !addsColumn(a) || anyOf(a, volatile...) < 0 && find(a, "GENERATED", "ALWAYS", "AS", "IDENTITY") < 0 &&
				find(a, "STORED") < 0 {
				return ""
			}
			return "rewrites " + table
		}),
	},
	{
		ID: "table-rewrite", Title: "VACUUM FULL, CLUSTER, SET LOGGED, SET TABLESPACE", Dialects: onPostgres,
		Reason: "the table is rewritten while nobody can use it",
		Safe:   "Use pg_repack, or do it when the program is down and say so with lint:ignore.",
		Bad:    "ALTER TABLE users SET TABLESPACE fast;",
		Good:   "VACUUM users;",
		find:   rewrites,
	},
	{
		ID: "lock-timeout", Title: "A lock on a table without lock_timeout", Dialects: onPostgres,
		Reason: "while it waits behind a long query, all that come later wait behind it",
		Safe:   "SET lock_timeout before it, or the runner's LockTimeout, and try again.",
		Bad:    "ALTER TABLE users ADD COLUMN age int;",
		Good:   "SET lock_timeout = '2s';\nALTER TABLE users ADD COLUMN age int;",
		find: func(l *linter, v *view) []hit {
			if l.lockTimeout || l.opts.LockTimeout || !l.locks(v) {
				return nil
			}
			return once(v.toks[0], "waits for a lock without a limit")
		},
	},
	{
		ID: "enum-value-used", Title: "Using a value of an enumeration that the same transaction adds", Dialects: onPostgres,
		Reason: "Postgres refuses it until the value has been committed (55P04)",
		Safe:   "Use it in the next migration.",
		Bad:    "ALTER TYPE mood ADD VALUE 'fine';\nINSERT INTO people (mood) VALUES ('fine');",
		Good:   "ALTER TYPE mood ADD VALUE 'fine';",
		find: func(l *linter, v *view) []hit {
			if v.starts("ALTER", "TYPE") || !l.transaction {
				return nil
			}
			for _, t := range v.toks {
				if slices.Contains(l.enums, t.text) {
					return once(t, "uses "+t.text+", which this migration adds")
				}
			}
			return nil
		},
	},
}

// volatile are functions and types whose value differs from row to row.
var volatile = []string{"RANDOM", "GEN_RANDOM_UUID", "UUID_GENERATE_V1", "UUID_GENERATE_V4", "UUIDV4", "UUIDV7",
	"CLOCK_TIMESTAMP", "TIMEOFDAY", "NEXTVAL", "SERIAL", "BIGSERIAL", "SMALLSERIAL", "SERIAL4", "SERIAL8"}

// constraint is the first word of the constraint that an action adds, or "".
func constraint(a []tok) string {
	if !begins(a, "ADD") {
		return ""
	}
	a = a[1:]
	if begins(a, "CONSTRAINT") {
		_, a = name(skip(a[1:], "IF", "NOT", "EXISTS"))
	}
	if len(a) == 0 {
		return ""
	}
	return a[0].text
}

func plainIndex(l *linter, v *view) []hit {
	rest := skip(v.toks, "CREATE", "UNIQUE")
	on := v.index("ON")
	if !v.starts("CREATE") || !begins(rest, "INDEX") || begins(rest, "INDEX", "CONCURRENTLY") || on < 0 {
		return nil
	}
	table, _ := name(skip(v.toks[on+1:], "ONLY"))
	if l.created[table] {
		return nil
	}
	return once(v.toks[0], "locks "+table+" against writing")
}

func rewrites(l *linter, v *view) []hit {
	full := v.starts("VACUUM") && len(v.toks) > 2 && (v.toks[1].text == "FULL" || v.toks[2].text == "FULL")
	if full || v.starts("CLUSTER") {
		return once(v.toks[0], "rewrites the table")
	}
	return eachAction(func(table string, a []tok) string {
		if begins(a, "SET", "LOGGED") || begins(a, "SET", "UNLOGGED") || begins(a, "SET", "TABLESPACE") ||
			begins(a, "SET", "ACCESS", "METHOD") {
			return "rewrites " + table
		}
		return ""
	})(l, v)
}

// locks reports whether the statement waits until nobody uses a table.
func (l *linter) locks(v *view) bool {
	if table, actions := v.alter(); len(actions) > 0 {
		return !l.created[table] && !begins(actions[0], "VALIDATE")
	}
	table, _ := name(skip(v.toks, "DROP", "TRUNCATE", "TABLE", "IF", "EXISTS", "ONLY"))
	return (v.starts("DROP", "TABLE") || v.starts("TRUNCATE") || v.starts("LOCK")) && !l.created[table]
}
