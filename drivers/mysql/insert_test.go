package mysql

import "testing"

func TestAPlainInsertIsWrittenWithSeveralRows(t *testing.T) {
	for sql, want := range map[string]string{
		"INSERT INTO t VALUES (?)":           "INSERT INTO t VALUES (?),(?)",
		"insert t (a, `b(`) value (?, NULL)": "insert t (a, `b(`) value (?, NULL),(?, NULL)",
		"REPLACE INTO d.t (a) VALUES(?)\n":   "REPLACE INTO d.t (a) VALUES(?),(?)\n",
		"INSERT IGNORE INTO t (a,b) VALUES (?, 'it''s')": "INSERT IGNORE INTO t (a,b) " +
			"VALUES (?, 'it''s'),(?, 'it''s')",
		"/* why */ INSERT INTO t (a) VALUES (?, -1.5e3) ON DUPLICATE KEY UPDATE a = VALUES(a) + 1": "/* why */ " +
			"INSERT INTO t (a) VALUES (?, -1.5e3),(?, -1.5e3) ON DUPLICATE KEY UPDATE a = VALUES(a) + 1",
		"INSERT INTO t VALUES (?) # one\n": "INSERT INTO t VALUES (?),(?) # one\n",
	} {
		in, ok := parseInsert(sql)
		if !ok {
			t.Errorf("%s: not taken for a plain INSERT", sql)
		} else if got := in.rows(2); got != want {
			t.Errorf("%s:\n got %s\nwant %s", sql, got, want)
		}
	}
}

func TestWhatIsNoPlainInsertRunsOnceForEachRow(t *testing.T) {
	for _, sql := range []string{
		"UPDATE t SET a = ?",
		"INSERT INTO t SELECT ?",
		"INSERT INTO t SET a = ?",
		"INSERT INTO t PARTITION (p) VALUES (?)",
		"INSERT INTO t VALUES (?), (?)",
		"INSERT INTO t VALUES (lower(?))",
		"INSERT INTO t VALUES (?, (SELECT max(a) FROM t))",
		"INSERT INTO t VALUES (?, last_insert_id())",
		"INSERT INTO t VALUES (?, @n)",
		"INSERT INTO t VALUES (?, a)",
		"INSERT INTO t VALUES (?, `a`)",
		"INSERT INTO t VALUES (?, $a)",
		"INSERT INTO t VALUES (?, 5--now()\n)",
		"INSERT INTO t VALUES (?, /*/ 1 */ now())",
		"INSERT INTO t VALUES (?, CURRENT_TIMESTAMP)",
		"INSERT INTO t VALUES (?, 'a\\')",
		"INSERT INTO t VALUES (?, '?')",
		"INSERT INTO t VALUES (? /* ? */)",
		"INSERT INTO t VALUES (? /*! , 1 */)",
		"INSERT INTO t VALUES (?) ON DUPLICATE KEY UPDATE a = ?",
		"INSERT INTO t VALUES (?) ON DUPLICATE KEY UPDATE a = (SELECT 1)",
		"INSERT INTO t VALUES (?) RETURNING a",
		"INSERT INTO t VALUES (?); DELETE FROM t",
		"INSERT INTO t VALUES (?) -- the end",
		"INSERT INTO t VALUES (?",
		"INSERT INTO t VALUES",
		"INSERT INTO",
		"",
		"'",
	} {
		if in, ok := parseInsert(sql); ok {
			t.Errorf("%s: taken for a plain INSERT: %s", sql, in.rows(2))
		}
	}
}
