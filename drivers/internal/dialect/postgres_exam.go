package dialect

import (
	"github.com/sqlscope/sqlscope/drivers"
)

// PostgresExam examines PostgreSQL. The driver adds what it knows of the way
// and, as "greeted", the number of the server process that greeted it.
var PostgresExam = &Exam{
	product:   func(Answers) string { return "PostgreSQL" },
	version:   "server_version",
	questions: postgresQuestions,
	facts: []string{"user", "database", "current_schema", "search_path", "tls", "server_encoding",
		"timezone", "default_transaction_isolation", "lock_timeout", "statement_timeout",
		"idle_in_transaction_session_timeout", "connections", "max_connections"},
	checks: postgresChecks,
}

var postgresQuestions = []question{
	{sql: `select name, setting || coalesce(case when unit = 'ms' then ' ms' end, '') from pg_settings where name in (
'server_version', 'server_version_num', 'server_encoding', 'TimeZone', 'default_transaction_isolation',
'default_transaction_read_only', 'lock_timeout', 'statement_timeout', 'transaction_timeout',
'idle_in_transaction_session_timeout', 'idle_session_timeout', 'max_connections', 'search_path',
'standard_conforming_strings', 'fsync', 'full_page_writes', 'synchronous_commit')
union all select 'user', current_user union all select 'database', current_database()
union all select 'current_schema', coalesce(current_schema(), 'none')
union all select 'may_create', coalesce(has_schema_privilege(current_schema(), 'CREATE')::text, '')
union all select 'standby', pg_is_in_recovery()::text union all select 'backend', pg_backend_pid()::text
union all select 'clock', extract(epoch from clock_timestamp())::text`},
	{optional: true, sql: `select 'connections', count(*)::text from pg_stat_activity where backend_type = 'client backend'
union all select * from (select 'oldest', pid || ' of ' || coalesce(usename, '?') || ', begun '
	|| date_trunc('second', now() - xact_start) || ' ago'
	from pg_stat_activity where xact_start < now() - interval '5 minutes'
	and datname = current_database()
	and backend_type = 'client backend' order by xact_start limit 1) o
union all select * from (select 'prepared', gid || ', of ' || date_trunc('second', now() - prepared) || ' ago'
	from pg_prepared_xacts where prepared < now() - interval '5 minutes' order by prepared limit 1) p
union all select * from (select 'invalid', string_agg(indexrelid::regclass::text, ', ') from pg_index i
	where not indisvalid and not exists (select from pg_stat_activity
	where query ~* 'index' and state = 'active' and pid <> pg_backend_pid())) v where string_agg is not null`},
}

