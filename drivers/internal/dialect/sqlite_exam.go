package dialect

import (
	"cmp"

	"github.com/sqlscope/sqlscope/drivers"
)

// SQLiteExam examines SQLite. The driver adds the settings of its connection.
var SQLiteExam = &Exam{
	product:   func(Answers) string { return "SQLite" },
	version:   "version",
	questions: []question{{sql: "SELECT 'version', sqlite_version()"}},
	facts: []string{"file", "journal_mode", "synchronous", "foreign_keys", "busy_timeout", "encoding",
		"page_size", "size", "wal_size"},
	checks: []check{
		{drivers.Problem, "busy_timeout", is("busy_timeout", "0s"),
			"whoever finds the file locked fails at once (busy_timeout=0)",
			"a second writer, another process or a checkpoint makes statements fail by chance",
			"take busy_timeout out of the URL; the default waits 5 s"},
		{drivers.Problem, "synchronous", is("synchronous", "OFF"),
			"SQLite does not wait until data is on the disk (synchronous=OFF)",
			"a crash of the machine can leave the file broken",
			"take synchronous out of the URL"},
		{drivers.Warning, "memory", is("file", ":memory:"),
			"the database is in memory",
			"it ends with the process, and what was migrated with it",
			"name a file: sqlite:///path/to/app.db"},
		{drivers.Warning, "mode", is("mode", "ro"),
			"the file is opened read-only (mode=ro)",
			"writes and migrations fail with SQLITE_READONLY",
			"take mode out of the URL"},
		{drivers.Warning, "directory", is("directory", "read-only"),
			"the file's directory cannot be written to",
			"SQLite keeps its journal, and migrations keep their lock, in files beside the database",
			"give the process the right to make files there"},
		{drivers.Warning, "journal_mode", both(isNot("journal_mode", "wal"), isNot("file", ":memory:")),
			"the journal mode is {journal_mode}, not WAL",
			"while somebody writes nobody can read, and readers hold writers up",
			"take journal_mode out of the URL, unless the file is on a network, where WAL does not work"},
		{drivers.Warning, "foreign_keys", is("foreign_keys", "0"),
			"foreign keys are not enforced",
			"rows that refer to nothing are accepted, and stay when the keys are enforced again",
			"take foreign_keys out of the URL"},
		{drivers.Warning, "wal_size", within("wal_bytes", 256<<20, 1e18),
			"the write-ahead log has grown to {wal_size}",
			"a reader that never ends keeps it from being reused; reads get slower and the disk fills",
			"end long reads; PRAGMA wal_checkpoint(TRUNCATE) makes it small again"},
	},
}

// SQLiteSynchronous names what PRAGMA synchronous answers with a number.
func SQLiteSynchronous(answer string) string {
	levels := map[string]string{"0": "OFF", "1": "NORMAL", "2": "FULL", "3": "EXTRA"}
	return cmp.Or(levels[answer], answer)
}
