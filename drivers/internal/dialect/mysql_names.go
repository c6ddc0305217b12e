package dialect

import (
	"regexp"

	"github.com/sqlscope/sqlscope/drivers"
)

// What the messages name. English only: lc_messages of another language leaves
// the names empty. The servers write
//
//	1062  Duplicate entry '7' for key 'uq'           MariaDB, MySQL before 8.0.19
//	1062  Duplicate entry '7' for key 't.uq'         MySQL
//	1452  … fails (`db`.`t`, CONSTRAINT `fk` FOREIGN KEY (`c`) REFERENCES `p` (`id`))
//	1048  Column 'c' cannot be null
//	1364  Field 'c' doesn't have a default value
//	3819  Check constraint 'ck' is violated.          MySQL
//	4025  CONSTRAINT `ck` failed for `db`.`t`         MariaDB; `t`.`c` for a column's own
//	1264  Out of range value for column 'c' at row 1
//	1366  Incorrect string value: '…' for column `db`.`t`.`c` at row 1   MariaDB
var (
	duplicateKey = regexp.MustCompile(`for key '(?:([^'.]+)\.)?([^'.]+)'$`)
	foreignTable = regexp.MustCompile("\\(`[^`]*`\\.`([^`]+)`, CONSTRAINT `([^`]+)`")
	quotedColumn = regexp.MustCompile(`(?i)(?:column|field) '([^']+)'`)
	fullColumn   = regexp.MustCompile("column `[^`]*`\\.`([^`]+)`\\.`([^`]+)`")
	checkMySQL   = regexp.MustCompile(`constraint '([^']+)' is violated`)
	checkMariaDB = regexp.MustCompile("CONSTRAINT `([^`]+)` failed for `[^`]*`\\.`([^`]+)`")
)

// MySQLNames fills in what a message names.
func MySQLNames(f drivers.Fault, number int) drivers.Fault {
	switch f.Kind {
	case drivers.KindUnique:
		if m := duplicateKey.FindStringSubmatch(f.Message); m != nil {
			f.Table, f.Constraint = m[1], m[2]
		}
	case drivers.KindForeignKey:
		if m := foreignTable.FindStringSubmatch(f.Message); m != nil {
			f.Table, f.Constraint = m[1], m[2]
		}
	case drivers.KindNotNull, drivers.KindData:
		if m := quotedColumn.FindStringSubmatch(f.Message); m != nil {
			f.Column = m[1]
		} else if m := fullColumn.FindStringSubmatch(f.Message); m != nil {
			f.Table, f.Column = m[1], m[2]
		}
	case drivers.KindCheck:
		return namedCheck(f, number)
	}
	return f
}

func namedCheck(f drivers.Fault, number int) drivers.Fault {
	if number == 3819 {
		if m := checkMySQL.FindStringSubmatch(f.Message); m != nil {
			f.Constraint = m[1]
		}
		return f
	}
	if m := checkMariaDB.FindStringSubmatch(f.Message); m != nil {
		f.Constraint, f.Table = m[1], m[2]
	}
	return f
}
