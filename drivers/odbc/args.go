//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"database/sql/driver"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/alexbrainman/odbc/api"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

var errNUL = errors.New("the text contains a NUL, which this database does not keep")

// convert converts the arguments of all steps, so that one that cannot be sent is
// found before anything has been done.
func (l *link) convert(steps []drivers.Step) error {
	for i := range steps {
		if strings.IndexByte(steps[i].SQL, 0) >= 0 {
			return errors.New("odbc: the statement contains a NUL")
		}
		if err := l.convertRow(steps[i].Args); err != nil {
			return err
		}
		for _, row := range steps[i].Many {
			if err := l.convertRow(row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *link) convertRow(args []any) error {
	for n, arg := range args {
		v, err := l.dialect.value(arg)
		if err != nil {
			return &stdvalue.ArgumentError{Number: n + 1, Reason: err.Error(), Err: err}
		}
		l.args = append(l.args, v)
	}
	return nil
}

// value converts an argument to nil, an int64, uint64, float64, bool, string,
// []byte or time.Time.
func (d *dialect) value(arg any) (any, error) {
	v, err := plainValue(arg)
	if err == nil && d.spell != nil {
		v, err = d.spell(v)
	}
	if s, ok := v.(string); ok && !d.keepsNUL && strings.IndexByte(s, 0) >= 0 {
		return nil, errNUL
	}
	return v, err
}

func plainValue(arg any) (driver.Value, error) {
	switch v := arg.(type) {
	case json.RawMessage:
		if v == nil {
			return nil, nil
		}
		return string(v), nil // as bytes it would be binary, which is no JSON
	case uint64:
		if v > math.MaxInt64 {
			return v, nil
		}
	case uint:
		if uint64(v) > math.MaxInt64 {
			return uint64(v), nil
		}
	}
	return stdvalue.Value(arg)
}

// parameters are a statement's arguments in C memory.
type parameters struct {
	memory memory
	list   []cParam
	sets   int // of a parameter array; 0 or 1: none
}

// set replaces the arguments.
func (p *parameters) set(args []any) { p.setRows(args, len(args)) }

// setRows replaces the arguments by those of several rows, each of a width.
func (p *parameters) setRows(args []any, width int) {
	p.memory.clear()
	p.list, p.sets = p.list[:0], max(len(args)/max(width, 1), 1)
	for c := range width {
		p.list = append(p.list, p.column(args[c:], width))
	}
}

// column writes one parameter's values, which are width arguments apart.
func (p *parameters) column(args []any, width int) cParam {
	var some any
	stride, longest := 1, 1
	for r := range p.sets {
		if v := args[r*width]; v != nil {
			some = v
			stride, longest = max(stride, sizeOf(v)), max(longest, lengthOf(v))
		}
	}
	param := describe(some, longest)
	lengths := p.memory.alloc(p.sets * lengthSize)
	values := p.memory.alloc(p.sets * stride)
	param.width, param.data, param.length = sqllen(stride), sizeT(values), sizeT(lengths)
	for r := range p.sets {
		n := p.memory.write(values+r*stride, args[r*width])
		p.memory.setLength(lengths+r*lengthSize, int64(n))
	}
	return param
}

// The layout of SQL_TIMESTAMP_STRUCT: six 16-bit numbers and the nanoseconds.
const timestampSize = 16

// sizeOf is how many bytes a value takes at most. Values of fixed size lie close
// together in an array.
func sizeOf(v any) int {
	switch v := v.(type) {
	case string:
		return 2*len(v) + 2
	case []byte:
		return len(v) + 1
	case bool:
		return 1
	case time.Time:
		return timestampSize
	}
	return 8
}

// lengthOf is the length of text and bytes.
func lengthOf(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	}
	return 1
}

// A longer text or longer bytes have the type for what is long.
const (
	longText  = 4000
	longBytes = 8000
)

// describe is how values like v are sent, of which the longest has a length. nil
// is any type's NULL.
func describe(v any, longest int) cParam {
	switch v.(type) {
	case int64:
		return cParam{ctype: api.SQL_C_SBIGINT, sqltype: api.SQL_BIGINT, size: 19}
	case uint64:
		return cParam{ctype: cUBigInt, sqltype: api.SQL_BIGINT, size: 20}
	case float64:
		return cParam{ctype: api.SQL_C_DOUBLE, sqltype: api.SQL_DOUBLE, size: 15}
	case bool:
		return cParam{ctype: api.SQL_C_BIT, sqltype: api.SQL_BIT, size: 1}
	case string:
		p := cParam{ctype: api.SQL_C_WCHAR, sqltype: api.SQL_WVARCHAR, size: sqlulen(longest)}
		if longest > longText {
			p.sqltype = api.SQL_WLONGVARCHAR
		}
		return p
	case []byte:
		p := cParam{ctype: api.SQL_C_BINARY, sqltype: api.SQL_VARBINARY, size: sqlulen(longest)}
		if longest > longBytes {
			p.sqltype = api.SQL_LONGVARBINARY
		}
		return p
	case time.Time: // with a fraction of six digits, which all have that have any
		return cParam{ctype: api.SQL_C_TYPE_TIMESTAMP, sqltype: api.SQL_TYPE_TIMESTAMP,
			size: sqlulen(len("2006-01-02 15:04:05.999999")), digits: 6}
	}
	return cParam{ctype: api.SQL_C_CHAR, sqltype: api.SQL_VARCHAR, size: 1}
}

// write writes a value and returns its length.
func (m *memory) write(at int, value any) int {
	switch v := value.(type) {
	case int64:
		return m.number(at, uint64(v))
	case uint64:
		return m.number(at, v)
	case float64:
		return m.number(at, math.Float64bits(v))
	case bool:
		m.bytes(at, 1)[0] = 0
		if v {
			m.bytes(at, 1)[0] = 1
		}
		return 1
	case string:
		return 2 * toUTF16(m.units(at, len(v)+1), v)
	case []byte:
		return copy(m.bytes(at, len(v)), v)
	case time.Time:
		return m.time(at, v)
	}
	return cNull
}

func (m *memory) number(at int, bits uint64) int {
	binary.NativeEndian.PutUint64(m.bytes(at, 8), bits)
	return 8
}

func (m *memory) time(at int, t time.Time) int {
	t = t.UTC()
	b := m.bytes(at, timestampSize)
	for i, v := range []int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second()} {
		binary.NativeEndian.PutUint16(b[2*i:], uint16(v))
	}
	binary.NativeEndian.PutUint32(b[12:], uint32(t.Nanosecond()/1000*1000))
	return timestampSize
}
