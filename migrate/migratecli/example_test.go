package migratecli_test

import (
	"context"
	"fmt"
	"os"
	"testing/fstest"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli"
)

// A service has its migrations inside, and gives them a command line: that of
// sqlscope, without a directory.
func ExampleApp() {
	app := migratecli.App{
		Name:    "shop-db",
		Version: "v1.4.0",
		Drivers: []drivers.Driver{sqlite.Driver},
		Sources: []migrate.Source{{FS: fstest.MapFS{
			"1_users.sql":  {Data: []byte("CREATE TABLE users (id INTEGER PRIMARY KEY);")},
			"2_orders.sql": {Data: []byte("CREATE TABLE orders (id INTEGER PRIMARY KEY);")},
		}}},
	}
	for _, args := range [][]string{{"shop-db", "version"}, {"shop-db", "migrate", "plan", "--to", "1"}} {
		code := app.Run(context.Background(), args, stdio())
		fmt.Println("exit code", int(code), code)
	}
	// Output:
	// shop-db v1.4.0
	// exit code 0 ok
	// -- main: 1 users (1_users.sql)
	// BEGIN;
	// CREATE TABLE users (id INTEGER PRIMARY KEY);
	// COMMIT;
	//
	// exit code 0 ok
}

// Whoever calls the command line from a program gets the exit code, and decides
// where the output goes.
func ExampleRun() {
	args := []string{"sqlscope", "migrate", "status", "--dir", "no/such/directory"}
	code := migratecli.Run(context.Background(), args, stdio(), sqlite.Driver)
	fmt.Println("exit code", int(code), code)
	// Output:
	// error: there is no directory no/such/directory; --dir names that of the migrations
	// see sqlscope migrate status --help
	// exit code 64 usage
}

// stdio is the standard output for everything, and a database in memory.
func stdio() migratecli.Stdio {
	return migratecli.Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stdout, Getenv: func(name string) string {
		if name == "DATABASE_URL" {
			return "sqlite://:memory:"
		}
		return ""
	}}
}
