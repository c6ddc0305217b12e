//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"reflect"

	"github.com/sqlscope/sqlscope/drivers"
)

// execMany runs a statement for many rows: with a parameter array, or one by one
// if their values do not make one.
func (l *link) execMany(ctx context.Context, s *drivers.Step, args []any) error {
	width := len(s.Many[0])
	if len(s.Many) < 2 || width == 0 || !isArray(args, width, l.dialect.bytesAlone) {
		return l.oneRowAtATime(ctx, s, args)
	}
	err := l.load(ctx, s.SQL, nil)
	if err != nil {
		return err
	}
	l.params.setRows(args, width)
	err = l.do(ctx, true, func() error { return l.finish(&l.sql, l.params) })
	if err == nil {
		s.Result = drivers.Result{RowsAffected: l.statement.affected()}
	}
	return l.settle(s.SQL, err)
}

func (l *link) oneRowAtATime(ctx context.Context, s *drivers.Step, args []any) error {
	total := int64(0)
	for i := range s.Many {
		width := len(s.Many[i])
		if err := l.exec(ctx, s, args[i*width:(i+1)*width]); err != nil {
			return err
		}
		total += s.Result.RowsAffected
	}
	s.Result.RowsAffected = total
	return nil
}

// maxArray is how much memory an array may take more than its values do: all of
// its rows are as wide as the widest.
const maxArray = 4 << 20

var bytesType = reflect.TypeFor[[]byte]()

// isArray reports whether each column of the rows has values of one type, and
// not too different lengths; bytesAlone: bytes are none.
func isArray(args []any, width int, bytesAlone bool) bool {
	rows, bytes := len(args)/width, 0
	for c := range width {
		var kind reflect.Type
		widest := 8
		for r := range rows {
			v := args[r*width+c]
			if v == nil {
				continue
			}
			t := reflect.TypeOf(v)
			if kind == nil {
				kind = t
			}
			if t != kind || bytesAlone && t == bytesType {
				return false
			}
			widest = max(widest, sizeOf(v))
		}
		bytes += rows * widest
	}
	return bytes <= maxArray
}
