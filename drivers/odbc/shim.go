//go:build cgo && (darwin || freebsd || linux)

package odbc

/*
#cgo darwin CFLAGS: -I/usr/local/opt/unixodbc/include -I/opt/homebrew/opt/unixodbc/include
#cgo darwin LDFLAGS: -L/usr/local/opt/unixodbc/lib -L/opt/homebrew/opt/unixodbc/lib
#cgo freebsd CFLAGS: -I/usr/local/include
#cgo freebsd LDFLAGS: -L/usr/local/lib
#cgo LDFLAGS: -lodbc -lodbcinst -lpthread
#include "shim.h"
*/
import "C"

import (
	"unsafe"

	"github.com/alexbrainman/odbc/api"

	_ "github.com/sqlscope/sqlscope/drivers/odbc/internal/headers" // says what is missing
)

// This is the only file that talks to C. What package api has is called there.

type (
	cParam  = C.ss_param
	cColumn = C.ss_column
)

// Types that package api does not name.
const (
	cUBigInt   = C.SQL_C_UBIGINT
	cDate      = C.SQL_C_TYPE_DATE
	cNull      = C.SQL_NULL_DATA
	cNoTotal   = C.SQL_NO_TOTAL
	lengthSize = int(unsafe.Sizeof(C.SQLLEN(0)))
)

func succeeded(r api.SQLRETURN) bool {
	return r == api.SQL_SUCCESS || r == api.SQL_SUCCESS_WITH_INFO
}

// statement is a statement handle with its memory.
type statement struct{ c *C.ss_stmt }

func newStatement(h, aside api.SQLHSTMT, dbc api.SQLHDBC, d *dialect) *statement {
	s := &statement{C.ss_new(C.SQLHSTMT(unsafe.Pointer(h)), C.SQLHSTMT(unsafe.Pointer(aside)),
		C.SQLHDBC(unsafe.Pointer(dbc)))}
	s.c.ask_unsigned, s.c.narrow, s.c.fresh = flag(!d.signed), flag(d.narrow), flag(d.preparesFresh)
	return s
}

// handle is the statement's handle at the moment.
func (s *statement) handle() api.SQLHSTMT { return api.SQLHSTMT(unsafe.Pointer(s.c.handle)) }

func flag(on bool) C.int {
	if on {
		return 1
	}
	return 0
}

// cancel cancels what runs. It may be called while another thread does any of
// the rest but free.
func (s *statement) cancel() { C.ss_cancel(s.c) }

// calm keeps cancel away until the function that it returns is called.
func (s *statement) calm() (end func()) {
	C.ss_calm(s.c)
	return func() { C.ss_end_calm(s.c) }
}

func (s *statement) free() { C.ss_free(s.c) }

// sqlText is a statement as the driver takes it: UTF-16 or, for a driver without
// wide functions, bytes; a NUL is behind it.
type sqlText struct {
	units  []uint16
	bytes  []byte
	single bool // it has one result
}

func (t *sqlText) set(d *dialect, text string) {
	t.single = d.several != nil && !d.several(text)
	if d.narrow {
		t.bytes = append(append(t.bytes[:0], text...), 0)
		return
	}
	t.units = toUTF16NUL(t.units, text)
}

func (t *sqlText) pointer() (unsafe.Pointer, C.SQLINTEGER) {
	if t.bytes != nil {
		return unsafe.Pointer(&t.bytes[0]), C.SQLINTEGER(len(t.bytes) - 1)
	}
	return unsafe.Pointer(&t.units[0]), C.SQLINTEGER(len(t.units) - 1)
}

// execute runs a statement with its parameters, sets of them.
func (s *statement) execute(sql *sqlText, p *parameters, askNulls bool) api.SQLRETURN {
	var first *C.ss_param
	if len(p.list) > 0 {
		first = &p.list[0]
	}
	text, length := sql.pointer()
	s.c.single = flag(sql.single)
	return api.SQLRETURN(C.ss_execute(s.c, text, length, first, C.int(len(p.list)), (*C.char)(p.memory.base),
		C.SQLULEN(max(p.sets, 1)), flag(askNulls)))
}

