//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
	"unsafe"

	"github.com/alexbrainman/odbc/api"

	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

// Limits of what is bound. A longer value is read again, whole.
const (
	boundBytes = 1 << 10   // of one value
	blockBytes = 256 << 10 // of a block
	blockRows  = 1000
)

// column is how one column of a result is read.
type column struct {
	name   string
	ctype  int
	date   bool // a time without hours
	text   bool // a time that is read as text
	guid   bool // in lower case, as RFC 9562 has it
	bound  bool
	varies bool // its values differ in length

	// Where the block has it.
	data   unsafe.Pointer
	length *sqllen
	width  int
	room   int // how many bytes of a value it holds
}

// plan decides how to read a column: the type of C, and the bytes of a value.
// The size that the driver tells is a hint only: it counts characters that may
// need two units, and is made up for what has no limit.
func (d *dialect) plan(c *cColumn) column {
	col := column{name: columnName(c, d.narrow)}
	switch int(c.sqltype) {
	case api.SQL_BIT:
		col.ctype, col.width = api.SQL_C_BIT, 1
	case api.SQL_TINYINT, api.SQL_SMALLINT, api.SQL_INTEGER:
		col.ctype, col.width = api.SQL_C_SBIGINT, 8
	case api.SQL_BIGINT:
		col.ctype, col.width = api.SQL_C_SBIGINT, 8
		if c.is_unsigned != 0 {
			col.ctype = cUBigInt
		}
	case api.SQL_REAL, api.SQL_FLOAT, api.SQL_DOUBLE:
		col.ctype, col.width = api.SQL_C_DOUBLE, 8
	case api.SQL_TYPE_TIMESTAMP, api.SQL_TIMESTAMP, api.SQL_TYPE_DATE, api.SQL_DATE:
		col.date = int(c.sqltype) == api.SQL_TYPE_DATE || int(c.sqltype) == api.SQL_DATE
		col.ctype, col.width = api.SQL_C_TYPE_TIMESTAMP, timestampSize
		if d.timesAsText {
			col.text = true
			col.vary(api.SQL_C_CHAR, 64)
		}
	case api.SQL_BINARY, api.SQL_VARBINARY, api.SQL_LONGVARBINARY:
		col.vary(api.SQL_C_BINARY, int(c.size))
	case api.SQL_DECIMAL, api.SQL_NUMERIC, api.SQL_TYPE_TIME, api.SQL_TIME:
		col.vary(d.textType(), 2*(int(c.size)+40))
	case api.SQL_GUID:
		col.guid = true
		col.vary(api.SQL_C_WCHAR, 2*40)
	default: // two units for each character, or four bytes, and a NUL
		col.vary(d.textType(), 4*int(c.size)+2)
	}
	c.ctype, c.width = smallint(col.ctype), sqllen(col.width)
	col.room = col.width - nulBytes[col.ctype]
	return col
}

// textType is the type of C that text is read as.
func (d *dialect) textType() int {
	if d.utf8 {
		return api.SQL_C_CHAR
	}
	return api.SQL_C_WCHAR
}

func (c *column) vary(ctype, bytes int) {
	if bytes <= 0 || bytes > boundBytes {
		bytes = boundBytes
	}
	c.ctype, c.width, c.varies = ctype, bytes, true
}

// nulBytes is the size of the NUL behind a text.
var nulBytes = map[int]int{api.SQL_C_WCHAR: 2, api.SQL_C_CHAR: 1}

// in returns the length of a row's value in the block.
func (c *column) in(row int) int {
	return int(*(*sqllen)(unsafe.Add(unsafe.Pointer(c.length), row*lengthSize)))
}

// at is a row's value in the block.
func (c *column) at(row int) unsafe.Pointer { return unsafe.Add(c.data, row*c.width) }

// cell is one value: its bytes, which are C's or a copy.
type cell struct {
	at     unsafe.Pointer
	length int
}

func (c cell) null() bool { return c.length == cNull }

func (c cell) bytes() []byte { return unsafe.Slice((*byte)(c.at), c.length) }

func (c cell) units() []uint16 { return unsafe.Slice((*uint16)(c.at), c.length/2) }

// time reads an SQL_TIMESTAMP_STRUCT.
func (c cell) time() time.Time {
	b := unsafe.Slice((*byte)(c.at), timestampSize)
	n := func(i int) int { return int(binary.NativeEndian.Uint16(b[2*i:])) }
	year := int(int16(n(0)))
	if n(1) == 0 || n(2) == 0 { // MySQL's zero date
		return time.Time{}
	}
	return time.Date(year, time.Month(n(1)), n(2), n(3), n(4), n(5),
		int(binary.NativeEndian.Uint32(b[12:])), time.UTC)
}

// number is a value of 64 bits.
func (c cell) number() uint64 { return *(*uint64)(c.at) }

// natural returns a value as Go would have it.
func (c *column) natural(v cell) any {
	if v.null() {
		return nil
	}
	switch c.ctype {
	case api.SQL_C_SBIGINT:
		return int64(v.number())
	case cUBigInt:
		if n := v.number(); n > math.MaxInt64 {
			return n
		}
		return int64(v.number())
	case api.SQL_C_DOUBLE:
		return math.Float64frombits(v.number())
	case api.SQL_C_BIT:
		return *(*byte)(v.at) != 0
	case api.SQL_C_TYPE_TIMESTAMP:
		return v.time()
	case api.SQL_C_BINARY:
		return v.bytes()
	}
	if c.text {
		return c.parsed(v)
	}
	return c.string(v)
}

// parsed is a time that was read as text, or the text if it is none.
func (c *column) parsed(v cell) any {
	if t, ok := plainTime(v.bytes()); ok {
		return t
	}
	var t time.Time
	if text := c.string(v); stdvalue.Assign(&t, text) != nil {
		return text
	}
	return t
}

// string is a text.
func (c *column) string(v cell) string {
	switch {
	case c.guid:
		return strings.ToLower(fromUTF16(v.units()))
	case c.ctype == api.SQL_C_CHAR:
		return string(v.bytes())
	}
	return fromUTF16(v.units())
}

// spelled returns a value for a string: times as databases spell them.
func (c *column) spelled(v cell) any {
	switch {
	case v.null():
		return nil
	case c.text:
		return c.string(v)
	case c.ctype != api.SQL_C_TYPE_TIMESTAMP:
		return c.natural(v)
	case c.date:
		return v.time().Format(time.DateOnly)
	}
	return v.time().Format("2006-01-02 15:04:05.999999999")
}
