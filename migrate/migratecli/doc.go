// Package migratecli is the command line of sqlscope as a library: migrations of
// a database's schema, and a look at the database itself. cmd/sqlscope is a few
// lines on top of it, and so is the command line of whoever needs other drivers:
//
//	func main() { migratecli.Main(postgres.Driver, odbc.Driver) }
//
// A service that has its migrations inside, functions in Go among them, gives
// them along and gets the same commands for them:
//
//	migratecli.App{
//		Name:    "shop-db",
//		Drivers: []drivers.Driver{postgres.Driver},
//		Sources: []migrate.Source{{FS: files}},
//	}.Main()
//
// docs/cli.md has the commands, the exit codes and the shape of what --json
// writes.
package migratecli
