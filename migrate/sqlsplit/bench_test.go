package sqlsplit_test

import (
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// BenchmarkSplit reads what migrations are made of, and what dumps are made of.
func BenchmarkSplit(b *testing.B) {
	row := "(1, 'some text; with a semicolon', 'and ''quotes''')"
	for name, text := range map[string]string{
		"small statements": strings.Repeat("-- a comment\n"+
			"CREATE TABLE t (id int NOT NULL, name text DEFAULT 'a;b');\n", 1000),
		"long inserts": strings.Repeat("INSERT INTO t VALUES "+row+strings.Repeat(", "+row, 1000)+";\n", 10),
		"copy":         "COPY t FROM stdin;\n" + strings.Repeat("1\tsome text\n", 50000) + "\\.\n",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range sqlsplit.Split(strings.NewReader(text), sqlsplit.Postgres) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
