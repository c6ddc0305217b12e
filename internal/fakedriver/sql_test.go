package fakedriver

import (
	"testing"
)

func TestStatementsDoWhatTheySay(t *testing.T) {
	_, _, c := withTable(t, Options{})
	must(t, c, exec("CREATE TABLE u (id BIGINT PRIMARY KEY, t_id BIGINT REFERENCES t (id), "+
		"name VARCHAR(20) NOT NULL, CONSTRAINT positive CHECK (id > 0), UNIQUE (name))"))
	must(t, c, exec("INSERT INTO u (id, t_id, name) VALUES (?, $2, ?)", 5, 1, "it's"))
	for _, q := range []struct{ sql, want string }{
		{"SELECT 1", "1"},
		{"SELECT 1 + 2 * 3 - (4 / 2)", "5"},
		{"select id, n from t order by n desc", "2,20;1,10"},
		{"SELECT * FROM t WHERE n >= 20", "2,20"},
		{"SELECT count(*), sum(n), max(id) FROM t", "2,30,2"},
		{"SELECT count(*) FROM t WHERE id = 9", "0"},
		{"SELECT a.id, b.id FROM t a, t b WHERE a.id < b.id", "1,2"},
		{"SELECT id FROM t WHERE id = 1 OR n = 20 AND id <> 2", "1"},
		{"SELECT id FROM t WHERE n IS NULL", ""},
		{`SELECT "id" /* ? */ FROM t -- ?`, "1;2"},
		{"SELECT name FROM u WHERE name = 'it''s'", "it's"},
		{"SELECT slow(1)", "1"},
		{"SELECT fail()", "error: data"},
		{"SELECT 1 / 0", "error: data"},
		{"SELECT absent FROM t", "error: syntax"},
		{"SELECT 1 FROM absent", "error: syntax"},
		{"SELEC 1", "error: syntax"},
		{"SELECT 'open", "error: syntax"},
		{"SELECT 1 1", "error: syntax"},
		{"SELECT absent(1)", "error: syntax"},
		{"INSERT INTO t (id, n) VALUES (1, 1)", "error: unique"},
		{"INSERT INTO t (id, n) VALUES (7, 'x')", "error: data"},
		{"INSERT INTO t (id) VALUES (7, 8)", "error: syntax"},
		{"INSERT INTO u (id, name) VALUES (6, NULL)", "error: not null"},
		{"INSERT INTO u (id, name) VALUES (0, 'zero')", "error: check"},
		{"INSERT INTO u (id, t_id, name) VALUES (6, 99, 'x')", "error: foreign key"},
		{"DELETE FROM t WHERE id = 1", "error: foreign key"},
		{"INSERT INTO t (id, n) VALUES (3, 30) RETURNING id, n + 1", "3,31"},
		{"UPDATE t SET n = n + 1 WHERE id = 3", ""},
		{"SELECT n FROM t WHERE id = 3", "31"},
		{"DELETE FROM t WHERE id = 3", ""},
		{"CREATE TABLE t (id BIGINT)", "error: syntax"},
		{"CREATE TABLE IF NOT EXISTS t (id BIGINT)", ""},
		{"ALTER TABLE absent ADD x BIGINT", "error: syntax"},
		{"ALTER TABLE t ADD x BIGINT UNIQUE", "error: syntax"},
		{"ALTER TABLE t ADD COLUMN x BIGINT", ""},
		{"UPDATE t SET x = id + 5 WHERE id = 1", ""},
		{"SELECT id, x FROM t", "1,6;2,<nil>"},
		{"ALTER TABLE t DROP COLUMN id", "error: syntax"},
		{"ALTER TABLE t DROP COLUMN absent", "error: syntax"},
		{"ALTER TABLE t DROP COLUMN n", ""},
		{"SELECT n FROM t", "error: syntax"},
		{"INSERT INTO t (id, x) VALUES (3, 8) RETURNING *", "3,8"},
		{"SELECT * FROM t WHERE id <> 2", "1,6;3,8"},
		{"DELETE FROM t WHERE id = 3", ""},
		{"DROP TABLE IF EXISTS absent", ""},
		{"DROP TABLE absent", "error: syntax"},
		{"SELECT id FROM t ORDER BY id", "1;2"},
	} {
		wantSeen(t, c, q.sql, q.want)
	}
}

func TestTheNumberOfArgumentsIsChecked(t *testing.T) {
	_, _, c := withTable(t, Options{})
	if got := ask(t, c, "SELECT n FROM t WHERE id = ?"); got != "error: syntax" {
		t.Errorf("without an argument: %s", got)
	}
	if got := ask(t, c, "SELECT n FROM t WHERE id = $1 AND n = $1 * 10", 2); got != "20" {
		t.Errorf("with a numbered argument used twice: %s", got)
	}
}

func TestAKeyIsGeneratedWhereTheColumnSaysSo(t *testing.T) {
	_, _, c := withTable(t, Options{})
	must(t, c, exec("CREATE TABLE a (id BIGINT AUTO_INCREMENT PRIMARY KEY, n INTEGER)"))
	for want := int64(1); want < 3; want++ {
		f := must(t, c, exec("INSERT INTO a (n) VALUES (7)"))
		if got := f.Steps[0].Result; got.LastInsertID != want || got.RowsAffected != 1 {
			t.Errorf("the result is %+v, want key %d and one row", got, want)
		}
	}
}

func TestAStatementThatFailsHalfwayUndoesItself(t *testing.T) {
	_, _, c := withTable(t, Options{FailsAlone: true})
	must(t, c, begin)
	wantSeen(t, c, "INSERT INTO t (id, n) VALUES (3, 3), (1, 1)", "error: unique")
	must(t, c, commit)
	wantSeen(t, c, "SELECT id FROM t", "1;2")
}

func TestRowsThatFailInTheMiddleEndWithTheError(t *testing.T) {
	_, _, c := withTable(t, Options{})
	must(t, c, begin)
	wantSeen(t, c, "SELECT 10 / (n - 20) FROM t", "-1 error: data")
}
