package fakedriver

import (
	"database/sql"
	"fmt"
	"reflect"
	"time"
)

// scan stores a value of the store in what dest points to. A NULL fits only a
// pointer, a Scanner, []byte and any.
func scan(dest, v any) error {
	switch d := dest.(type) {
	case sql.Scanner:
		return d.Scan(v)
	case *any:
		*d = v
		return nil
	case *[]byte:
		return scanBytes(d, v)
	case *string:
		return scanInto(d, v)
	case *bool:
		return scanInto(d, v)
	case *time.Time:
		return scanInto(d, v)
	case *int64:
		return scanInto(d, v)
	case *int:
		return scanInto(d, v)
	case *float64:
		return scanInto(d, v)
	}
	return scanReflect(reflect.ValueOf(dest), v)
}

// scanInto leaves the conversion to database/sql, which is strict.
func scanInto[T any](dest *T, v any) error {
	var null sql.Null[T]
	if err := null.Scan(v); err != nil {
		return err
	}
	if !null.Valid {
		return fmt.Errorf("NULL does not fit %T", *dest)
	}
	*dest = null.V
	return nil
}

func scanBytes(dest *[]byte, v any) error {
	switch v := v.(type) {
	case nil:
		*dest = nil
	case []byte:
		*dest = append([]byte{}, v...)
	case string:
		*dest = []byte(v)
	default:
		return fmt.Errorf("%T does not fit []byte", v)
	}
	return nil
}

// scanReflect fills pointers to pointers and numbers of other sizes.
func scanReflect(dest reflect.Value, v any) error {
	if dest.Kind() != reflect.Pointer || dest.IsNil() {
		return fmt.Errorf("%v is no pointer", dest.Type())
	}
	elem := dest.Elem()
	switch elem.Kind() {
	case reflect.Pointer:
		return scanPointer(elem, v)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int, reflect.Int64:
		return scanNumber(elem, v, elem.OverflowInt, elem.SetInt)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint, reflect.Uint64:
		return scanNumber(elem, v, elem.OverflowUint, elem.SetUint)
	case reflect.Float32, reflect.Float64:
		return scanNumber(elem, v, elem.OverflowFloat, elem.SetFloat)
	case reflect.String:
		return scanNumber(elem, v, func(string) bool { return false }, elem.SetString)
	}
	return fmt.Errorf("%T does not fit %v", v, elem.Type())
}

// scanPointer makes the pointer lead to a new variable, or nowhere for NULL.
func scanPointer(elem reflect.Value, v any) error {
	if v == nil {
		elem.SetZero()
		return nil
	}
	elem.Set(reflect.New(elem.Type().Elem()))
	return scan(elem.Interface(), v)
}

func scanNumber[N any](elem reflect.Value, v any, over func(N) bool, set func(N)) error {
	var n N
	if err := scanInto(&n, v); err != nil {
		return err
	}
	if over(n) {
		return fmt.Errorf("%v does not fit %v", v, elem.Type())
	}
	set(n)
	return nil
}
