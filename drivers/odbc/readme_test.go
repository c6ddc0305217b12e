//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"context"
	"flag"
	"testing"

	"github.com/sqlscope/sqlscope/drivers/odbc"
	"github.com/sqlscope/sqlscope/internal/captable"
	"github.com/sqlscope/sqlscope/session"
)

var update = flag.Bool("update", false, "write README.md's columns")

func TestReadmeSaysWhatTheDriverDeclares(t *testing.T) {
	for _, to := range []struct {
		name string
		url  func(testing.TB) string
	}{{"ODBC to Postgres", postgresURL}, {"ODBC to MariaDB", mysqlURL}, {"ODBC to SQLite", sqliteURL}} {
		e, err := session.Open(t.Context(), to.url(t), session.Options{}, odbc.Driver)
		must(t, err)
		captable.Check(t, "../../README.md", to.name, e.Describe(), *update)
		must(t, e.Close(context.Background()))
	}
}
