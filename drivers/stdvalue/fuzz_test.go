package stdvalue_test

import (
	"database/sql/driver"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

// FuzzAssignNeverTruncates: whatever goes into a number without an error comes
// out of it as the same number.
func FuzzAssignNeverTruncates(f *testing.F) {
	for _, n := range []int64{0, -1, 127, 128, 255, 256, 1 << 24, 1<<53 + 1,
		math.MaxInt64, math.MinInt64} {
		f.Add(n, float64(n), strconv.FormatInt(n, 10))
	}
	f.Add(int64(1), math.Inf(1), "1e400")
	f.Add(int64(1), -0.5, " +7 ")
	f.Fuzz(func(t *testing.T, n int64, x float64, s string) {
		for _, src := range []driver.Value{n, x, s} {
			for _, dest := range []any{new(int), new(int8), new(int16), new(int32), new(int64),
				new(uint), new(uint8), new(uint16), new(uint32), new(uint64), new(bool), new(level)} {
				if stdvalue.Assign(dest, src) == nil {
					wantSame(t, reflect.ValueOf(dest).Elem(), src)
				}
			}
		}
	})
}

func wantSame(t *testing.T, got reflect.Value, src driver.Value) {
	t.Helper()
	text := fmt.Sprint(got)
	if got.Kind() == reflect.Bool {
		text = map[string]string{"true": "1", "false": "0"}[text]
	}
	var same bool
	switch v := src.(type) {
	case int64:
		same = text == strconv.FormatInt(v, 10)
	case float64:
		back, err := strconv.ParseFloat(text, 64)
		same = err == nil && back == v
	case string:
		number, ok := new(big.Int).SetString(strings.TrimSpace(v), 10)
		same = got.Kind() == reflect.Bool || ok && number.String() == text
	}
	if !same {
		t.Errorf("%v (%T) became %v (%s)", src, src, got, got.Type())
	}
}

// FuzzTimesSurviveTheirText: a time spelled as SQLite spells it is read back
// as the same instant.
func FuzzTimesSurviveTheirText(f *testing.F) {
	f.Add(int64(0), int64(0), 0)
	f.Add(int64(1709208000), int64(123456789), 5*60+30)
	f.Fuzz(func(t *testing.T, sec, nsec int64, minutes int) {
		want := time.Unix(sec%(1<<37), nsec%1e9).UTC()
		if want.Year() < 1 || want.Year() > 9999 {
			t.Skip("beyond the format")
		}
		zone := time.FixedZone("", minutes%(14*60)*60)
		for _, text := range []string{
			want.Format("2006-01-02 15:04:05.999999999"),
			want.Format(time.RFC3339Nano),
			want.In(zone).Format("2006-01-02 15:04:05.999999999Z07:00"),
		} {
			var got time.Time
			if err := stdvalue.Assign(&got, text); err == nil && !got.Equal(want) {
				t.Errorf("%q became %v, want %v", text, got, want)
			} else if err != nil && want.In(zone).Year() == want.Year() {
				t.Error(err)
			}
		}
	})
}
