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
		for n, arg := range steps[i].Args {
			v, err := l.dialect.value(arg)
			if err != nil {
				return &stdvalue.ArgumentError{Number: n + 1, Reason: err.Error(), Err: err}
			}
			l.args = append(l.args, v)
		}
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

// A longer text or longer bytes have the type for what is long.
const (
	longText  = 4000
	longBytes = 8000
)

// set replaces the arguments.
func (p *parameters) set(args []any) {
	p.memory.clear()
	p.list, p.sets = p.list[:0], 1
	for _, arg := range args {
		length := p.memory.alloc(lengthSize)
		param, n := p.put(arg)
		param.length = sizeT(length)
		p.memory.setLength(length, n)
		p.list = append(p.list, param)
	}
}

// put writes one argument and returns its description and its length.
func (p *parameters) put(arg any) (cParam, int64) {
	switch v := arg.(type) {
	case int64:
		return p.fixed(api.SQL_C_SBIGINT, api.SQL_BIGINT, 19, uint64(v))
	case uint64:
		return p.fixed(cUBigInt, api.SQL_BIGINT, 20, v)
	case float64:
		return p.fixed(api.SQL_C_DOUBLE, api.SQL_DOUBLE, 15, math.Float64bits(v))
	case bool:
		if v {
			return p.fixed(api.SQL_C_BIT, api.SQL_BIT, 1, 1)
		}
		return p.fixed(api.SQL_C_BIT, api.SQL_BIT, 1, 0)
	case string:
		return p.text(v)
	case []byte:
		return p.binary(v)
	case time.Time:
		return p.time(v)
	}
	return cParam{ctype: api.SQL_C_CHAR, sqltype: api.SQL_VARCHAR, size: 1}, cNull
}

// fixed is a value of at most 8 bytes.
func (p *parameters) fixed(ctype, sqltype smallint, size sqlulen, bits uint64) (cParam, int64) {
	at := p.memory.alloc(8)
	binary.NativeEndian.PutUint64(p.memory.bytes(at, 8), bits)
	return cParam{ctype: ctype, sqltype: sqltype, size: size, width: 8, data: sizeT(at)}, 8
}

func (p *parameters) text(s string) (cParam, int64) {
	at := p.memory.alloc(2*len(s) + 2)
	n := toUTF16(p.memory.units(at, len(s)+1), s)
	sqltype := smallint(api.SQL_WVARCHAR)
	if n > longText {
		sqltype = api.SQL_WLONGVARCHAR
	}
	return cParam{ctype: api.SQL_C_WCHAR, sqltype: sqltype, size: sqlulen(max(n, 1)), width: sqllen(2 * n),
		data: sizeT(at)}, int64(2 * n)
}

func (p *parameters) binary(b []byte) (cParam, int64) {
	at := p.memory.alloc(len(b) + 1)
	copy(p.memory.bytes(at, len(b)), b)
	sqltype := smallint(api.SQL_VARBINARY)
	if len(b) > longBytes {
		sqltype = api.SQL_LONGVARBINARY
	}
	return cParam{ctype: api.SQL_C_BINARY, sqltype: sqltype, size: sqlulen(max(len(b), 1)),
		width: sqllen(len(b)), data: sizeT(at)}, int64(len(b))
}

// The layout of SQL_TIMESTAMP_STRUCT: six 16-bit numbers and the nanoseconds.
const timestampSize = 16

// time is for databases that have no text of their own for times. Their fractions
// have six digits at least.
func (p *parameters) time(t time.Time) (cParam, int64) {
	t = t.UTC()
	at := p.memory.alloc(timestampSize)
	b := p.memory.bytes(at, timestampSize)
	for i, v := range []int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second()} {
		binary.NativeEndian.PutUint16(b[2*i:], uint16(v))
	}
	micro := t.Nanosecond() / 1000
	binary.NativeEndian.PutUint32(b[12:], uint32(1000*micro))
	return cParam{ctype: api.SQL_C_TYPE_TIMESTAMP, sqltype: api.SQL_TYPE_TIMESTAMP,
		size: sqlulen(len("2006-01-02 15:04:05.999999")), digits: 6, width: timestampSize, data: sizeT(at)}, timestampSize
}
