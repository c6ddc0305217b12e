// Package testdsn tells tests which servers they run on. The test-bed puts the
// DSNs into the environment; nothing here starts a server.
package testdsn

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/internal/netproxy"
)

// Get returns the DSN of a database, such as "postgres", from the environment:
// SQLSCOPE_POSTGRES_DSN. Without it the test is skipped, or fails if
// SQLSCOPE_REQUIRE names the database.
func Get(t testing.TB, database string) string {
	t.Helper()
	name := "SQLSCOPE_" + strings.ToUpper(database) + "_DSN"
	dsn := os.Getenv(name)
	switch {
	case dsn != "":
		return dsn
	case required(database):
		t.Fatalf("%s is not set and SQLSCOPE_REQUIRE names %s", name, database)
	}
	t.Skipf("%s is not set", name)
	return ""
}

// Lacks ends a test for which the server of a database lacks something, such as
// "TLS", that the servers of the test-bed have: it is skipped, or fails if
// SQLSCOPE_REQUIRE names the database.
func Lacks(t testing.TB, database, what string) {
	t.Helper()
	if required(database) {
		t.Fatalf("the server has no %s and SQLSCOPE_REQUIRE names %s", what, database)
	}
	t.Skipf("the server has no %s", what)
}

func required(database string) bool {
	names := strings.FieldsFunc(os.Getenv("SQLSCOPE_REQUIRE"),
		func(r rune) bool { return r == ',' || r == ' ' })
	return slices.Contains(names, database)
}

// With returns the DSN with more parameters: name, value, name, value, ….
func With(t testing.TB, dsn string, params ...string) string {
	t.Helper()
	u := parse(t, dsn)
	q := u.Query()
	for i := 0; i < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// Proxied puts a proxy before the server of the DSN, until the test ends, and
// returns the DSN that leads through it.
func Proxied(t testing.TB, dsn string) (*netproxy.Proxy, string) {
	t.Helper()
	u := parse(t, dsn)
	p, err := netproxy.New(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	u.Host = p.Addr()
	return p, u.String()
}

func parse(t testing.TB, dsn string) *url.URL {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
