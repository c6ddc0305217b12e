package stdvalue

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"time"
)

var errNotPointer = errors.New("the destination must be a pointer that is not nil")

// Assign converts src, a value that came from a database, into the variable that
// dest points to. When it returns an error the variable is unchanged.
//
// Numbers go into every numeric type they fit into, text into numbers if that is
// what it spells, everything but NULL into strings and []byte (which is a copy),
// text in SQLite's, MySQL's and RFC 3339's formats into time.Time (always UTC).
// NULL goes into a pointer, an any, a []byte and whatever has a Scan method that
// takes it, such as sql.Null. Named types count as what they are made of.
func Assign(dest any, src driver.Value) error {
	switch d := dest.(type) {
	case *string:
		return put(d, src, toString)
	case *int64:
		return put(d, src, toSigned[int64])
	case *int:
		return put(d, src, toSigned[int])
	case *int32:
		return put(d, src, toSigned[int32])
	case *bool:
		return put(d, src, toBool)
	case *float64:
		return put(d, src, toFloat)
	case *[]byte:
		return put(d, src, toBytes)
	case *time.Time:
		return put(d, src, toTime)
	case *any:
		return put(d, src, toAny)
	}
	return assignOther(dest, src)
}

// put stores the converted value. It is a function so that nil pointers and
// errors are handled in one place.
func put[T any](d *T, src driver.Value, convert func(driver.Value) (T, error)) error {
	if d == nil {
		return errNotPointer
	}
	v, err := convert(src)
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// assignOther is for the types that are rarer, or whose pointers nest.
func assignOther(dest any, src driver.Value) error {
	switch d := dest.(type) {
	case **string:
		return putPointer(d, src, toString)
	case **int64:
		return putPointer(d, src, toSigned[int64])
	case **int:
		return putPointer(d, src, toSigned[int])
	case **bool:
		return putPointer(d, src, toBool)
	case **float64:
		return putPointer(d, src, toFloat)
	case **time.Time:
		return putPointer(d, src, toTime)
	case *sql.NullTime, *sql.Null[time.Time]:
		return scanTime(d.(sql.Scanner), src)
	case sql.Scanner:
		return scan(d, src)
	}
	return assignReflect(dest, src)
}

func putPointer[T any](d **T, src driver.Value, convert func(driver.Value) (T, error)) error {
	if d == nil {
		return errNotPointer
	}
	if src == nil {
		*d = nil
		return nil
	}
	v, err := convert(src)
	if err != nil {
		return err
	}
	*d = &v
	return nil
}

// scanTime parses text first: database/sql's own Scan does not.
func scanTime(d sql.Scanner, src driver.Value) error {
	switch src.(type) {
	case string, []byte:
		t, err := toTime(src)
		if err != nil {
			return err
		}
		src = t
	}
	return scan(d, src)
}

func scan(d sql.Scanner, src driver.Value) error {
	if rv := reflect.ValueOf(d); rv.Kind() == reflect.Pointer && rv.IsNil() {
		return errNotPointer
	}
	if b, ok := src.([]byte); ok {
		src = bytes.Clone(b) // the Scan method may keep it
	}
	if err := d.Scan(src); err != nil {
		return fmt.Errorf("cannot scan into %T: %w", d, err)
	}
	return nil
}

func assignReflect(dest any, src driver.Value) error {
	rv := reflect.ValueOf(dest)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return errNotPointer
	}
	v := rv.Elem()
	if v.Kind() == reflect.Pointer {
		return assignPointer(v, src)
	}
	if src == nil && !takesNil(v) {
		return nullError(v.Type())
	}
	return setKind(v, src)
}

func assignPointer(v reflect.Value, src driver.Value) error {
	if src == nil {
		v.SetZero()
		return nil
	}
	fresh := reflect.New(v.Type().Elem())
	if err := Assign(fresh.Interface(), src); err != nil {
		return err
	}
	v.Set(fresh)
	return nil
}

func takesNil(v reflect.Value) bool {
	return v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8
}
