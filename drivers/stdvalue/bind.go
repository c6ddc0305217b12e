package stdvalue

import (
	"database/sql/driver"
	"fmt"
	"math"
	"reflect"
	"time"
)

// ArgumentError says which argument of a statement cannot be sent, and why.
type ArgumentError struct {
	// Number is the argument's position, from 1.
	Number int
	// Reason is what is wrong with it.
	Reason string
	// Err is the error of the argument's own Value method, if that is the reason.
	Err error
}

// Error returns the position and the reason.
func (e *ArgumentError) Error() string {
	return fmt.Sprintf("argument %d: %s", e.Number, e.Reason)
}

// Unwrap returns Err.
func (e *ArgumentError) Unwrap() error { return e.Err }

// Append converts args to driver values, numbers them from 1 and appends them to
// dst. Pointers are followed and a nil pointer is NULL; types with a Value
// method ([driver.Valuer]) speak for themselves; named types count as what they
// are made of. The error is an [*ArgumentError].
func Append(dst []driver.NamedValue, args []any) ([]driver.NamedValue, error) {
	for i, arg := range args {
		v, err := Value(arg)
		if err != nil {
			return dst, &ArgumentError{Number: i + 1, Reason: err.Error(), Err: err}
		}
		dst = append(dst, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return dst, nil
}

// Value converts one argument. The result is nil, int64, float64, bool, string,
// []byte or time.Time without a monotonic reading.
func Value(arg any) (driver.Value, error) {
	switch v := arg.(type) {
	case nil, int64, float64, bool, string:
		return v, nil
	case int:
		return int64(v), nil
	case []byte:
		if v == nil {
			return nil, nil
		}
		return v, nil
	case time.Time:
		return v.Round(0), nil
	case driver.Valuer:
		return ask(v)
	}
	return valueOf(reflect.ValueOf(arg))
}

var valuerType = reflect.TypeFor[driver.Valuer]()

// ask calls the argument's Value method. As in database/sql, a nil pointer whose
// method has a value receiver is NULL instead of a panic, see
// https://go.dev/issue/8415.
func ask(arg driver.Valuer) (driver.Value, error) {
	rv := reflect.ValueOf(arg)
	if rv.Kind() == reflect.Pointer && rv.IsNil() && rv.Type().Elem().Implements(valuerType) {
		return nil, nil
	}
	v, err := arg.Value()
	if err != nil {
		return nil, fmt.Errorf("%T: %w", arg, err)
	}
	if _, again := v.(driver.Valuer); again {
		return nil, fmt.Errorf("the Value method of %T returned a %T, which is no driver.Value",
			arg, v)
	}
	return Value(v)
}

func valueOf(rv reflect.Value) (driver.Value, error) {
	switch rv.Kind() {
	case reflect.Pointer:
		return pointee(rv)
	case reflect.Bool:
		return rv.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return rv.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return unsigned(rv)
	case reflect.Float32, reflect.Float64:
		return rv.Float(), nil
	case reflect.String:
		return rv.String(), nil
	case reflect.Slice:
		if rv.Type().Elem().Kind() == reflect.Uint8 {
			return Value(rv.Bytes())
		}
	}
	return nil, fmt.Errorf("a %s cannot be sent to the database; "+
		"use a basic type, []byte or time.Time, or give it a Value method", rv.Type())
}

// pointee is what the pointer leads to; a nil pointer is NULL.
func pointee(rv reflect.Value) (driver.Value, error) {
	if rv.IsNil() {
		return nil, nil
	}
	return Value(rv.Elem().Interface())
}

func unsigned(rv reflect.Value) (driver.Value, error) {
	if rv.Uint() > math.MaxInt64 {
		return nil, &UnsignedError{rv.Uint(), rv.Type()}
	}
	return int64(rv.Uint()), nil
}
