package portable_test

import (
	"context"
	"crypto/rand"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/internal/portable"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/session"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

var update = flag.Bool("update", false, "write testdata/outcome.txt from what SQLite shows")

func TestTheProgramRunsOnSQLite(t *testing.T) {
	url := "sqlite:///" + filepath.Join(t.TempDir(), "portable.db")
	seen := run(t, url, sqlite.Driver, portable.Types{Instant: "TIMESTAMP", Amount: "TEXT"})
	if *update {
		if err := os.WriteFile("testdata/outcome.txt", []byte(seen), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	portable.Compare(t, seen)
}

func TestTheProgramRunsOnPostgres(t *testing.T) {
	portable.Compare(t, run(t, testdsn.Get(t, "postgres"), postgres.Driver,
		portable.Types{Instant: "TIMESTAMPTZ", Amount: "DECIMAL(20,6)"}))
}

func TestTheProgramRunsOnMariaDB(t *testing.T) {
	portable.Compare(t, run(t, testdsn.Get(t, "mysql"), mysql.Driver,
		portable.Types{Instant: "DATETIME(6)", Amount: "DECIMAL(20,6)"}))
}

func run(t *testing.T, url string, driver drivers.Driver, types portable.Types) string {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	engine, err := session.Open(ctx, url, session.Options{}, driver)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close(context.WithoutCancel(ctx))
	seen, err := portable.Run(ctx, engine, "p"+strings.ToLower(rand.Text()[:6])+"_", types)
	if err != nil {
		t.Fatalf("%v; it saw\n%s", err, seen)
	}
	return seen
}
