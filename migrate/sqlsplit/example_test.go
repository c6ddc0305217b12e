package sqlsplit_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sqlscope/sqlscope/drivers/lexer"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

func ExampleSplit() {
	script := `
-- the first table
CREATE TABLE users (name text DEFAULT 'a;b'); -- with a semicolon
CREATE FUNCTION f() RETURNS void AS $$ BEGIN NULL; END $$ LANGUAGE plpgsql;
`
	for st, err := range sqlsplit.Split(strings.NewReader(script), sqlsplit.Postgres) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d at %d:%d: %s\n", st.Number, st.Line, st.Column, st.SQL)
	}
	// Output:
	// 1 at 3:1: CREATE TABLE users (name text DEFAULT 'a;b')
	// 2 at 4:1: CREATE FUNCTION f() RETURNS void AS $$ BEGIN NULL; END $$ LANGUAGE plpgsql
}

func ExampleNewScanner() {
	s := sqlsplit.NewScanner(strings.NewReader("SELECT 1;\nSELECT 'two"), sqlsplit.MySQL)
	st, err := s.Next()
	fmt.Println(st.SQL, err)
	_, err = s.Next()
	var syntax *sqlsplit.SyntaxError
	fmt.Println(errors.As(err, &syntax), syntax)
	// Output:
	// SELECT 1 <nil>
	// true line 2, column 8: a literal begins here and is not closed
}

func ExampleScanner_Next() {
	s := sqlsplit.NewScanner(strings.NewReader("COPY t FROM STDIN;\n1\tone\n2\ttwo\n\\.\nSELECT 1;"), sqlsplit.Postgres)
	for {
		st, err := s.Next()
		if err != nil {
			break // io.EOF
		}
		fmt.Println(st.SQL)
		if st.Data != nil {
			rows, _ := io.ReadAll(st.Data)
			fmt.Printf("%q\n", rows)
		}
	}
	// Output:
	// COPY t FROM STDIN
	// "1\tone\n2\ttwo\n"
	// SELECT 1
}

func ExampleOptions() {
	edge := func(comment string) sqlsplit.Edge {
		switch comment {
		case "-- begin":
			return sqlsplit.BlockBegin
		case "-- end":
			return sqlsplit.BlockEnd
		}
		return sqlsplit.NoEdge
	}
	text := strings.NewReader("-- begin\na; b;\n-- end\nc; d")
	for st, err := range sqlsplit.Split(text, sqlsplit.Generic, sqlsplit.Options{Edge: edge}) {
		fmt.Println(st.SQL, err)
	}
	// Output:
	// a; b; <nil>
	// c <nil>
	// d <nil>
}

func ExampleText() {
	text, err := io.ReadAll(sqlsplit.Text(strings.NewReader("\ufeffa\r\nb\r\n")))
	fmt.Printf("%q %v\n", text, err)
	_, err = io.ReadAll(sqlsplit.Text(strings.NewReader("\xff\xfea\x00")))
	fmt.Println(err)
	// Output:
	// "a\nb\n" <nil>
	// sqlsplit: wrong encoding: the text is UTF-16 or UTF-32; save it as UTF-8
}

func ExampleDialectOf() {
	fmt.Println(sqlsplit.DialectOf("mariadb"), sqlsplit.DialectOf("Microsoft SQL Server"), sqlsplit.DialectOf("db2"))
	// Output: mysql sqlserver generic
}

func ExampleDialect_Lexical() {
	fmt.Println(sqlsplit.MySQL.Lexical().HashComments, sqlsplit.Postgres.Lexical().DollarQuotes)
	// Output: true true
}

func ExampleDialect_String() {
	fmt.Println(sqlsplit.Oracle)
	// Output: oracle
}

func ExampleStatement_Position() {
	st := sqlsplit.Statement{SQL: "SELECT 1,\n  x", Line: 10, Column: 5}
	fmt.Println(st.Position(12)) // where the server found an error
	// Output: 11 3
}

func ExampleStatement_Checksum() {
	a, b := sqlsplit.Statement{SQL: "SELECT 1"}, sqlsplit.Statement{SQL: "SELECT 2"}
	fmt.Println(a.Checksum() == b.Checksum(), len(a.Checksum()))
	// Output: false 64
}

func ExampleStatement_Words() {
	st := sqlsplit.Statement{SQL: `/* x */ alter table "Users" add column age int`, Dialect: sqlsplit.Postgres}
	fmt.Println(st.Words(3))
	// Output: [ALTER TABLE ADD]
}

func ExampleStatement_Tokens() {
	st := sqlsplit.Statement{SQL: "/*!80018 SELECT */ 'a' -- b", Dialect: sqlsplit.MySQL}
	for t := range st.Tokens() {
		if t.Kind != lexer.Punct {
			fmt.Println(t.Text(st.SQL))
		}
	}
	// Output:
	// SELECT
	// 'a'
}

func ExampleStatement_Control() {
	for _, sql := range []string{"BEGIN", "ROLLBACK TO s", "DO $$ BEGIN COMMIT; END $$"} {
		st := sqlsplit.Statement{SQL: sql, Dialect: sqlsplit.Postgres}
		fmt.Println(st.Control() != sqlsplit.NoControl)
	}
	// Output:
	// true
	// false
	// false
}

func ExampleStatement_OutsideTransaction() {
	st := sqlsplit.Statement{SQL: "CREATE INDEX CONCURRENTLY i ON t (a)", Dialect: sqlsplit.Postgres}
	fmt.Println(st.OutsideTransaction())
	fmt.Println(st.ConcurrentIndex())
	// Output:
	// true
	// i t true
}

func ExampleStatement_ConcurrentIndex() {
	st := sqlsplit.Statement{SQL: `CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON app."T" (a)`, Dialect: sqlsplit.Postgres}
	fmt.Println(st.ConcurrentIndex())
	// Output: i app."T" true
}

func ExampleSyntaxError() {
	err := &sqlsplit.SyntaxError{Line: 3, Column: 7, Message: "a literal begins here and is not closed"}
	fmt.Println(err)
	// Output: line 3, column 7: a literal begins here and is not closed
}

func ExampleSplit_encoding() {
	for _, err := range sqlsplit.Split(strings.NewReader("\xff\xfeS\x00"), sqlsplit.Postgres) { // UTF-16
		fmt.Println(errors.Is(err, sqlsplit.ErrEncoding))
	}
	// Output: true
}
