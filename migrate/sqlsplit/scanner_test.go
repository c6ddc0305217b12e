package sqlsplit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// split returns the statements' texts, and the error.
func split(text string, d sqlsplit.Dialect, opts ...sqlsplit.Options) ([]string, error) {
	var all []string
	for st, err := range sqlsplit.Split(strings.NewReader(text), d, opts...) {
		if err != nil {
			return all, err
		}
		all = append(all, st.SQL)
	}
	return all, nil
}

// splitCase is a text and its statements, with | where a statement ends.
type splitCase struct {
	name string
	text string
	want []string
}

func run(t *testing.T, d sqlsplit.Dialect, cases []splitCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := split(c.text, d)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s\n got %q\nwant %q", c.text, got, c.want)
			}
		})
	}
}

func TestBehaviour36PostgresFilesGiveTheRightStatements(t *testing.T) {
	run(t, sqlsplit.Postgres, []splitCase{
		{"two", "a;\nb;", []string{"a", "b"}},
		{"no last semicolon", "a; b", []string{"a", "b"}},
		{"semicolon in a literal at the end of a line", "insert into t values ('a;\nb');c",
			[]string{"insert into t values ('a;\nb')", "c"}},
		{"doubled quote", "a 'it''s;'; b", []string{"a 'it''s;'", "b"}},
		{"escape string", `a E'it\'s;'; b`, []string{`a E'it\'s;'`, "b"}},
		{"escape string with a doubled quote", `a E'x''y\';'; b`, []string{`a E'x''y\';'`, "b"}},
		{"plain string ends in a backslash", `a '\'; b`, []string{`a '\'`, "b"}},
		{"dollar quote", "do $$ a; b $$; c", []string{"do $$ a; b $$", "c"}},
		{"tagged", "do $x$ a; $$ b; $$ $x$; c", []string{"do $x$ a; $$ b; $$ $x$", "c"}},
		{"dollar in a name", "select a$b$c; d", []string{"select a$b$c", "d"}},
		{"parameter", "select $1; select $2", []string{"select $1", "select $2"}},
		{"nested comment", "a /* ; /* ; */ ; */ x; b", []string{"a /* ; /* ; */ ; */ x", "b"}},
		{"trailing block comment", "a; /* the end; */", []string{"a"}},
		{"comment without a line end", "a; -- b;", []string{"a"}},
		{"only comments", "-- a\n/* b */\n", nil},
		{"empty statements", ";; a ;;", []string{"a"}},
		{"empty", "", nil},
		{"quoted name", `a "b;c"; d`, []string{`a "b;c"`, "d"}},
		{"rule with a list", "create rule r as on insert to t do (a; b); c",
			[]string{"create rule r as on insert to t do (a; b)", "c"}},
		{"atomic", "create function f() returns int begin atomic select case when a then b end; select 2; end; c",
			[]string{"create function f() returns int begin atomic select case when a then b end; select 2; end", "c"}},
		{"begin of a transaction", "begin; a; end; commit", []string{"begin", "a", "end", "commit"}},
		{"restrict", "\\restrict abc\na;\n\\unrestrict abc\n", []string{"a"}},
		{"array", "select a[1]; b", []string{"select a[1]", "b"}},
	})
}

