package term_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
)

func TestCellsCountsWhatATerminalShows(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "größe": 5, "e\u0301": 1, "注文": 4, "\x1b[31mred\x1b[0m": 3,
		"｡": 1, "Ａ": 2, "…": 1} {
		equal(t, text, term.Cells(text), want)
	}
}

func TestCutKeepsToItsCells(t *testing.T) {
	u, a := &term.Screen{Unicode: true}, &term.Screen{}
	equal(t, "fits", u.Cut("abcdef", 6), "abcdef")
	equal(t, "cut", u.Cut("abcdef", 5), "abcd…")
	equal(t, "wide", u.Cut("注文注文", 6), "注文…")
	equal(t, "ascii", a.Cut("abcdefgh", 6), "abc...")
	equal(t, "tiny", a.Cut("abcdefgh", 2), "..")
	equal(t, "none", a.Cut("abcdefgh", -1), "")
}

func TestCleanLeavesNothingThatMovesTheCursor(t *testing.T) {
	equal(t, "text", term.Clean("a\x1b[2Jb\r\nc\td\u009be\x00"), "a[2Jb  c de")
}

func TestWrapBreaksBetweenWords(t *testing.T) {
	equal(t, "wrapped", strings.Join(term.Wrap("one two three\nfour", 8), "|"), "one two|three|four")
	equal(t, "long", strings.Join(term.Wrap("a abcdefghijkl b", 5), "|"), "a|abcdefghijkl|b")
	equal(t, "unlimited", strings.Join(term.Wrap("one  two three", 0), "|"), "one  two three")
}

func TestNumbersAndTimesAreAsPeopleSayThem(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "<1ms", 999 * time.Millisecond: "999ms",
		1950 * time.Millisecond:               "1.9s",
		59*time.Second + 999*time.Millisecond: "59.9s", 65 * time.Second: "1m05s", 3*time.Hour + 2*time.Minute: "3h02m"} {
		equal(t, "duration", term.Duration(d), want)
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567",
		-1000: "-1,000", -100: "-100"} {
		equal(t, "count", term.Count(n), want)
	}
	equal(t, "one", term.Plural(1, "row"), "1 row")
	equal(t, "many", term.Plural(2000, "row"), "2,000 rows")
}

func TestATableLeavesOutWhatIsMissedLeastAndCutsNames(t *testing.T) {
	table := func(width int) string {
		var out bytes.Buffer
		tb := term.Table{Columns: []term.Column{{Title: "A"}, {Title: "NAME", Shrink: true},
			{Title: "N", Right: true, Drop: 1}, {Title: "BY", Drop: 2}, {Title: "EMPTY"}}}
		tb.Row(term.Cell{Text: "x"}, term.Cell{Text: "a_rather_long_name"}, term.Cell{Text: "7"}, term.Cell{Text: "me"},
			term.Cell{})
		tb.Write(&term.Screen{W: &out, Width: width, Unicode: true})
		return strings.ReplaceAll(out.String(), "\n", "|")
	}
	equal(t, "any width", table(0), "A  NAME                N  BY|x  a_rather_long_name  7  me|")
	equal(t, "shrunk", table(22), "A  NAME          N  BY|x  a_rather_lo…  7  me|")
	equal(t, "left out", table(17), "A  NAME         N|x  a_rather_l…  7|")
	equal(t, "all left out", table(9), "A  NAME|x  a_rat…|")
	equal(t, "no room at all", table(3), "A  NAME|x  a_rather_long_name|")
}

func TestAFileHasNoColoursAndNoWidth(t *testing.T) {
	none := func(string) string { return "" }
	s := term.New(&bytes.Buffer{}, none, term.Auto)
	equal(t, "color", s.Color, false)
	equal(t, "width", s.Width, 0)
	equal(t, "always", term.New(&bytes.Buffer{}, none, term.Always).Color, true)
}

func equal[V comparable](t *testing.T, what string, got, want V) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %#v, want %#v", what, got, want)
	}
}
