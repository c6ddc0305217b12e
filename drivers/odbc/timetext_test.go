//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/stdvalue"
)

// What is read fast is read as the slow way reads it.
func TestAPlainTimeIsTheTimeThatItSpells(t *testing.T) {
	for text, plain := range map[string]bool{
		"2024-02-29": true, "2024-02-29 23:59:59": true, "0001-01-01 00:00:00": true, "9999-12-31 23:59:59.999999": true,
		"2024-01-02 03:04:05.6": true, "2024-01-02 03:04:05.123456789": true,
		"2023-02-29": false, "2024-13-01": false, "2024-01-02 24:00:00": false, "2024-01-02 03:60:00": false,
		"2024-01-02 03:04:05.": false, "2024-01-02 03:04:05.1234567890": false, "2024-01-02 03:04:05+00": false,
		"2024-01-02 03:04": false, "infinity": false, "": false, "10000-01-01": false, "0044-03-15 BC": false,
		"2024-0a-02": false, "2024-00-10": false, "2024-01-02 03:04:05.-1": false,
	} {
		got, ok := plainTime([]byte(text))
		var slow time.Time
		if ok != plain {
			t.Errorf("%q: %v", text, ok)
		}
		if err := stdvalue.Assign(&slow, text); ok && (err != nil || !slow.Equal(got)) {
			t.Errorf("%q is %v, want %v, %v", text, got, slow, err)
		}
	}
}
