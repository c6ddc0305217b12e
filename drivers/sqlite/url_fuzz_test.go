package sqlite

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzURL checks what holds for every URL: parsing it does not panic, and
// SQLite gets the very path that the URL named.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"sqlite://", "sqlite:///a.db", "sqlite:////a%3Fb%23c%25d.db?mode=ro",
		"sqlite://host/a.db", "sqlite:///a.db?busy_timeout=1s&nonsense=1", "sqlite:///%00", "sqlite:///..",
		"SQLITE:///größe.db?mode=rw&mode=ro", "sqlite:///a#b", "sqlite:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		opts, err := parseURL(raw)
		if err != nil || opts.memory {
			return
		}
		if !filepath.IsAbs(opts.path) {
			t.Fatalf("%q names %q, which is not absolute", raw, opts.path)
		}
		path, _, _ := strings.Cut(strings.TrimPrefix(opts.dsn(), "file://"), "?")
		if got, err := url.PathUnescape(path); err != nil || got != opts.path {
			t.Fatalf("%q names %q; SQLite is given %q, %v", raw, opts.path, got, err)
		}
	})
}
