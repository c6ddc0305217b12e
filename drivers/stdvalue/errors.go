package stdvalue

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// longest is how much of a text an error quotes.
const longest = 40

// describe shows a value in an error.
func describe(src driver.Value) string {
	switch x := src.(type) {
	case string:
		return quote(x)
	case []byte:
		return fmt.Sprintf("%d bytes", len(x))
	case time.Time:
		return x.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(src)
}

func quote(text string) string {
	if len(text) > longest {
		return strconv.Quote(text[:longest]) + "…"
	}
	return strconv.Quote(text)
}

// UnsignedError is an integer that does not fit into a signed one. A driver whose
// database has unsigned ones sends N instead.
type UnsignedError struct {
	// N is the integer.
	N uint64
	// Type is the argument's.
	Type reflect.Type
}

// Error returns the integer and its type.
func (e *UnsignedError) Error() string {
	return fmt.Sprintf("%d (%s) does not fit into a signed 64-bit integer", e.N, e.Type)
}

func overflow(src driver.Value, t reflect.Type) error {
	return fmt.Errorf("%s does not fit into %s", describe(src), t)
}

func mismatch(src driver.Value, t reflect.Type) error {
	if src == nil {
		return nullError(t)
	}
	return fmt.Errorf("cannot scan %s (%T) into %s", describe(src), src, t)
}

func nullError(t reflect.Type) error {
	return fmt.Errorf("cannot scan NULL into %s; use *%s (a pointer) or sql.Null[%s]", t, t, t)
}

// notNumber turns an error of package strconv into one that names the type.
func notNumber(err error, src driver.Value, t reflect.Type) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strconv.ErrRange):
		return overflow(src, t)
	}
	return fmt.Errorf("cannot scan %s into %s: it is not a number", describe(src), t)
}
