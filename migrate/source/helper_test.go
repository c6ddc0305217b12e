package source_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sqlscope/sqlscope/migrate/source"
)

// dir makes a file system of names and texts, in turn.
func dir(namesAndTexts ...string) fs.FS {
	files := fstest.MapFS{}
	for i := 0; i < len(namesAndTexts); i += 2 {
		files[namesAndTexts[i]] = &fstest.MapFile{Data: []byte(namesAndTexts[i+1])}
	}
	return files
}

// load fails the test if the directory cannot be read.
func load(t *testing.T, fsys fs.FS, o source.Options) *source.Set {
	t.Helper()
	set, err := source.Load(fsys, o)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// statements are the texts of a script, joined by " | ".
func statements(t *testing.T, s *source.Script) string {
	t.Helper()
	if s == nil {
		return "none"
	}
	var all []string
	for st, err := range s.Statements() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, st.SQL)
	}
	return strings.Join(all, " | ")
}

// describe is what a set holds: version, name, up and down of each migration.
func describe(t *testing.T, set *source.Set) string {
	t.Helper()
	var out strings.Builder
	for _, list := range [][]*source.Migration{set.Baselines, set.Migrations, set.Repeatable} {
		for _, m := range list {
			out.WriteString(string(m.Version) + " " + m.Name + ": " + statements(t, m.Up))
			if m.Up != nil && m.Up.NoTransaction {
				out.WriteString(" (no transaction)")
			}
			out.WriteString(" / " + statements(t, m.Down) + "\n")
		}
	}
	return out.String()
}

// refused fails the test unless Load fails with all the words.
func refused(t *testing.T, fsys fs.FS, o source.Options, words ...string) {
	t.Helper()
	_, err := source.Load(fsys, o)
	if err == nil {
		t.Fatalf("loaded, and should have been refused with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}
