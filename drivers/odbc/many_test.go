//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
)

// MariaDB's client library dereferenced NULL in the second of two statements with
// equally many parameters, the first of which had failed.
func TestManyRowsMayFollowAStatementThatHasFailed(t *testing.T) {
	for name, url := range everyURL {
		t.Run(name, func(t *testing.T) {
			c := acquire(t, open(t, url(t)))
			name := table(t, c, "many", "a INTEGER PRIMARY KEY, b INTEGER")
			insert := "INSERT INTO " + name + " VALUES (?, ?)"
			for i := range 3 {
				mustRun(t, c, begin, exec(insert, 100+i, 1), commit)
				_, _, err := run(t, c, begin, exec(insert, 100+i, 1))
				if err == nil {
					t.Fatal("a row can be there twice")
				}
				mustRun(t, c, rollback)
				many := drivers.Step{Op: drivers.OpExecMany, SQL: insert, Many: [][]any{{10 * i, 1}, {10*i + 1, 2}}}
				mustRun(t, c, begin, many, commit)
			}
		})
	}
}

var everyURL = map[string]func(testing.TB) string{"Postgres": postgresURL, "MariaDB": mysqlURL, "SQLite": sqliteURL}
