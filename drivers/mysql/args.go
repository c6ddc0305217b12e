package mysql

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

var errNotANumber = errors.New("the server has no NaN and no infinity")

// bind converts the arguments of all steps, so that one that cannot be sent is
// found before anything has been done.
func (l *link) bind(steps []drivers.Step) error {
	for i := range steps {
		if err := l.bindRow(steps[i].Args); err != nil {
			return err
		}
		for row, args := range steps[i].Many {
			if err := l.bindRow(args); err != nil {
				return fmt.Errorf("mysql: row %d of these: %w", row+1, err)
			}
		}
	}
	return nil
}

func (l *link) bindRow(args []any) error {
	for n, arg := range args {
		v, err := value(arg)
		if err != nil {
			return &stdvalue.ArgumentError{Number: n + 1, Reason: err.Error(), Err: err}
		}
		l.args = append(l.args, driver.NamedValue{Ordinal: n + 1, Value: v})
	}
	return nil
}

// value converts an argument. It knows two types more than others do.
func value(arg any) (driver.Value, error) {
	switch v := arg.(type) {
	case json.RawMessage:
		if v == nil {
			return nil, nil
		}
		return string(v), nil // as bytes it would be binary, which is no JSON to MySQL
	case uint64:
		if v > math.MaxInt64 {
			return v, nil // BIGINT UNSIGNED
		}
	case uint:
		if uint64(v) > math.MaxInt64 {
			return uint64(v), nil
		}
	}
	v, err := stdvalue.Value(arg)
	if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return nil, errNotANumber
	}
	return v, err
}
