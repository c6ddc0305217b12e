package mysql

import (
	"database/sql/driver"
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// columnKind is what the bytes of a column are. The library returns bytes for
// everything that is no number and no date.
type columnKind uint8

const (
	textColumn   columnKind = iota // DECIMAL, TIME, JSON and ENUM too
	binaryColumn                   // BLOB, BINARY, GEOMETRY
	bitColumn
	dateColumn
)

func kindOfColumn(name string) columnKind {
	switch {
	case name == "BIT":
		return bitColumn
	case name == "DATE":
		return dateColumn
	case strings.HasSuffix(name, "BLOB"), strings.HasSuffix(name, "BINARY"),
		name == "GEOMETRY", name == "VECTOR":
		return binaryColumn
	}
	return textColumn
}

func (r *rows) kind(i int) columnKind {
	if r.kinds == nil {
		r.kinds = make([]columnKind, len(r.cols))
		for i := range r.kinds {
			if r.types != nil {
				r.kinds[i] = kindOfColumn(r.types.ColumnTypeDatabaseTypeName(i))
			}
		}
	}
	return r.kinds[i]
}

// natural returns a value as Go would have it: text as a string.
func (r *rows) natural(i int) driver.Value {
	b, ok := r.values[i].([]byte)
	if !ok {
		return r.values[i]
	}
	switch r.kind(i) {
	case binaryColumn:
		return b
	case bitColumn:
		return bits(b)
	}
	return string(b)
}

// unpacked returns a value for a variable that is no text: a BIT is a number.
func (r *rows) unpacked(i int) driver.Value {
	if b, ok := r.values[i].([]byte); ok && len(b) <= 8 && r.kind(i) == bitColumn {
		return bits(b)
	}
	return r.values[i]
}

// bits is a number in big-endian order.
func bits(b []byte) driver.Value {
	var wide [8]byte
	copy(wide[max(0, 8-len(b)):], b)
	n := binary.BigEndian.Uint64(wide[:])
	if n > math.MaxInt64 {
		return n
	}
	return int64(n)
}

// spelled returns a value for a string: times as the server spells them.
func (r *rows) spelled(i int) driver.Value {
	t, ok := r.values[i].(time.Time)
	switch {
	case !ok:
		return r.unpacked(i)
	case t.IsZero() && r.kind(i) == dateColumn:
		return "0000-00-00"
	case t.IsZero():
		return "0000-00-00 00:00:00"
	case r.kind(i) == dateColumn:
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02 15:04:05.999999")
}
