package sqlsplit_test

import (
	"errors"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sqlscope/sqlscope/drivers/lexer"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

var dialects = []sqlsplit.Dialect{sqlsplit.Generic, sqlsplit.Postgres, sqlsplit.MySQL, sqlsplit.SQLite,
	sqlsplit.SQLServer, sqlsplit.Oracle}

var seeds = []string{
	"a;\r\nb 'x;y'; -- c\n/* d; */ e",
	"create procedure p() begin if a then b; end if; case x when 1 then y; end case; end; c",
	"DELIMITER $$\nCREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN a; END$$\nDELIMITER ;\nb",
	"copy t from stdin;\n1\t2\n\\.\nselect 1;",
	"select $a$;$a$ E'\\';' \"b;\" [c;] `d;`; e", "a\nGO 3\nb\ngo\n",
	"begin\n a;\nend;\n/\nselect q'[;]' from dual;",
	"create function f() begin atomic select 1; end; x", "\\restrict x\n;a",
	"create trigger t after insert on a begin select case when 1 then 2 end; end; b", "/*!80018 a; */; b", "(a;b); c)",
	"\ufeffa;", "'", "/*", "$x$", "`", "q'[", "begin not atomic a; end; b", "-- a\n-- b\n;;;", "#a\n;b", "a--1;b",
}

// result is all that a scanner told.
type result struct {
	statements []sqlsplit.Statement
	data       []string
	err        string
}

func scanAll(r io.Reader, d sqlsplit.Dialect) result {
	var out result
	for st, err := range sqlsplit.Split(r, d) {
		if err != nil {
			out.err = err.Error()
			break
		}
		if st.Data != nil {
			data, err := io.ReadAll(st.Data)
			out.data = append(out.data, string(data))
			if err != nil {
				out.err = err.Error()
				break
			}
			st.Data = nil
		}
		out.statements = append(out.statements, st)
	}
	return out
}

// special are texts that more than tokens and semicolons decide about. Two dashes are a
// comment in MySQL depending on what follows, which is gone at the end of a statement.
var special = regexp.MustCompile(`(?i)delimiter|\bgo\b|\\|copy|/|\.|:|--\S`)

// FuzzSplit checks what holds for every text: how it is cut into reads makes no
// difference, no token is lost or made up, and each statement stands where it says.
func FuzzSplit(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range dialects {
			got := scanAll(strings.NewReader(text), d)
			if slow := scanAll(iotest.OneByteReader(strings.NewReader(text)), d); !reflect.DeepEqual(got, slow) {
				t.Fatalf("%s: %q\n at once %+v\nby bytes %+v", d, text, got, slow)
			}
			checkPlaces(t, text, got.statements)
			if got.err == "" && !special.MatchString(text) {
				checkTokens(t, text, d, got.statements)
			}
		}
	})
}

// checkPlaces: the text at a statement's line and column is the statement.
func checkPlaces(t *testing.T, text string, statements []sqlsplit.Statement) {
	normal, err := io.ReadAll(sqlsplit.Text(strings.NewReader(text)))
	if err != nil {
		return
	}
	lines := strings.SplitAfter(string(normal), "\n")
	for i, st := range statements {
		rest := []rune(strings.Join(lines[st.Line-1:], ""))[st.Column-1:]
		if !strings.HasPrefix(string(rest), string([]rune(st.SQL))) {
			t.Fatalf("%q is not at line %d, column %d of %q", st.SQL, st.Line, st.Column, text)
		}
		if st.SQL == "" || st.Number != i+1 {
			t.Fatalf("statement %d is %+v", i+1, st)
		}
	}
}

// checkTokens: the statements have the text's tokens, but for semicolons.
func checkTokens(t *testing.T, text string, d sqlsplit.Dialect, statements []sqlsplit.Statement) {
	normal, err := io.ReadAll(sqlsplit.Text(strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	want := tokensOf(string(normal), d)
	var got []string
	for _, st := range statements {
		got = append(got, tokensOf(st.SQL, d)...)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s: %q\n got %q\nwant %q", d, text, got, want)
	}
}

func tokensOf(text string, d sqlsplit.Dialect) []string {
	var all []string
	for i := 0; i < len(text); {
		tok := lexer.Next(text, i, d.Lexical())
		if s := tok.Text(text); !tok.Blank() && s != ";" {
			all = append(all, s)
		}
		i = tok.End
	}
	return all
}

// FuzzText checks that a text means the same however it is read, and that it holds no
// CR LF and no byte order mark.
func FuzzText(f *testing.F) {
	f.Add("a\r\nb\r\r\n\r", 1)
	f.Add("\ufeffa\r", 3)
	f.Fuzz(func(t *testing.T, text string, size int) {
		want, err := io.ReadAll(sqlsplit.Text(strings.NewReader(text)))
		if errors.Is(err, sqlsplit.ErrEncoding) {
			return
		}
		if s := strings.TrimPrefix(text, "\ufeff"); err != nil || string(want) != strings.ReplaceAll(s, "\r\n", "\n") {
			t.Fatalf("%q was read as %q, %v", text, want, err)
		}
		var got []byte
		buf := make([]byte, max(1, size%7))
		for r := sqlsplit.Text(iotest.HalfReader(strings.NewReader(text))); ; {
			n, err := r.Read(buf)
			got = append(got, buf[:n]...)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if string(got) != string(want) {
			t.Fatalf("%q by %d: %q, want %q", text, len(buf), got, want)
		}
	})
}
