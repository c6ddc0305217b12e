package stdvalue_test

import (
	"database/sql"
	"database/sql/driver"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

type stamp time.Time

var noon = time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)

// assigned returns what Assign makes of src in a new variable of type T.
func assigned[T any](src driver.Value) (any, error) {
	var v T
	err := stdvalue.Assign(&v, src)
	return v, err
}

func TestValuesAreConvertedToTheVariablesType(t *testing.T) {
	type conversion func(driver.Value) (any, error)
	const most = uint64(math.MaxUint64)
	five := sql.Null[int]{V: 5, Valid: true}
	quarter := noon.Add(time.Second / 4)
	at := sql.NullTime{Time: noon, Valid: true}
	for name, c := range map[string]struct {
		src  driver.Value
		into conversion
		want any
	}{
		"text":                           {"a", assigned[string], "a"},
		"bytes as text":                  {[]byte("a"), assigned[string], "a"},
		"a number as text":               {int64(-5), assigned[string], "-5"},
		"a float as text":                {0.1, assigned[string], "0.1"},
		"a time as text":                 {noon, assigned[string], "2024-02-29T12:00:00Z"},
		"a number":                       {int64(5), assigned[int], 5},
		"a whole float as a number":      {5.0, assigned[int32], int32(5)},
		"text as a number":               {" 5 ", assigned[int64], int64(5)},
		"bytes as a number":              {[]byte("5"), assigned[uint8], uint8(5)},
		"a large unsigned number":        {most, assigned[uint64], most},
		"large unsigned text":            {"18446744073709551615", assigned[uint64], most},
		"a named number":                 {int64(5), assigned[level], level(5)},
		"a named string":                 {"red", assigned[colour], colour("red")},
		"a number as float":              {int64(5), assigned[float64], 5.0},
		"a float as float32":             {0.1, assigned[float32], float32(0.1)},
		"text as float":                  {"1e3", assigned[float64], 1000.0},
		"one is true":                    {int64(1), assigned[bool], true},
		"text as bool":                   {"false", assigned[bool], false},
		"a blob":                         {[]byte{1}, assigned[[]byte], []byte{1}},
		"an empty blob is not NULL":      {[]byte(nil), assigned[[]byte], []byte{}},
		"NULL as bytes":                  {nil, assigned[[]byte], []byte(nil)},
		"text as named bytes":            {"x", assigned[raw], raw("x")},
		"NULL as named bytes":            {nil, assigned[raw], raw(nil)},
		"NULL as any":                    {nil, assigned[any], nil},
		"text as any":                    {"a", assigned[any], "a"},
		"NULL as a pointer":              {nil, assigned[*string], (*string)(nil)},
		"NULL as a pointer to a rarer":   {nil, assigned[*uint8], (*uint8)(nil)},
		"NULL as sql.Null":               {nil, assigned[sql.Null[int]], sql.Null[int]{}},
		"a number as sql.Null":           {int64(5), assigned[sql.Null[int]], five},
		"text as sql.NullTime":           {"2024-02-29 12:00:00", assigned[sql.NullTime], at},
		"a time":                         {noon, assigned[time.Time], noon},
		"a time in a named type":         {noon, assigned[stamp], stamp(noon)},
		"a date":                         {"2024-02-29", assigned[time.Time], noon.Add(-12 * time.Hour)},
		"a time to the minute":           {"2024-02-29 12:00", assigned[time.Time], noon},
		"a time with a fraction":         {"2024-02-29 12:00:00.25", assigned[time.Time], quarter},
		"a time in RFC 3339":             {"2024-02-29T14:00:00+02:00", assigned[time.Time], noon},
		"a time to the minute with zone": {"2024-02-29 12:00Z", assigned[time.Time], noon},
		"a fraction, a zone":             {"2024-02-29 07:00:00.0-05:00", assigned[time.Time], noon},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.into(c.src)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %#v, %v, want %#v", got, err, c.want)
			}
		})
	}
}

