// Sqlscope migrates the schemas of databases and looks at what may bite there.
// docs/cli.md has its commands; migrate/migratecli is all of it.
package main

import (
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/migrate/migratecli"
)

func main() { migratecli.Main(postgres.Driver, mysql.Driver, sqlite.Driver) }
