package odbc

import (
	"regexp"

	"github.com/sqlscope/sqlscope/drivers"
)

// What SQL Server's English messages name:
//
//	2627  Violation of UNIQUE KEY constraint 'uq'. Cannot insert duplicate key in object 'dbo.t'. …
//	2601  Cannot insert duplicate key row in object 'dbo.t' with unique index 'ix'. …
//	547   The INSERT statement conflicted with the FOREIGN KEY constraint "fk". The conflict occurred
//	      in database "d", table "dbo.t", column 'c'.
//	515   Cannot insert the value NULL into column 'c', table 'd.dbo.t'; column does not allow nulls. …
var (
	sqlServerCheck      = regexp.MustCompile(`CHECK constraint`)
	sqlServerConstraint = regexp.MustCompile(`(?:constraint|unique index) ['"]([^'"]+)['"]`)
	sqlServerTable      = regexp.MustCompile(`(?:object|table) ['"](?:[^'"]*\.)?([^'".]+)['"]`)
	sqlServerColumn     = regexp.MustCompile(`column '([^']+)'`)
)

func namedBySQLServer(f drivers.Fault) drivers.Fault {
	if m := sqlServerConstraint.FindStringSubmatch(f.Message); m != nil {
		f.Constraint = m[1]
	}
	if m := sqlServerTable.FindStringSubmatch(f.Message); m != nil {
		f.Table = m[1]
	}
	if m := sqlServerColumn.FindStringSubmatch(f.Message); m != nil {
		f.Column = m[1]
	}
	return f
}
