//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/odbc"
	"github.com/sqlscope/sqlscope/internal/portable"
	"github.com/sqlscope/sqlscope/session"
)

// The program that runs on the native drivers runs here without a change, and
// sees the same.
func TestThePortableProgramRunsOnODBC(t *testing.T) {
	for _, to := range []struct {
		name  string
		url   func(testing.TB) string
		types portable.Types
	}{
		{"Postgres", postgresURL, portable.Types{Instant: "TIMESTAMPTZ", Amount: "DECIMAL(20,6)"}},
		{"MariaDB", mysqlURL, portable.Types{Instant: "DATETIME(6)", Amount: "DECIMAL(20,6)"}},
		{"SQLite", sqliteURL, portable.Types{Instant: "TIMESTAMP", Amount: "TEXT"}},
	} {
		t.Run(to.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			engine, err := session.Open(ctx, to.url(t), session.Options{}, odbc.Driver)
			must(t, err)
			defer func() { must(t, engine.Close(context.WithoutCancel(ctx))) }()
			seen, err := portable.Run(ctx, engine, "o"+strings.ToLower(rand.Text()[:6])+"_", to.types)
			if err != nil {
				t.Fatalf("%v; it saw\n%s", err, seen)
			}
			portable.Compare(t, seen)
		})
	}
}
