package stdvalue

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"time"
)

// setKind stores src in a variable of a named or a rarer type.
func setKind(v reflect.Value, src driver.Value) error {
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return setSigned(v, src)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return setUnsigned(v, src)
	case reflect.Float32, reflect.Float64:
		return setFloat(v, src)
	case reflect.Bool:
		return set(src, toBool, v.SetBool)
	case reflect.String:
		return set(src, toString, v.SetString)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return set(src, toBytes, v.SetBytes)
		}
	case reflect.Struct:
		if v.Type().ConvertibleTo(reflect.TypeFor[time.Time]()) {
			return set(src, toTime, func(t time.Time) {
				v.Set(reflect.ValueOf(t).Convert(v.Type()))
			})
		}
	}
	return fmt.Errorf("cannot scan %s into %s; give it a Scan method", describe(src), v.Type())
}

func set[T any](src driver.Value, convert func(driver.Value) (T, error), store func(T)) error {
	x, err := convert(src)
	return setIf(err, store, x)
}

func setIf[T any](err error, store func(T), x T) error {
	if err == nil {
		store(x)
	}
	return err
}

func setSigned(v reflect.Value, src driver.Value) error {
	x, err := toInt64(src, v.Type())
	if err == nil && v.OverflowInt(x) {
		err = overflow(src, v.Type())
	}
	return setIf(err, v.SetInt, x)
}

func setUnsigned(v reflect.Value, src driver.Value) error {
	x, err := toUint64(src, v.Type())
	if err == nil && v.OverflowUint(x) {
		err = overflow(src, v.Type())
	}
	return setIf(err, v.SetUint, x)
}

func setFloat(v reflect.Value, src driver.Value) error {
	x, err := toFloat64(src, v.Type())
	// A fraction may be rounded to the width of the variable, a whole number may not.
	_, whole := src.(int64)
	rounded := whole && v.Kind() == reflect.Float32 && float64(float32(x)) != x
	if err == nil && (rounded || v.OverflowFloat(x)) {
		err = overflow(src, v.Type())
	}
	return setIf(err, v.SetFloat, x)
}
