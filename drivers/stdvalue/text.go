package stdvalue

import (
	"bytes"
	"database/sql/driver"
	"reflect"
	"strconv"
	"time"
)

func toString(src driver.Value) (string, error) {
	switch x := src.(type) {
	case string:
		return x, nil
	case []byte:
		return string(x), nil
	}
	var short [40]byte
	b, err := appendText(short[:0], src, reflect.TypeFor[string]())
	return string(b), err
}

func toBytes(src driver.Value) ([]byte, error) {
	switch x := src.(type) {
	case nil:
		return nil, nil
	case []byte:
		// An empty value is not NULL, whatever the client library makes of it.
		return append(make([]byte, 0, len(x)), x...), nil
	case string:
		return []byte(x), nil
	}
	return appendText(nil, src, reflect.TypeFor[[]byte]())
}

// appendText spells a value that is no text: times in RFC 3339, as database/sql does.
func appendText(b []byte, src driver.Value, t reflect.Type) ([]byte, error) {
	switch x := src.(type) {
	case int64:
		return strconv.AppendInt(b, x, 10), nil
	case uint64:
		return strconv.AppendUint(b, x, 10), nil
	case float64:
		return strconv.AppendFloat(b, x, 'g', -1, 64), nil
	case float32:
		return strconv.AppendFloat(b, float64(x), 'g', -1, 32), nil
	case bool:
		return strconv.AppendBool(b, x), nil
	case time.Time:
		return x.AppendFormat(b, time.RFC3339Nano), nil
	}
	return nil, mismatch(src, t)
}

func toAny(src driver.Value) (any, error) {
	if b, ok := src.([]byte); ok {
		return append(make([]byte, 0, len(b)), b...), nil
	}
	return src, nil
}

func toTime(src driver.Value) (time.Time, error) {
	switch x := src.(type) {
	case time.Time:
		return x, nil
	case string:
		return parseTime(x)
	case []byte:
		return parseTime(string(bytes.TrimSpace(x)))
	}
	return time.Time{}, mismatch(src, reflect.TypeFor[time.Time]())
}

// parseTime reads the formats 1 to 7 of
// https://www.sqlite.org/lang_datefunc.html#time_values, which include MySQL's
// and RFC 3339. A time without a zone is UTC, as SQLite has it.
func parseTime(s string) (time.Time, error) {
	const date = len(time.DateOnly)
	if len(s) <= date || s[date] == ' ' || s[date] == 'T' {
		if t, err := time.Parse(layoutOf(s), s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, mismatch(s, reflect.TypeFor[time.Time]())
}

// layoutOf has the parts that the text has.
func layoutOf(s string) string {
	const date = len(time.DateOnly)
	if len(s) <= date {
		return time.DateOnly
	}
	layout := time.DateOnly + s[date:date+1] + "15:04"
	if at := len(layout); len(s) > at && s[at] == ':' {
		layout += ":05" // a fraction is read without being asked for
	}
	if hasZone(s) {
		layout += "Z07:00"
	}
	return layout
}

// hasZone tells whether a text longer than a date ends with Z or an offset.
func hasZone(s string) bool {
	if s[len(s)-1] == 'Z' {
		return true
	}
	return len(s) > 16 && s[len(s)-3] == ':' && (s[len(s)-6] == '+' || s[len(s)-6] == '-')
}
