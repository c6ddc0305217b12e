package portable

import (
	"strings"
	"testing"
)

// Compare fails t where the lines that a run has seen are not those that every
// database shows.
func Compare(t testing.TB, seen string) {
	t.Helper()
	got, want := strings.Split(seen, "\n"), strings.Split(Expected, "\n")
	for i := range max(len(got), len(want)) {
		if g, w := lineOf(got, i), lineOf(want, i); g != w {
			t.Errorf("line %d:\n got %s\nwant %s", i+1, g, w)
		}
	}
}

func lineOf(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}