func (s *statement) bind(rows int) api.SQLRETURN {
	return api.SQLRETURN(C.ss_bind(s.c, C.SQLULEN(rows)))
}

func (s *statement) fetch() api.SQLRETURN { return api.SQLRETURN(C.ss_fetch(s.c)) }

func (s *statement) drain() api.SQLRETURN { return api.SQLRETURN(C.ss_drain(s.c)) }

func (s *statement) close() { C.ss_close(s.c) }

// value reads one value of the block whole. The bytes are C's and valid until
// the next call.
func (s *statement) value(row, column int) ([]byte, bool, api.SQLRETURN) {
	r := C.ss_value(s.c, C.SQLULEN(row), C.int(column))
	if s.c.value_length == C.SQL_NULL_DATA {
		return nil, true, api.SQLRETURN(r)
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(s.c.value)), int(s.c.value_length)), false, api.SQLRETURN(r)
}

// columns are those of the result, none for a statement without one.
func (s *statement) columns() []cColumn {
	if s.c.columns == 0 {
		return nil
	}
	return unsafe.Slice(s.c.column, int(s.c.columns))
}

func (s *statement) affected() int64 { return max(int64(s.c.affected), 0) }

// fetched is the number of rows in the block, array what it holds at most.
func (s *statement) fetched() int { return int(s.c.fetched) }
func (s *statement) array() int   { return int(s.c.array) }

// columnName is the name that the database gave.
func columnName(c *cColumn, narrow bool) string {
	if narrow {
		return string(unsafe.Slice((*byte)(unsafe.Pointer(&c.name[0])), min(int(c.name_length), 2*len(c.name)-1)))
	}
	return fromUTF16(unsafe.Slice((*uint16)(unsafe.Pointer(&c.name[0])), min(int(c.name_length), len(c.name)-1)))
}

// memory is C memory that grows. What lies in it is known by its place, since it
// moves when it grows.
type memory struct {
	base unsafe.Pointer
	room int
	used int
}

// alloc makes room for n bytes, aligned for every type.
func (m *memory) alloc(n int) (at int) {
	at = (m.used + 7) &^ 7
	if at+n > m.room {
		m.room = max(2*m.room, at+n, 4096)
		m.base = C.realloc(m.base, C.size_t(m.room))
		if m.base == nil {
			panic("odbc: out of memory")
		}
	}
	m.used = at + n
	return at
}

func (m *memory) bytes(at, n int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(m.base, at)), n)
}

func (m *memory) units(at, n int) []uint16 {
	return unsafe.Slice((*uint16)(unsafe.Add(m.base, at)), n)
}

func (m *memory) setLength(at int, v int64) { *(*C.SQLLEN)(unsafe.Add(m.base, at)) = C.SQLLEN(v) }

// keep is what memory may keep between statements.
const keep = 1 << 20

// clear forgets what is in the memory, and gives back what is large.
func (m *memory) clear() {
	m.used = 0
	if m.room > keep {
		m.free()
	}
}

func (m *memory) free() {
	C.free(m.base)
	*m = memory{}
}

func setConnectAttr(h api.SQLHDBC, attribute int, value uint) api.SQLRETURN {
	return api.SQLRETURN(C.ss_set_connect(C.SQLHDBC(unsafe.Pointer(h)), C.SQLINTEGER(attribute), C.SQLULEN(value)))
}

