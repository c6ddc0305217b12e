package stdvalue_test

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

type (
	colour string
	level  uint8
	ratio  float32
	raw    []byte
)

// money has a Value method with a value receiver.
type money struct{ cents int64 }

func (m money) Value() (driver.Value, error) { return m.cents, nil }

// broken has a Value method that fails.
type broken struct{}

var errBroken = errors.New("out of order")

func (broken) Value() (driver.Value, error) { return nil, errBroken }

// loop returns itself.
type loop struct{}

func (l loop) Value() (driver.Value, error) { return l, nil }

func TestArgumentsBecomeDriverValues(t *testing.T) {
	now := time.Now()
	text, number := "text", 7
	pointer := &text
	for name, c := range map[string]struct {
		arg  any
		want driver.Value
	}{
		"nil":                                {nil, nil},
		"int":                                {7, int64(7)},
		"int8":                               {int8(-7), int64(-7)},
		"uint16":                             {uint16(7), int64(7)},
		"the largest uint64":                 {uint64(math.MaxInt64), int64(math.MaxInt64)},
		"float32":                            {float32(0.5), 0.5},
		"bool":                               {true, true},
		"bytes":                              {[]byte{1, 2}, []byte{1, 2}},
		"no bytes are not NULL":              {[]byte{}, []byte{}},
		"nil bytes are NULL":                 {[]byte(nil), nil},
		"a named string":                     {colour("red"), "red"},
		"a named number":                     {level(3), int64(3)},
		"a named float":                      {ratio(0.25), 0.25},
		"named bytes":                        {raw("x"), []byte("x")},
		"nil named bytes":                    {raw(nil), nil},
		"a pointer":                          {&number, int64(7)},
		"a pointer to a pointer":             {&pointer, "text"},
		"a nil pointer":                      {(*string)(nil), nil},
		"a Valuer":                           {money{5}, int64(5)},
		"a pointer to a Valuer":              {&money{5}, int64(5)},
		"a nil pointer to a Valuer":          {(*money)(nil), nil},
		"a time loses its monotonic reading": {now, now.Round(0)},
		"sql.Null of a named type":           {sql.Null[colour]{V: "red", Valid: true}, "red"},
		"sql.Null that is not valid":         {sql.NullInt64{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := stdvalue.Value(c.arg)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, %v, want %#v", got, err, c.want)
			}
		})
	}
}

func TestAnArgumentThatCannotBeSentIsNamedByItsPosition(t *testing.T) {
	for want, arg := range map[string]any{
		"argument 2: 18446744073709551615 (uint64) does not fit": uint64(math.MaxUint64),
		"argument 2: a []int cannot be sent":                     []int{1},
		"argument 2: a struct { A int } cannot be sent":          struct{ A int }{},
		"argument 2: a chan int cannot be sent":                  make(chan int),
		"argument 2: stdvalue_test.broken: out of order":         broken{},
		"argument 2: the Value method of stdvalue_test.loop":     loop{},
	} {
		_, err := stdvalue.Append(nil, []any{1, arg})
		var bad *stdvalue.ArgumentError
		if !errors.As(err, &bad) || bad.Number != 2 || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := stdvalue.Append(nil, []any{broken{}}); !errors.Is(err, errBroken) {
		t.Errorf("%v does not unwrap to the error of the Value method", err)
	}
}

func TestAppendNumbersFromOneAndKeepsWhatIsThere(t *testing.T) {
	got, err := stdvalue.Append(make([]driver.NamedValue, 1, 3), []any{"a", 2})
	want := []driver.NamedValue{{}, {Ordinal: 1, Value: "a"}, {Ordinal: 2, Value: int64(2)}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}
