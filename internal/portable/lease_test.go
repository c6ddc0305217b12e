package portable_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/drivertest"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/session"
)

func TestTheLocksOfRunSyncHoldWhereTheyAreLeases(t *testing.T) {
	for name, db := range map[string]struct {
		url    func(t testing.TB) string
		driver drivers.Driver
	}{
		"SQLite": {func(t testing.TB) string { return "sqlite:///" + filepath.Join(t.TempDir(), "lease.db") },
			sqlite.Driver},
		"Postgres": {func(t testing.TB) string { return testdsn.Get(t, "postgres") }, postgres.Driver},
		"MariaDB":  {func(t testing.TB) string { return testdsn.Get(t, "mysql") }, mysql.Driver},
	} {
		t.Run(name, func(t *testing.T) {
			url, driver := db.url(t), testdsn.Lockless(db.driver)
			h := drivertest.Harness{Open: func(t testing.TB, opts session.Options) *session.Engine {
				e, err := session.Open(t.Context(), url, opts, driver)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = e.Close(context.Background()) })
				return e
			}}
			for _, c := range drivertest.LockCases() {
				t.Run(c.Name, func(t *testing.T) { c.Test(t, h) })
			}
		})
	}
}
