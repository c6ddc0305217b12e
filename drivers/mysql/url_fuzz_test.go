package mysql

import (
	"strings"
	"testing"
)

// FuzzURL checks what holds for every URL: parsing it does not panic, and no
// error quotes the password.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"mysql://", "mariadb://u:hunter2@h:1/d?tls=true", "mysql://u:hunter2@h:x/d",
		"mysql://u:hunter2%zz@h/d", "mysql:u:hunter2@h/d", "mysql://u:hunter2@h/d?set.a=1&set.a=2",
		"mysql://u:hunter2@[::1/d", "mysql://u:hunter2@h/d#x", "mysql://u:hunter2@h/d?%zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		s, err := parseURL(raw)
		if err != nil {
			user, rest, found := strings.Cut(raw, ":hunter2@")
			if found && strings.Contains(err.Error(), "hunter2") && !strings.Contains(user+rest, "hunter2") {
				t.Fatalf("%q: the error quotes the password: %v", raw, err)
			}
			return
		}
		for name, value := range s.vars {
			quoted := strings.HasPrefix(value, "'") && strings.HasSuffix(value, "'") && len(value) > 1
			if strings.ContainsAny(name, " '`;=") || !quoted && strings.ContainsAny(value, " ';,") {
				t.Fatalf("%q sets %q to %q", raw, name, value)
			}
		}
	})
}
