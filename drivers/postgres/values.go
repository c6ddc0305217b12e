package postgres

import (
	sqldriver "database/sql/driver"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/sqlscope/sqlscope/drivers"
)

// valueReader makes a sqldriver.Value of a column that is not NULL.
type valueReader func(src []byte) (sqldriver.Value, error)

// ReadValues implements [drivers.ValueReader]. The values are those of
// pgx/stdlib: numbers, bool, time.Time, []byte for bytea, JSON and XML, and the
// text of everything else.
func (r *rows) ReadValues(dest []sqldriver.Value) error {
	if !r.isOpen() || r.ahead {
		return errNoRow
	}
	st := r.statement
	if st.readers == nil {
		st.readers = make([]valueReader, len(r.fields))
		for i := range r.fields {
			st.readers[i] = r.c.valueReader(&r.fields[i])
		}
	}
	for i, raw := range r.values {
		dest[i] = nil
		if raw == nil {
			continue
		}
		var err error
		if dest[i], err = st.readers[i](raw); err != nil {
			return scanError(i, r.columns[i], err)
		}
	}
	return nil
}

func (c *conn) valueReader(f *pgconn.FieldDescription) valueReader {
	switch f.DataTypeOID {
	case pgtype.BoolOID:
		return readAs(c.types, f, func(v *bool) (sqldriver.Value, error) { return *v, nil })
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		return readAs(c.types, f, func(v *int64) (sqldriver.Value, error) { return *v, nil })
	case pgtype.CIDOID, pgtype.OIDOID, pgtype.XIDOID:
		return readAs(c.types, f, func(v *uint32) (sqldriver.Value, error) { return int64(*v), nil })
	case pgtype.Float4OID:
		return readAs(c.types, f, func(v *float32) (sqldriver.Value, error) { return float64(*v), nil })
	case pgtype.Float8OID:
		return readAs(c.types, f, func(v *float64) (sqldriver.Value, error) { return *v, nil })
	case pgtype.DateOID:
		return readAs(c.types, f, func(v *pgtype.Date) (sqldriver.Value, error) { return v.Value() })
	case pgtype.TimestampOID:
		return readAs(c.types, f, func(v *pgtype.Timestamp) (sqldriver.Value, error) { return v.Value() })
	case pgtype.TimestamptzOID:
		return readAs(c.types, f, func(v *pgtype.Timestamptz) (sqldriver.Value, error) { return v.Value() })
	case pgtype.ByteaOID, pgtype.JSONOID, pgtype.JSONBOID, pgtype.XMLOID:
		return readAs(c.types, f, func(v *[]byte) (sqldriver.Value, error) { return *v, nil })
	}
	return c.textReader(f)
}

// readAs reads a column through a variable of type T.
func readAs[T any](types *pgtype.Map, f *pgconn.FieldDescription,
	value func(*T) (sqldriver.Value, error)) valueReader {
	v := new(T)
	plan := types.PlanScan(f.DataTypeOID, f.Format, v)
	return func(src []byte) (sqldriver.Value, error) {
		if err := plan.Scan(src, v); err != nil {
			return nil, err
		}
		return value(v)
	}
}

// textReader reads a column as text. What came in binary is spelled by pgx.
func (c *conn) textReader(f *pgconn.FieldDescription) valueReader {
	oid, format := f.DataTypeOID, f.Format
	if format == pgtype.TextFormatCode {
		return func(src []byte) (sqldriver.Value, error) { return string(src), nil }
	}
	t, ok := c.types.TypeForOID(oid)
	if !ok {
		return func(src []byte) (sqldriver.Value, error) { return append([]byte(nil), src...), nil }
	}
	return func(src []byte) (sqldriver.Value, error) {
		v, err := t.Codec.DecodeValue(c.types, oid, format, src)
		if err != nil {
			return nil, err
		}
		if text, ok := v.(string); ok {
			return text, nil
		}
		text, err := c.types.Encode(oid, pgtype.TextFormatCode, v, nil)
		return string(text), err
	}
}

// modifierSize is what the type modifier counts too much.
const modifierSize = 4

// ColumnType implements [drivers.ColumnTyper].
func (r *rows) ColumnType(i int) drivers.ColumnType {
	f := &r.fields[i]
	ct := drivers.ColumnType{Name: strconv.FormatUint(uint64(f.DataTypeOID), 10),
		Scan: scanType(f.DataTypeOID)}
	if t, ok := r.c.types.TypeForOID(f.DataTypeOID); ok {
		ct.Name = strings.ToUpper(t.Name)
	}
	mod := int64(f.TypeModifier)
	switch f.DataTypeOID {
	case pgtype.TextOID, pgtype.ByteaOID:
		ct.Length, ct.HasLength = math.MaxInt64, true
	case pgtype.VarcharOID, pgtype.BPCharOID:
		if ct.Length, ct.HasLength = mod-modifierSize, true; mod < 0 {
			ct.Length = math.MaxInt64
		}
	case pgtype.NumericOID:
		if ct.HasDecimal = mod >= 0; ct.HasDecimal {
			ct.Precision, ct.Scale = (mod-modifierSize)>>16&0xffff, (mod-modifierSize)&0xffff
		}
	}
	return ct
}

func scanType(oid uint32) reflect.Type {
	switch oid {
	case pgtype.Float8OID, pgtype.NumericOID:
		return reflect.TypeFor[float64]()
	case pgtype.Float4OID:
		return reflect.TypeFor[float32]()
	case pgtype.Int8OID:
		return reflect.TypeFor[int64]()
	case pgtype.Int4OID:
		return reflect.TypeFor[int32]()
	case pgtype.Int2OID:
		return reflect.TypeFor[int16]()
	case pgtype.BoolOID:
		return reflect.TypeFor[bool]()
	case pgtype.DateOID, pgtype.TimestampOID, pgtype.TimestamptzOID:
		return reflect.TypeFor[time.Time]()
	case pgtype.ByteaOID:
		return reflect.TypeFor[[]byte]()
	}
	return reflect.TypeFor[string]()
}