var postgresChecks = []check{
	{drivers.Problem, "standby", is("standby", "true"),
		"the server is a standby and takes no writes",
		"every write and every migration fails with 25006",
		"connect to the primary; with several hosts in the URL, target_session_attrs=read-write"},
	{drivers.Problem, "default_transaction_read_only", is("default_transaction_read_only", "on"),
		"transactions are read-only unless they say otherwise",
		"every write and every migration fails with 25006",
		"alter role {user} reset default_transaction_read_only, or the same for the database"},
	{drivers.Problem, "standard_conforming_strings", is("standard_conforming_strings", "off"),
		"backslashes are escapes in ordinary literals",
		"question marks are looked for, and migrations are split, by the standard's rules: a literal " +
			`such as 'a\'?' is read wrong`,
		"turn it on, which is the default since 9.1"},
	{drivers.Problem, "search_path", is("current_schema", "none"),
		"no schema of the search_path ({search_path}) exists",
		"CREATE TABLE without a schema fails with 3F000",
		"create the schema, or set search_path in the URL"},
	{drivers.Problem, "prepared transactions", isNot("prepared"),
		"a prepared transaction was left behind: {prepared}",
		"it holds its locks, and keeps dead rows, until somebody ends it; a restart does not",
		"COMMIT PREPARED or ROLLBACK PREPARED, after asking whose it is"},
	{drivers.Warning, "pooler", func(a Answers) bool { return a["greeted"] != "" && a["greeted"] != a["backend"] },
		"a pooler stands between: the server process {backend} is not the one that greeted us",
		"if it shares connections between transactions, then session settings, session locks, LISTEN " +
			"and temporary tables do not stay, and what cannot run in a transaction cannot be migrated",
		"let migrations connect to the server itself, or to a pool in session mode"},
	{drivers.Warning, "statement_timeout", isNot("statement_timeout", "0 ms"),
		"statements end after {statement_timeout}",
		"building an index or rewriting a table takes longer than requests do, and is cut off in the middle",
		"give migrations a role of their own, or set statement_timeout=0 in their URL"},
	{drivers.Warning, "transaction_timeout", isNot("transaction_timeout", "0 ms"),
		"transactions end after {transaction_timeout}, with the connection",
		"a migration that takes longer is rolled back and loses its connection",
		"set transaction_timeout=0 in the URL that migrations use"},
	{drivers.Warning, "idle_session_timeout", isNot("idle_session_timeout", "0 ms"),
		"the server closes connections that were idle for {idle_session_timeout}",
		"kept connections die in the pool, and each costs the next statement a new connection",
		"set MaxConnIdleTime to less than that"},
	{drivers.Warning, "privileges", is("may_create", "false"),
		"{user} may not create anything in schema {current_schema}",
		"migrations cannot make tables, their own history included",
		"grant create on schema {current_schema} to {user}, or migrate as the owner"},
	{drivers.Warning, "fsync", is("fsync", "off"),
		"the server does not wait until data is on the disk",
		"a crash of its machine can leave the whole cluster broken",
		"turn it on, unless the data may be lost"},
	{drivers.Warning, "full_page_writes", is("full_page_writes", "off"),
		"pages are not written whole after a checkpoint",
		"a crash of the machine can leave torn pages",
		"turn it on, unless the data may be lost"},
	{drivers.Warning, "connections", nearly("connections", "max_connections"),
		"{connections} of {max_connections} connections are in use",
		"the next replica that starts, or the next deploy, is refused with 53300",
		"lower MaxConns in each replica, or put a pooler in between"},
	{drivers.Warning, "long transaction", isNot("oldest"),
		"a transaction has been open for a long time: process {oldest}",
		"DDL waits for its locks, everybody else waits behind the DDL, and dead rows are kept",
		"find out what it does; pg_terminate_backend ends it"},
	{drivers.Warning, "invalid indexes", isNot("invalid"),
		"indexes that are not valid: {invalid}",
		"a CREATE INDEX CONCURRENTLY failed; they cost each write and serve no query",
		"DROP INDEX CONCURRENTLY and build them anew, or REINDEX INDEX CONCURRENTLY"},
	{drivers.Warning, "server_encoding", is("server_encoding", "SQL_ASCII"),
		"the database has no encoding",
		"the server takes any bytes for text, so that some day what is read is no UTF-8",
		"make a database with ENCODING 'UTF8' and move there"},
	cleartext, skewed,
	{drivers.Note, "synchronous_commit", is("synchronous_commit", "off"),
		"COMMIT does not wait for the disk",
		"a crash can lose the last transactions that were reported as committed",
		"turn it on where that matters; it can be set for each transaction"},
	{drivers.Note, "lock_timeout", is("lock_timeout", "0 ms"),
		"waits for locks have no limit",
		"an ALTER TABLE that waits behind a long transaction makes everybody else wait behind itself",
		"set a limit for DDL; migrations take one as an option"},
	{drivers.Note, "idle_in_transaction_session_timeout", is("idle_in_transaction_session_timeout", "0 ms"),
		"open transactions that do nothing have no limit",
		"a program that hangs in the middle of a transaction keeps its locks until it is ended",
		"alter role {user} set idle_in_transaction_session_timeout = '1min', or longer"},
	{drivers.Note, "version", within("server_version_num", 0, 140000),
		"the server does not notice that a client is gone while it runs a statement",
		"the statement of a killed migration runs on to its end, and its lock is held until then; " +
			"client_connection_check_interval exists since PostgreSQL 14",
		"upgrade, or wait for such a statement before the next try"},
}
