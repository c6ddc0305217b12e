package stdvalue

import (
	"database/sql/driver"
	"math"
	"reflect"
	"strconv"
	"strings"
)

func toSigned[T int | int32 | int64](src driver.Value) (T, error) {
	t := reflect.TypeFor[T]()
	x, err := toInt64(src, t)
	if err == nil && int64(T(x)) != x {
		return 0, overflow(src, t)
	}
	return T(x), err
}

func toFloat(src driver.Value) (float64, error) {
	return toFloat64(src, reflect.TypeFor[float64]())
}

// toInt64 converts src for a variable of type t, which is named in errors.
func toInt64(src driver.Value, t reflect.Type) (int64, error) {
	switch x := src.(type) {
	case int64:
		return x, nil
	case uint64:
		if x <= math.MaxInt64 {
			return int64(x), nil
		}
		return 0, overflow(src, t)
	case float64:
		if x == math.Trunc(x) && x >= -(1<<63) && x < 1<<63 {
			return int64(x), nil
		}
		return 0, overflow(src, t)
	case string, []byte:
		n, err := strconv.ParseInt(text(x), 10, 64)
		return n, notNumber(err, src, t)
	}
	return 0, mismatch(src, t)
}

func toUint64(src driver.Value, t reflect.Type) (uint64, error) {
	switch x := src.(type) {
	case uint64:
		return x, nil
	case float64:
		if x == math.Trunc(x) && x >= 0 && x < 1<<64 {
			return uint64(x), nil
		}
		return 0, overflow(src, t)
	case string, []byte:
		n, err := strconv.ParseUint(text(x), 10, 64)
		return n, notNumber(err, src, t)
	}
	n, err := toInt64(src, t)
	if err == nil && n < 0 {
		err = overflow(src, t)
	}
	return uint64(n), err
}

func toFloat64(src driver.Value, t reflect.Type) (float64, error) {
	switch x := src.(type) {
	case float64:
		return x, nil
	case float32:
		return float64(x), nil
	case int64:
		// Above 1<<53 not every whole number has a float64.
		if f := float64(x); f < 1<<63 && int64(f) == x {
			return f, nil
		}
		return 0, overflow(src, t)
	case uint64:
		if f := float64(x); f < 1<<64 && uint64(f) == x {
			return f, nil
		}
		return 0, overflow(src, t)
	case string, []byte:
		f, err := strconv.ParseFloat(text(x), 64)
		return f, notNumber(err, src, t)
	}
	return 0, mismatch(src, t)
}

func toBool(src driver.Value) (bool, error) {
	t := reflect.TypeFor[bool]()
	switch x := src.(type) {
	case bool:
		return x, nil
	case int64:
		if x == 0 || x == 1 {
			return x == 1, nil
		}
		return false, overflow(src, t)
	case string, []byte:
		if b, err := strconv.ParseBool(text(x)); err == nil {
			return b, nil
		}
	}
	return false, mismatch(src, t)
}

// text is the trimmed text of a string or []byte.
func text(src driver.Value) string {
	if b, ok := src.([]byte); ok {
		return strings.TrimSpace(string(b))
	}
	return strings.TrimSpace(src.(string))
}
