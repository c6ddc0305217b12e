package sqlsplit_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

func TestWhatIsNotClosedIsAnErrorWithItsPlace(t *testing.T) {
	for _, c := range []struct {
		d            sqlsplit.Dialect
		text         string
		line, column int
		word         string
	}{
		{sqlsplit.Postgres, "a;\n  ü 'b;\nc", 2, 5, "a literal begins here"},
		{sqlsplit.Postgres, `a "b`, 1, 3, "a quoted name"},
		{sqlsplit.Postgres, "a; /* /* */", 1, 4, "a comment"},
		{sqlsplit.Postgres, "do $x$ a $y$", 1, 4, "a dollar-quoted literal"},
		{sqlsplit.Postgres, "a (b;\nc", 1, 3, "a parenthesis"},
		{sqlsplit.Postgres, "create function f() returns int begin atomic select 1; ", 1, 39, "ATOMIC begins a body here"},
		{sqlsplit.MySQL, "a;\nCREATE PROCEDURE p()\nBEGIN\n IF a THEN b; END IF;\n", 3, 1,
			"BEGIN begins a body here that has no END"},
		{sqlsplit.MySQL, "CREATE PROCEDURE p() IF a THEN b;", 1, 22, "IF begins a body"},
		{sqlsplit.MySQL, "`a", 1, 1, "a quoted name"},
		{sqlsplit.MySQL, "DELIMITER\na", 1, 1, "DELIMITER needs a delimiter"},
		{sqlsplit.MySQL, "DELIMITER $$\na;\nDELIMITER ;\n", 2, 1, "not ended by $$"},
		{sqlsplit.SQLite, "create trigger t after insert on a begin\n b;", 1, 36, "BEGIN begins a body"},
		{sqlsplit.Oracle, "q'[a]", 1, 1, "a literal"},
		{sqlsplit.Postgres, "copy t from stdin;\n1\n2\n", 2, 1, `not ended by a line with \.`},
		{sqlsplit.Postgres, "copy t from stdin; x\n\\.\n", 1, 19, "begin on the next line"},
		{sqlsplit.Postgres, "a;\n\\i other.sql\n", 2, 1, `"\\i other.sql" is a command of the client psql`},
		{sqlsplit.Postgres, "select 1 \\gexec\n", 1, 10, "psql"},
		{sqlsplit.Postgres, "\\connect db\n", 1, 1, "psql"},
		{sqlsplit.MySQL, "source other.sql", 1, 1, "mysql"},
		{sqlsplit.MySQL, "a \\G", 1, 3, "mysql"},
		{sqlsplit.SQLite, ".read other.sql", 1, 1, "sqlite3"},
		{sqlsplit.SQLServer, ":r other.sql", 1, 1, "sqlcmd"},
		{sqlsplit.Oracle, "@other.sql", 1, 1, "SQL*Plus"},
	} {
		for st, err := range sqlsplit.Split(strings.NewReader(c.text), c.d) {
			if err == nil && st.Data != nil {
				_, err = io.Copy(io.Discard, st.Data)
			}
			if err == nil {
				continue
			}
			e, ok := errors.AsType[*sqlsplit.SyntaxError](err)
			if !ok || e.Line != c.line || e.Column != c.column || !strings.Contains(e.Message, c.word) {
				t.Errorf("%s: %q: error %v, want %d:%d %q", c.d, c.text, err, c.line, c.column, c.word)
			}
			c.word = ""
			break
		}
		if c.word != "" {
			t.Errorf("%s: %q: no error, want %q", c.d, c.text, c.word)
		}
	}
}

func TestErrorsAreFinal(t *testing.T) {
	s := sqlsplit.NewScanner(strings.NewReader("a; 'b"), sqlsplit.Postgres)
	if st, err := s.Next(); err != nil || st.SQL != "a" {
		t.Fatalf("%+v, %v", st, err)
	}
	_, first := s.Next()
	_, second := s.Next()
	if first == nil || first != second {
		t.Errorf("%v, then %v", first, second)
	}
	broken := errors.New("broken")
	if _, err := split("a", sqlsplit.Postgres); err != nil {
		t.Error(err)
	}
	s = sqlsplit.NewScanner(io.MultiReader(strings.NewReader("a; b"), iotest.ErrReader(broken)), sqlsplit.Postgres)
	if _, err := s.Next(); err != nil && err != broken {
		t.Error(err)
	}
	if _, err := s.Next(); err != broken {
		t.Errorf("the reader's error became %v", err)
	}
}

func TestBehaviour31WrongEncodingsAreNamed(t *testing.T) {
	for _, text := range []string{"\xff\xfea\x00;\x00", "\xfe\xff\x00a\x00;", "a\x00;\x00", "\x00\x00\xfe\xff"} {
		if _, err := split(text, sqlsplit.Postgres); !errors.Is(err, sqlsplit.ErrEncoding) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if got, err := split("\ufeffa;\r\nb", sqlsplit.Postgres); err != nil || strings.Join(got, "|") != "a|b" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestPositionsAndCommentsAreThoseOfTheFile(t *testing.T) {
	text := "\ufeff-- one\r\n/* two */ select 'ü',\r\n  x; -- three\r\n\r\n  b"
	var all []sqlsplit.Statement
	for st, err := range sqlsplit.Split(strings.NewReader(text), sqlsplit.Postgres) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, st)
	}
	if len(all) != 2 {
		t.Fatalf("%+v", all)
	}
	a, b := all[0], all[1]
	if a.SQL != "select 'ü',\n  x" || a.Line != 2 || a.Column != 11 || a.Leading != "-- one\n/* two */" ||
		a.Trailing != "-- three" {
		t.Errorf("%+v", a)
	}
	if b.SQL != "b" || b.Line != 5 || b.Column != 3 || b.Leading != "" || b.Number != 2 {
		t.Errorf("%+v", b)
	}
	if line, column := a.Position(14); line != 3 || column != 3 {
		t.Errorf("the x is at %d:%d", line, column)
	}
	if line, column := a.Position(1000); line != 3 || column != 4 {
		t.Errorf("the end is at %d:%d", line, column)
	}
}

