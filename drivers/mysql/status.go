package mysql

import (
	"fmt"
	"reflect"
)

// The server's status flags, which come with every OK and every end of rows. See
// https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html
const (
	statusInTransaction = 1 << 0 // a transaction has begun, by itself or by statement
	statusAutocommit    = 1 << 1
)

// status reads the flags that the server sent last.
//
// The library keeps them in an unexported field and has no way to ask. They are
// read by reflection, which is memory-safe: should the field ever move,
// connecting fails with a sentence that says so, and so do all tests of this
// package. Without them nobody can tell whether CALL has committed, and the
// state of a transaction would be a guess after every error.
type status struct{ field reflect.Value }

func statusOf(n native) (status, error) {
	v := reflect.Indirect(reflect.ValueOf(n))
	if v.Kind() == reflect.Struct {
		if f := v.FieldByName("status"); f.IsValid() && f.Kind() == reflect.Uint16 {
			return status{f}, nil
		}
	}
	return status{}, fmt.Errorf("mysql: %T of this version of github.com/go-sql-driver/mysql has "+
		"no status flags in field status; use the version in sqlscope's go.mod", n)
}

func (s status) has(flag uint64) bool { return s.field.Uint()&flag != 0 }
