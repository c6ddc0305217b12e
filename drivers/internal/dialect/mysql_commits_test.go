package dialect

import "testing"

func TestStatementsThatCommitAreKnownByTheirFirstWords(t *testing.T) {
	for _, sql := range []string{
		"create table t (id int)", "CREATE OR REPLACE TABLE t (id INT)", "Create Index i ON t (a)",
		"DROP TABLE t", "ALTER TABLE t ADD a INT", "RENAME TABLE a TO b", "TRUNCATE t",
		"GRANT ALL ON d.* TO u", "REVOKE ALL ON d.* FROM u", "SET PASSWORD = 'x'",
		"SET DEFAULT ROLE r TO u", "LOCK TABLES t READ", "UNLOCK TABLES", "BEGIN", "BEGIN WORK",
		"START TRANSACTION READ ONLY", "START SLAVE", "COMMIT", "COMMIT AND CHAIN", "ROLLBACK",
		"ROLLBACK WORK", "ANALYZE TABLE t", "ANALYZE LOCAL TABLE t", "CHECK TABLE t",
		"LOAD INDEX INTO CACHE t", "RESET MASTER", "XA START 'a'", "  ;\n-- x\n/* y */ # z\nDROP TABLE t",
		"/*!50003 CREATE TRIGGER x */", "/*M!100100 DROP TABLE t */", "(((DROP",
	} {
		if !MySQLCommits(sql) {
			t.Errorf("%q commits", sql)
		}
	}
}

func TestStatementsThatDoNotCommitAreLeftAlone(t *testing.T) {
	for _, sql := range []string{
		"", ";", "SELECT 1", "(SELECT 1) UNION (SELECT 2)", "INSERT INTO t VALUES ('DROP TABLE t')",
		"CREATE TEMPORARY TABLE t (id INT)", "create or replace temporary table t (id int)",
		"DROP TEMPORARY TABLE t", "ROLLBACK TO a", "ROLLBACK WORK TO SAVEPOINT a", "SAVEPOINT a",
		"RELEASE SAVEPOINT a", "SET autocommit = 0", "SET @a = 1", "ANALYZE SELECT 1",
		"ANALYZE FORMAT=JSON SELECT 1", "BEGIN NOT ATOMIC SELECT 1; END", "LOAD DATA INFILE 'x' INTO TABLE t",
		"RESET PERSIST x", "/* DROP TABLE t */", "-- DROP TABLE t", "/* unclosed DROP", "created", "`DROP` x",
		"WITH x AS (SELECT 1) DELETE FROM t", "CALL p()", "DO 1", "EXPLAIN DROP",
	} {
		if MySQLCommits(sql) {
			t.Errorf("%q does not commit", sql)
		}
	}
}

func TestStatementsThatRunOthersAreKnown(t *testing.T) {
	for sql, want := range map[string]bool{
		"CALL p()": true, "/* x */ call p()": true, "EXECUTE s": true, "EXECUTE IMMEDIATE 'COMMIT'": true,
		"BEGIN NOT ATOMIC COMMIT; END": true, "IF 1 THEN COMMIT; END IF": true, "FOR i IN 1..2 DO COMMIT; END FOR": true,
		"BEGIN": false, "SELECT IF(1, 2, 3)": false, "INSERT INTO t VALUES (1)": false, "": false,
	} {
		if got := MySQLRuns(sql); got != want {
			t.Errorf("%q: %v", sql, got)
		}
	}
}

func TestStatementsThatLockTablesAreKnown(t *testing.T) {
	for sql, want := range map[string]bool{
		"LOCK TABLES t WRITE": true, "lock table t read": true, "FLUSH TABLES t WITH READ LOCK": true,
		"UNLOCK TABLES": false, "SELECT 1 FOR UPDATE": false,
	} {
		if got := MySQLLocksTables(sql); got != want {
			t.Errorf("%q: %v", sql, got)
		}
	}
}