// The attributes and questions of connections that the driver uses.
const (
	attrAutocommit   = C.SQL_ATTR_AUTOCOMMIT
	attrIsolation    = C.SQL_ATTR_TXN_ISOLATION
	attrLoginTimeout = C.SQL_ATTR_LOGIN_TIMEOUT
	attrDead         = C.SQL_ATTR_CONNECTION_DEAD

	infoDBMS         = C.SQL_DBMS_NAME
	infoDriver       = C.SQL_DRIVER_NAME
	infoVersion      = C.SQL_DBMS_VER
	infoTxn          = C.SQL_TXN_CAPABLE
	infoLevels       = C.SQL_TXN_ISOLATION_OPTION
	infoDefaultLevel = C.SQL_DEFAULT_TXN_ISOLATION
	infoGetData      = C.SQL_GETDATA_EXTENSIONS
	getDataAny       = C.SQL_GD_ANY_COLUMN
	getDataBound     = C.SQL_GD_BOUND
	getDataBlock     = C.SQL_GD_BLOCK
	readUncommitted  = C.SQL_TXN_READ_UNCOMMITTED
	readCommitted    = C.SQL_TXN_READ_COMMITTED
	repeatableRead   = C.SQL_TXN_REPEATABLE_READ
	serializable     = C.SQL_TXN_SERIALIZABLE
)

// isDead reports whether the driver knows that the connection is gone. It does
// not ask the server.
func isDead(h api.SQLHDBC) bool {
	var v C.SQLUINTEGER
	r := C.ss_get_connect(C.SQLHDBC(unsafe.Pointer(h)), attrDead, &v)
	return succeeded(api.SQLRETURN(r)) && v == C.SQL_CD_TRUE
}

func infoText(h api.SQLHDBC, question int) string {
	var text [256]uint16
	var bytes C.SQLSMALLINT
	r := C.ss_info_text(C.SQLHDBC(unsafe.Pointer(h)), C.SQLUSMALLINT(question),
		(*C.SQLWCHAR)(unsafe.Pointer(&text[0])), C.SQLSMALLINT(2*len(text)), &bytes)
	if !succeeded(api.SQLRETURN(r)) {
		return ""
	}
	return fromUTF16(text[:min(max(int(bytes)/2, 0), len(text)-1)])
}

func infoNumber(h api.SQLHDBC, question int) uint32 {
	var v C.SQLUINTEGER
	if r := C.ss_info_number(C.SQLHDBC(unsafe.Pointer(h)), C.SQLUSMALLINT(question), &v); !succeeded(api.SQLRETURN(r)) {
		return 0
	}
	return uint32(v)
}

func infoShort(h api.SQLHDBC, question int) uint16 {
	var v C.SQLUSMALLINT
	if r := C.ss_info_short(C.SQLHDBC(unsafe.Pointer(h)), C.SQLUSMALLINT(question), &v); !succeeded(api.SQLRETURN(r)) {
		return 0
	}
	return uint16(v)
}

// connectNarrow is SQLDriverConnect for a driver without wide functions.
func connectNarrow(h api.SQLHDBC, text string) api.SQLRETURN {
	t := C.CString(text)
	defer C.free(unsafe.Pointer(t))
	return api.SQLRETURN(C.ss_connect_narrow(C.SQLHDBC(unsafe.Pointer(h)), t))
}

// profile reads a setting of the driver manager's files, odbcinst.ini and
// odbc.ini.
func profile(section, key, file string) string {
	names := [3]*C.char{C.CString(section), C.CString(key), C.CString(file)}
	empty := C.CString("")
	var value [1024]C.char
	C.SQLGetPrivateProfileString(names[0], names[1], empty, &value[0], C.int(len(value)), names[2])
	for _, s := range append(names[:], empty) {
		C.free(unsafe.Pointer(s))
	}
	return C.GoString(&value[0])
}

// readFileDSN reads a file data source, as a connection string; "" if it cannot be
// read.
func readFileDSN(file string) string {
	name, section := C.CString(file), C.CString("ODBC")
	defer C.free(unsafe.Pointer(name))
	defer C.free(unsafe.Pointer(section))
	var text [4096]C.char
	if C.SQLReadFileDSN(name, section, nil, &text[0], C.WORD(len(text)), nil) == 0 {
		return ""
	}
	return C.GoString(&text[0])
}

// C's types under names that the other files can use.
type (
	smallint = C.SQLSMALLINT
	sqllen   = C.SQLLEN
	sqlulen  = C.SQLULEN
	sizeT    = C.size_t
)
