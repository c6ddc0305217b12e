package sqlite

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// handle is SQLite's own handle of a connection, a sqlite3*.
//
// modernc's driver has no way to interrupt a query between two rows, none to let
// a context end a wait for a lock, and none to ask whether a transaction is
// open; modernc.org/sqlite/lib has all three, given the handle. The handle is
// read from an unexported field by reflection, which is memory-safe: should the
// field ever move, connecting fails with a sentence that says so, and so do all
// tests of this package.
type handle struct {
	db  uintptr
	tls *libc.TLS // for calls from the goroutine that uses the connection
}

func handleOf(c driver.Conn) (handle, error) {
	db, err := pointerField(c, "db")
	if err != nil {
		return handle{}, err
	}
	return handle{db: db, tls: libc.NewTLS()}, nil
}

// pointerField reads a field of modernc's that holds a C pointer.
func pointerField(of any, name string) (uintptr, error) {
	v := reflect.Indirect(reflect.ValueOf(of))
	if v.Kind() == reflect.Struct {
		if f := v.FieldByName(name); f.IsValid() && f.Kind() == reflect.Uintptr {
			return uintptr(f.Uint()), nil
		}
	}
	return 0, fmt.Errorf("sqlite: %T of this version of modernc.org/sqlite has no handle "+
		"in field %s; use the version in sqlscope's go.mod", of, name)
}

// interrupt is the only method that may be called from any goroutine, as long as
// the connection is open: https://www.sqlite.org/c3ref/interrupt.html.
func (h handle) interrupt() {
	tls := libc.NewTLS()
	lib.Xsqlite3_interrupt(tls, h.db)
	tls.Close()
}

// inTransaction asks SQLite, so it is right after automatic rollbacks and after
// BEGIN or COMMIT in the text of a statement as well.
func (h handle) inTransaction() bool { return lib.Xsqlite3_get_autocommit(h.tls, h.db) == 0 }

// totalChanges counts changed rows since the connection was opened.
func (h handle) totalChanges() int64 { return lib.Xsqlite3_total_changes64(h.tls, h.db) }

// counts returns the number of parameters and of columns of a statement.
func (h handle) counts(pstmt uintptr) (params, columns int) {
	return int(lib.Xsqlite3_bind_parameter_count(h.tls, pstmt)),
		int(lib.Xsqlite3_column_count(h.tls, pstmt))
}

// onBusy has SQLite ask for another try whenever a lock is taken.
func (h handle) onBusy() {
	lib.Xsqlite3_busy_handler(h.tls, h.db, busyCallback, h.db)
}

// busyCallback is the C function pointer of [askWaiter], in the representation
// of function values that modernc's translated C expects, see cFuncPointer in
// modernc.org/sqlite and https://go.dev/s/go11func.
var busyCallback = *(*uintptr)(unsafe.Pointer(&struct {
	f func(*libc.TLS, uintptr, int32) int32
}{askWaiter}))

func (h handle) close() { h.tls.Close() }

// errorText is SQLite's general text for a result code.
func errorText(code int) string {
	tls := libc.NewTLS()
	defer tls.Close()
	return libc.GoString(lib.Xsqlite3_errstr(tls, int32(code)))
}
