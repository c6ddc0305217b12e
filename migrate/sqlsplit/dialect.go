package sqlsplit

import (
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
)

// Dialect says by whose rules a text is read.
type Dialect uint8

// The dialects. MariaDB is MySQL.
const (
	// Generic knows what standard SQL says, stored programs included.
	Generic Dialect = iota
	Postgres
	MySQL
	SQLite
	SQLServer
	Oracle
)

var dialectNames = [...]string{"generic", "postgres", "mysql", "sqlite", "sqlserver", "oracle"}

// String is the dialect's name in lower case.
func (d Dialect) String() string {
	if int(d) < len(dialectNames) {
		return dialectNames[d]
	}
	return "unknown"
}

// dialectWords are found in the names of drivers, of URL schemes, and of the
// products that ODBC drivers report.
var dialectWords = []struct {
	word    string
	dialect Dialect
}{
	{"postgres", Postgres}, {"pgx", Postgres}, {"cockroach", Postgres}, {"redshift", Postgres},
	{"mysql", MySQL}, {"maria", MySQL}, {"tidb", MySQL}, {"sqlite", SQLite},
	{"sqlserver", SQLServer}, {"sql server", SQLServer}, {"mssql", SQLServer}, {"oracle", Oracle},
}

// DialectOf returns the dialect of a driver, a URL scheme or a product by its
// name, letter case aside: "postgres", "mariadb", "Microsoft SQL Server". A name
// that it does not know is [Generic].
func DialectOf(name string) Dialect {
	name = strings.ToLower(name)
	for _, w := range dialectWords {
		if strings.Contains(name, w.word) {
			return w.dialect
		}
	}
	return Generic
}

// Lexical are the dialect's rules for tokens.
func (d Dialect) Lexical() *drivers.Lexical { return &lexicals[min(int(d), len(lexicals)-1)] }

var lexicals = [...]drivers.Lexical{
	Generic: {},
	Postgres: {Placeholder: drivers.Dollar, DollarQuotes: true, EscapeStrings: true,
		NestedComments: true},
	MySQL:     {BackslashEscapes: true, Backticks: true, HashComments: true, DashSpace: true},
	SQLite:    {Backticks: true, Brackets: true},
	SQLServer: {Brackets: true, NestedComments: true},
	Oracle:    {ChosenQuotes: true},
}