func TestBehaviour37MySQLFilesGiveTheRightStatements(t *testing.T) {
	proc := "CREATE PROCEDURE p(IN a INT)\nBEGIN\n IF EXISTS(SELECT 1) THEN SELECT IF(a, 1, 2); END IF;\n" +
		" CASE a WHEN 1 THEN SELECT 1; ELSE SELECT 2; END CASE;\n SET a = CASE WHEN a THEN 1 ELSE 2 END;\n" +
		" l: LOOP LEAVE l; END LOOP l;\n WHILE a DO SET a = 0; END WHILE;\n REPEAT SET a = 1; UNTIL a END REPEAT;\nEND"
	run(t, sqlsplit.MySQL, []splitCase{
		{"procedure without DELIMITER", proc + ";\n\nSELECT 1;", []string{proc, "SELECT 1"}},
		{"procedure with DELIMITER", "DELIMITER //\n" + proc + "//\nDELIMITER ;\nSELECT 1;", []string{proc, "SELECT 1"}},
		{"delimiter within a word", "DELIMITER $$\n" + proc + "$$\nSELECT 1$$\n", []string{proc, "SELECT 1"}},
		{"two semicolons", "delimiter ;;\nBEGIN; x;;\ndelimiter ;\ny", []string{"BEGIN; x", "y"}},
		{"hash comment", "a # b;\n; c", []string{"a", "c"}},
		{"backslash", `a 'it\'s;'; b "x\";"; c`, []string{`a 'it\'s;'`, `b "x\";"`, "c"}},
		{"executed comment", "/*!80018 ALTER TABLE t; */; a", []string{"/*!80018 ALTER TABLE t; */", "a"}},
		{"sandbox mode of a dump", "/*M!999999\\- enable the sandbox mode */ \na;", []string{"a"}},
		{"dashes", "select 5--1; b -- c;\n", []string{"select 5--1", "b"}},
		{"trigger with a plain body", "CREATE TRIGGER t BEFORE UPDATE ON x FOR EACH ROW SET NEW.a = IF(1, 2, 3); b",
			[]string{"CREATE TRIGGER t BEFORE UPDATE ON x FOR EACH ROW SET NEW.a = IF(1, 2, 3)", "b"}},
		{"trigger with an IF body", "CREATE TRIGGER t AFTER INSERT ON x FOR EACH ROW FOLLOWS begin_x IF a THEN SET @b = 1; " +
			"IF c THEN SET @d = 1; END IF; END IF; b",
			[]string{"CREATE TRIGGER t AFTER INSERT ON x FOR EACH ROW FOLLOWS begin_x IF a THEN SET @b = 1; " +
				"IF c THEN SET @d = 1; END IF; END IF", "b"}},
		{"event", "CREATE EVENT IF NOT EXISTS e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM a; DELETE FROM b; END; c",
			[]string{"CREATE EVENT IF NOT EXISTS e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM a; DELETE FROM b; END", "c"}},
		{"function with a definer", "CREATE DEFINER=`r`@`%` FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN a; b",
			[]string{"CREATE DEFINER=`r`@`%` FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN a", "b"}},
		{"anonymous block", "BEGIN NOT ATOMIC SELECT 1; SELECT 2; END; b",
			[]string{"BEGIN NOT ATOMIC SELECT 1; SELECT 2; END", "b"}},
		{"transaction", "BEGIN; a; COMMIT;", []string{"BEGIN", "a", "COMMIT"}},
		{"columns named like keywords",
			"CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN SET NEW.end = NEW.begin; END; c",
			[]string{"CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN SET NEW.end = NEW.begin; END", "c"}},
		{"column named delimiter",
			"CREATE TABLE t (\ndelimiter INT\n); b", []string{"CREATE TABLE t (\ndelimiter INT\n)", "b"}},
		{"handler", "CREATE PROCEDURE p() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; END; a; END; b",
			[]string{"CREATE PROCEDURE p() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; END; a; END", "b"}},
	})
}

func TestBehaviour38SQLiteTriggersAreOneStatement(t *testing.T) {
	trigger := "CREATE TEMP TRIGGER t AFTER UPDATE ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; " +
		"SELECT end FROM x; END"
	run(t, sqlsplit.SQLite, []splitCase{
		{"trigger", trigger + "; b;", []string{trigger, "b"}},
		{"trigger at the end", trigger, []string{trigger}},
		{"brackets", "select [a;b]; c", []string{"select [a;b]", "c"}},
		{"transaction", "BEGIN; a; END;", []string{"BEGIN", "a", "END"}},
	})
}

func TestBehaviour39BatchesEndWithGo(t *testing.T) {
	run(t, sqlsplit.SQLServer, []splitCase{
		{"batches", "DECLARE @a INT; SELECT @a;\nGO\nb\n go -- c\nd", []string{"DECLARE @a INT; SELECT @a;", "b", "d"}},
		{"count", "a\nGO 3\nb", []string{"a", "b"}},
		{"goto", "GOTO done\ndone:\nSELECT 1\nGO\n", []string{"GOTO done\ndone:\nSELECT 1"}},
		{"a column named go",
			"SELECT go FROM t\nSELECT\n go,\n [go] FROM t\nGO",
			[]string{"SELECT go FROM t\nSELECT\n go,\n [go] FROM t"}},
		{"try", "BEGIN TRY\n SELECT 1;\nEND TRY\nBEGIN CATCH\n THROW;\nEND CATCH;\nGO\nb",
			[]string{"BEGIN TRY\n SELECT 1;\nEND TRY\nBEGIN CATCH\n THROW;\nEND CATCH;", "b"}},
		{"in a literal and a comment", "a '\nGO\n' /*\nGO\n*/ b", []string{"a '\nGO\n' /*\nGO\n*/ b"}},
	})
}

func TestOracleBlocksEndWithASlash(t *testing.T) {
	run(t, sqlsplit.Oracle, []splitCase{
		{"statements", "a; b;\n/\nc", []string{"a", "b", "c"}},
		{"block", "BEGIN\n a;\n b;\nEND;\n/\nc;", []string{"BEGIN\n a;\n b;\nEND;", "c"}},
		{"procedure", "CREATE OR REPLACE PROCEDURE p IS\nBEGIN\n a; b := 4 / 2;\nEND;\n/\n", []string{
			"CREATE OR REPLACE PROCEDURE p IS\nBEGIN\n a; b := 4 / 2;\nEND;"}},
		{"chosen quotes", "a q'[it's; ]' ; b", []string{"a q'[it's; ]'", "b"}},
	})
}
