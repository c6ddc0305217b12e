// Sqlscope-odbc is sqlscope with one driver more: every database that has an ODBC
// driver, beside the three that sqlscope knows by itself. It needs cgo and
// unixODBC.
//
//	sqlscope-odbc migrate up --database "odbc:Driver={ODBC Driver 18 for SQL Server};Server=…"
package main

import (
	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/drivers/odbc"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/migrate/migratecli"
)

func app() migratecli.App {
	return migratecli.App{Name: "sqlscope-odbc",
		Drivers: []drivers.Driver{odbc.Driver, postgres.Driver, mysql.Driver, sqlite.Driver}}
}

func main() { app().Main() }