func TestCopyDataIsReadThroughOrSkipped(t *testing.T) {
	text := "COPY t (a) FROM stdin WITH (FORMAT csv);\r\n1,';'\r\n\\.x\r\n\r\n\\.\r\n" +
		"select 1; copy u from stdin;\n\\.\ncopy (select 1) to stdout;"
	for _, read := range []bool{true, false} {
		var sqls, data []string
		for st, err := range sqlsplit.Split(strings.NewReader(text), sqlsplit.Postgres) {
			if err != nil {
				t.Fatal(err)
			}
			sqls = append(sqls, st.SQL)
			if st.Data != nil && read {
				b, err := io.ReadAll(st.Data)
				if err != nil {
					t.Fatal(err)
				}
				data = append(data, string(b))
			}
		}
		want := "COPY t (a) FROM stdin WITH (FORMAT csv)|select 1|copy u from stdin|copy (select 1) to stdout"
		if got := strings.Join(sqls, "|"); got != want {
			t.Errorf("%s", got)
		}
		if read && strings.Join(data, "|") != "1,';'\n\\.x\n\n|" {
			t.Errorf("%q", data)
		}
	}
}

func TestDataIsClosedWhenTheScannerGoesOn(t *testing.T) {
	s := sqlsplit.NewScanner(strings.NewReader("copy t from stdin;\n1\n\\.\nb"), sqlsplit.Postgres)
	st, err := s.Next()
	if err != nil {
		t.Fatal(err)
	}
	if next, err := s.Next(); err != nil || next.SQL != "b" {
		t.Fatalf("%+v, %v", next, err)
	}
	if n, err := st.Data.Read(make([]byte, 10)); n != 0 || err == nil || err == io.EOF {
		t.Errorf("%d, %v", n, err)
	}
}

func TestEdgesBreakStatementsAndMakeBlocks(t *testing.T) {
	edge := func(comment string) sqlsplit.Edge {
		switch comment {
		case "-- break":
			return sqlsplit.Break
		case "-- begin":
			return sqlsplit.BlockBegin
		case "-- end":
			return sqlsplit.BlockEnd
		}
		return sqlsplit.NoEdge
	}
	o := sqlsplit.Options{Edge: edge}
	got, err := split("a\n-- break\nb; x -- begin\n;c\n"+
		"-- begin\n -- gone\n d; 'e\n -- kept\n-- end\nf 'g\n-- end\n'", sqlsplit.Postgres, o)
	want := "a|b|x|c|d; 'e\n -- kept|f 'g\n-- end\n'"
	if err != nil || strings.Join(got, "|") != want {
		t.Errorf("%q, %v", got, err)
	}
	for text, line := range map[string]int{"a\n-- end": 2, "a;\n-- begin\nb": 2, "a (\n-- break\n)": 1} {
		_, err := split(text, sqlsplit.Postgres, o)
		if e, ok := errors.AsType[*sqlsplit.SyntaxError](err); !ok || e.Line != line {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestGoRepeatsABatch(t *testing.T) {
	var repeats []int
	for st, err := range sqlsplit.Split(strings.NewReader("a\nGO 3\nb\nGO 0\nc\nGO"), sqlsplit.SQLServer) {
		if err != nil {
			t.Fatal(err)
		}
		repeats = append(repeats, st.Repeat)
	}
	if len(repeats) != 2 || repeats[0] != 3 || repeats[1] != 1 {
		t.Errorf("%v", repeats)
	}
}

func TestChecksumsAreOfTheTextAlone(t *testing.T) {
	sum := func(text string) string {
		for st, err := range sqlsplit.Split(strings.NewReader(text), sqlsplit.Postgres) {
			if err != nil {
				t.Fatal(err)
			}
			return st.Checksum()
		}
		return ""
	}
	want := sum("select 1,\n 2")
	if got := sum("\ufeff-- x\r\nselect 1,\r\n 2 ; -- y"); got != want {
		t.Error("line ends and comments around it change the checksum")
	}
	if sum("select 1, 2") == want {
		t.Error("another text has the same checksum")
	}
}

func TestDialectsAreKnownByManyNames(t *testing.T) {
	for name, want := range map[string]sqlsplit.Dialect{"postgres": sqlsplit.Postgres, "PostgreSQL": sqlsplit.Postgres,
		"mariadb": sqlsplit.MySQL, "MySQL": sqlsplit.MySQL, "sqlite3": sqlsplit.SQLite,
		"Microsoft SQL Server": sqlsplit.SQLServer, "Oracle": sqlsplit.Oracle, "db2": sqlsplit.Generic} {
		if got := sqlsplit.DialectOf(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
