package mysql

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

var (
	errNotANumber = errors.New("the server has no NaN and no infinity")
	errYear       = errors.New("the server has the years from 1 to 9999, in UTC")
)

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
	if doc, ok := arg.(*json.RawMessage); ok && doc != nil {
		arg = *doc
	}
	if doc, ok := arg.(json.RawMessage); ok && doc != nil {
		return string(doc), nil // as bytes it would be binary, which is no JSON to MySQL
	}
	v, err := stdvalue.Value(arg)
	if big, ok := errors.AsType[*stdvalue.UnsignedError](err); ok {
		return big.N, nil // BIGINT UNSIGNED
	}
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errNotANumber
		}
	case time.Time:
		if year := v.UTC().Year(); year < 1 || year > 9999 {
			return nil, errYear
		}
	}
	return v, err
}