func TestWhatDoesNotFitIsAnErrorThatNamesValueAndType(t *testing.T) {
	for want, run := range map[string]func() (any, error){
		"300 does not fit into int8":      func() (any, error) { return assigned[int8](int64(300)) },
		"-1 does not fit into uint":       func() (any, error) { return assigned[uint](int64(-1)) },
		"1.5 does not fit into int":       func() (any, error) { return assigned[int](1.5) },
		"1e+19 does not fit into int64":   func() (any, error) { return assigned[int64](1e19) },
		"NaN does not fit into int64":     func() (any, error) { return assigned[int64](math.NaN()) },
		"1e+40 does not fit into float32": func() (any, error) { return assigned[float32](1e40) },
		"9007199254740993 does not fit into float64": func() (any, error) {
			return assigned[float64](int64(1<<53 + 1))
		},
		"16777217 does not fit into float32": func() (any, error) {
			return assigned[float32](int64(1<<24 + 1))
		},
		`"99999999999999999999" does not fit into int64`: func() (any, error) {
			return assigned[int64]("99999999999999999999")
		},
		"2147483648 does not fit into int32": func() (any, error) {
			return assigned[int32](int64(1 << 31))
		},
		"2 does not fit into bool": func() (any, error) { return assigned[bool](int64(2)) },
		`cannot scan "abc" into int: it is not a number`: func() (any, error) {
			return assigned[int]("abc")
		},
		`cannot scan "soon" (string) into time.Time`: func() (any, error) {
			return assigned[time.Time]("soon")
		},
		"cannot scan true (bool) into int": func() (any, error) { return assigned[int](true) },
		"cannot scan 5 into []int; give it a Scan method": func() (any, error) {
			return assigned[[]int](int64(5))
		},
		"cannot scan NULL into int; use *int (a pointer) or sql.Null[int]": func() (any, error) {
			return assigned[int](nil)
		},
		"cannot scan NULL into stdvalue_test.level; use *stdvalue_test.level (a": func() (any, error) {
			return assigned[level](nil)
		},
		"cannot scan NULL into time.Time": func() (any, error) { return assigned[time.Time](nil) },
	} {
		got, err := run()
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, %v, want an error that begins with %q", got, err, want)
		}
		if v := reflect.ValueOf(got); v.IsValid() && !v.IsZero() {
			t.Errorf("%q: the variable was changed to %v", want, got)
		}
	}
}

func TestTheDestinationMustBeAPointer(t *testing.T) {
	for _, dest := range []any{nil, 5, "", (*string)(nil), (*uint8)(nil), (**string)(nil),
		(*sql.NullString)(nil), (*sql.NullTime)(nil)} {
		if err := stdvalue.Assign(dest, "x"); err == nil {
			t.Errorf("a destination of type %T was accepted", dest)
		}
	}
}

func TestBytesAreCopied(t *testing.T) {
	src := []byte("abc")
	var b []byte
	var named raw
	var a any
	var null sql.Null[[]byte]
	for _, dest := range []any{&b, &named, &a, &null} {
		if err := stdvalue.Assign(dest, src); err != nil {
			t.Fatal(err)
		}
	}
	src[0] = 'x'
	if string(b)+string(named)+string(a.([]byte))+string(null.V) != "abcabcabcabc" {
		t.Error("a destination shares memory with the source")
	}
}

func TestCommonConversionsDoNotAllocate(t *testing.T) {
	var (
		s  string
		i  int
		f  float64
		b  bool
		at time.Time
	)
	dests := []any{&s, &i, &f, &b, &at}
	values := []driver.Value{"text", int64(1 << 40), 0.5, int64(1), noon}
	if n := testing.AllocsPerRun(100, func() {
		for k := range dests {
			if err := stdvalue.Assign(dests[k], values[k]); err != nil {
				t.Fatal(err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
