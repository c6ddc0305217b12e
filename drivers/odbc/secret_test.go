//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/session"
)

// What a program prints of an engine, fmt prints with all that is in it.
func TestNothingThatIsPrintedHoldsThePassword(t *testing.T) {
	p := open(t, "odbc:Driver={"+sqliteDriver+"};Database=:memory:;Pwd=hunter2")
	e, err := session.New(p, session.Options{})
	must(t, err)
	for _, v := range []any{p, e, acquire(t, p), p.Describe(), p.Stats(), e.Stats()} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if s := fmt.Sprintf(format, v); strings.Contains(s, "hunter2") {
				t.Errorf("%T with %s is %s", v, format, s)
			}
		}
	}
}
