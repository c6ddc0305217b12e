package postgres

import (
	"strings"
	"testing"
)

// FuzzURL checks what holds for every URL: parsing it does not panic, and what
// it says never has the password in it.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"@localhost/db", "@[::1]:5432/db?sslmode=disable", "@h:port/db",
		"@h/db?pool_max_conns=4", "@h/db?unknown=1", "@h/db?default_query_exec_mode=simple_protocol",
		"@a,b:1/db?target_session_attrs=any", " @h/db", "/%zz", "@h/db?sslmode=verify-full&sslrootcert=/no"} {
		f.Add(s)
	}
	const password = "s3cr3tpw"
	f.Fuzz(func(t *testing.T, rest string) {
		_, err := parseURL("postgres://user:" + password + rest)
		if err != nil && strings.Contains(err.Error(), password) && !strings.Contains(rest, password) {
			t.Fatalf("the password is in %q", err)
		}
	})
}
