package dialect

import (
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
)

// MySQLExam examines MySQL and MariaDB.
var MySQLExam = &Exam{
	product: func(a Answers) string {
		if strings.Contains(a["version"], "MariaDB") {
			return "MariaDB"
		}
		return "MySQL"
	},
	version: "version",
	questions: []question{
		{sql: "SHOW VARIABLES"},
		{sql: "SELECT 'user', CURRENT_USER() UNION ALL SELECT 'database', DATABASE() " +
			"UNION ALL SELECT 'autocommit', IF(@@GLOBAL.autocommit, 'ON', 'OFF') " +
			"UNION ALL SELECT 'clock', UNIX_TIMESTAMP(NOW(6))"},
		{optional: true, sql: "SHOW GLOBAL STATUS LIKE 'Threads_connected'"},
		{optional: true, sql: "SELECT 'oldest', CONCAT('connection ', trx_mysql_thread_id, ', begun ', trx_started) " +
			"FROM information_schema.INNODB_TRX WHERE trx_started < NOW() - INTERVAL 5 MINUTE " +
			"ORDER BY trx_started LIMIT 1"},
	},
	facts: []string{"user", "database", "tls", "sql_mode", "character_set_server", "transaction_isolation",
		"tx_isolation", "default_storage_engine", "max_allowed_packet", "wait_timeout", "lock_wait_timeout",
		"innodb_lock_wait_timeout", "innodb_rollback_on_timeout", "autocommit", "threads_connected",
		"max_connections"},
	checks: mysqlChecks,
}

var mysqlChecks = []check{
	{drivers.Problem, "read_only", is("read_only", "ON", "READ_ONLY", "NO_LOCK"),
		"the server is read-only",
		"every write and every migration fails with 1290, except for an administrator",
		"connect to the primary"},
	{drivers.Problem, "sql_mode", has("sql_mode", "NO_BACKSLASH_ESCAPES"),
		"backslashes are no escapes (sql_mode has NO_BACKSLASH_ESCAPES)",
		"question marks are looked for, and migrations are split, as if they were: a literal that " +
			"ends in a backslash is read wrong",
		"take the mode away, in the URL with set.sql_mode"},
	{drivers.Problem, "default_storage_engine", isNot("default_storage_engine", "InnoDB"),
		"new tables are made by {default_storage_engine}",
		"most engines other than InnoDB have no transactions: a rollback undoes nothing",
		"set default_storage_engine=InnoDB"},
	{drivers.Warning, "sql_mode", lacks("sql_mode", "STRICT_TRANS_TABLES", "STRICT_ALL_TABLES"),
		"the server is not strict (sql_mode has no STRICT_TRANS_TABLES)",
		"values that do not fit are cut or made 0, with a warning that nobody reads",
		"add it to the server's sql_mode, or in the URL with set.sql_mode"},
	{drivers.Warning, "sql_mode", has("sql_mode", "ANSI_QUOTES"),
		"double quotes enclose names, not text (sql_mode has ANSI_QUOTES)",
		"statements written for the default mode fail or, worse, compare with a column",
		"write literals in single quotes only, which both modes understand"},
	{drivers.Warning, "wsrep_on", is("wsrep_on", "ON"),
		"the server is a node of a Galera cluster",
		"GET_LOCK, which keeps two migrations apart, holds on one node only, and a COMMIT can fail " +
			"with a deadlock",
		"let all migrations connect to the same node"},
	{drivers.Warning, "max_allowed_packet", within("max_allowed_packet", 0, 4<<20),
		"a statement may have {max_allowed_packet} bytes at most",
		"a large INSERT in a migration is refused with 1153",
		"set max_allowed_packet to 64M on the server; clients take it from there"},
	{drivers.Warning, "wait_timeout", within("wait_timeout", 0, 60),
		"the server closes connections that were idle for {wait_timeout} s",
		"kept connections die in the pool, and each costs the next statement a new connection",
		"set MaxConnIdleTime to less than that"},
	{drivers.Warning, "character_set_server", isNot("character_set_server", "utf8mb4"),
		"new databases have the character set {character_set_server}",
		"text outside of it, such as emoji, is refused or becomes question marks",
		"name utf8mb4 in CREATE DATABASE and CREATE TABLE, or set it on the server"},
	{drivers.Warning, "innodb_flush_log_at_trx_commit", isNot("innodb_flush_log_at_trx_commit", "1"),
		"COMMIT does not wait for the disk (innodb_flush_log_at_trx_commit={innodb_flush_log_at_trx_commit})",
		"a crash can lose the last second of transactions that were reported as committed",
		"set it to 1, unless they may be lost"},
	{drivers.Warning, "connections", nearly("threads_connected", "max_connections"),
		"{threads_connected} of {max_connections} connections are in use",
		"the next replica that starts, or the next deploy, is refused with 1040",
		"lower MaxConns in each replica, or raise max_connections"},
	{drivers.Warning, "long transaction", isNot("oldest"),
		"a transaction has been open for a long time: {oldest}",
		"DDL waits for it, everybody else waits behind the DDL, and old rows are kept",
		"find out what it does; KILL ends it"},
	cleartext, skewed,
	{drivers.Note, "ddl", func(Answers) bool { return true },
		"each DDL statement commits what came before it, and itself",
		"a migration that fails in the middle leaves the statements before; nothing can roll them back",
		"keep migrations small; the journal of statements says where one stopped, and resumes there"},
	{drivers.Note, "lock_wait_timeout", within("lock_wait_timeout", 3600, 1e9),
		"DDL waits for the locks of others for {lock_wait_timeout} s",
		"an ALTER TABLE behind a long transaction makes everybody else wait behind itself",
		"set a limit for DDL; migrations take one as an option"},
	{drivers.Note, "innodb_rollback_on_timeout", is("innodb_rollback_on_timeout", "OFF"),
		"a lock timeout undoes the statement only, and leaves its transaction open",
		"code that goes on after 1205 commits half of its work; a session refuses to, other clients do not",
		"roll back after 1205, or set innodb_rollback_on_timeout"},
	{drivers.Note, "autocommit", is("autocommit", "OFF"),
		"clients that do not ask begin a transaction with their first statement (autocommit=OFF)",
		"tools that know the usual default lose what they wrote, or keep locks, for lack of a COMMIT",
		"nothing for this library, which sets it itself"},
	{drivers.Note, "lower_case_table_names", isNot("lower_case_table_names", "0"),
		"the server does not tell names of tables apart by case",
		"names that work here fail on a server of the default setting of Linux",
		"write the names of tables in lower case"},
}
