package fakedriver

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// bind turns arguments into the values of the store: int64, float64, bool,
// string, []byte, time.Time and nil.
func bind(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, arg := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, Errorf(drivers.KindData, "argument %d: %v", i+1, err)
		}
		if b, ok := v.([]byte); ok {
			v = append([]byte{}, b...) // the caller may change its own
		}
		out[i] = v
	}
	return out, nil
}

// coerce makes a value fit its column or says that it does not.
func coerce(c column, v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return coerceText(c, v)
	case []byte:
		if c.kind == "text" {
			return string(v), nil
		}
		if c.kind == "blob" {
			return v, nil
		}
	case int64:
		return coerceInteger(c, v)
	case float64:
		if c.kind == "float" {
			return v, nil
		}
	case time.Time:
		if c.kind == "timestamp" {
			return v.UTC().Truncate(time.Microsecond), nil
		}
	case bool:
		if c.kind == "boolean" {
			return v, nil
		}
	}
	return nil, misfit(c, v)
}

func coerceText(c column, v string) (any, error) {
	switch c.kind {
	case "text", "decimal":
		return v, nil
	case "blob":
		return []byte(v), nil
	case "integer":
		if i, err := strconv.ParseInt(v, 10, 64); err == nil {
			return i, nil
		}
	}
	return nil, misfit(c, v)
}

func coerceInteger(c column, v int64) (any, error) {
	switch c.kind {
	case "integer":
		return v, nil
	case "float":
		return float64(v), nil
	case "decimal":
		return strconv.FormatInt(v, 10), nil
	case "boolean":
		return v != 0, nil
	}
	return nil, misfit(c, v)
}

func misfit(c column, v any) error {
	e := Errorf(drivers.KindData, "%s is no %s", fmt.Sprintf("%T", v), c.kind)
	return e.naming("", "", c.name)
}
