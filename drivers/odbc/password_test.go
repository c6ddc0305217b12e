//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/odbc"
)

// role makes a role of Postgres that is dropped when the test ends, and returns a
// URL up to its password.
func role(t *testing.T, password string) string {
	t.Helper()
	url, c := postgresURL(t), acquire(t, open(t, postgresURL(t)))
	name := fmt.Sprint("odbc_password_", rand.Uint32())
	mustRun(t, c, exec("CREATE ROLE "+name+" LOGIN PASSWORD '"+password+"'"))
	t.Cleanup(func() {
		_, _, err := runWith(context.Background(), c, exec("DROP ROLE "+name))
		must(t, err)
	})
	return url[:strings.Index(url, "Uid=")] + "Uid=" + name + ";"
}

func login(t *testing.T, url string) error {
	t.Helper()
	p, err := odbc.Driver.Open(t.Context(), drivers.Config{URL: url, Pool: options()})
	must(t, err)
	defer closePool(t, p)
	c, err := p.Acquire(t.Context(), drivers.Need{})
	if err == nil {
		c.Release()
	}
	return err
}

// psqlODBC takes a password without braces for percent-encoded.
func TestAPasswordIsTakenAsItIs(t *testing.T) {
	for _, password := range []string{"a+b%20c", "100%", "}a;b=c}", " é🙂{ "} {
		url := role(t, password)
		if err := login(t, url+"Pwd={"+strings.ReplaceAll(password, "}", "}}")+"}"); err != nil {
			t.Errorf("%q in braces: %v", password, err)
		}
		if err := login(t, url+"PWD = "+password); !strings.ContainsAny(password, "; ") && err != nil {
			t.Errorf("%q as it is: %v", password, err)
		}
		err := login(t, url+"Pwd={not "+strings.ReplaceAll(password, "}", "}}")+"}")
		if err == nil || strings.Contains(err.Error(), password) {
			t.Errorf("another than %q: %v", password, err)
		}
	}
}
