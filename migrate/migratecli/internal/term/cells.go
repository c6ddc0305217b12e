package term

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Cells is how many cells of a terminal a text takes. Sequences of colours take
// none.
func Cells(text string) int {
	n := 0
	escape := false
	for _, r := range text {
		switch {
		case escape:
			escape = r != 'm'
		case r == '\x1b':
			escape = true
		default:
			n += cells(r)
		}
	}
	return n
}

// cells of one character: combining marks take none, those of East Asia two.
func cells(r rune) int {
	switch {
	case r < ' ' || r == 0x7f || unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r < 0x1100:
		return 1
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Clean is a text without control characters, which would move the cursor or
// worse: names and statements come from files. Line ends and tabs become blanks.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, text)
}

// Cut is a plain text in at most n cells, with an ellipsis where it was longer.
func (s *Screen) Cut(text string, n int) string {
	if Cells(text) <= n {
		return text
	}
	dots := s.Ellipsis()
	room := n - Cells(dots)
	if room < 0 {
		return strings.Repeat(".", max(0, n))
	}
	for i, r := range text {
		if room -= cells(r); room < 0 {
			return text[:i] + dots
		}
	}
	return text
}

// Pad is the text with blanks behind it, n cells wide.
func Pad(text string, n int) string {
	return text + strings.Repeat(" ", max(0, n-Cells(text)))
}

// Wrap breaks a plain text between words into lines of at most n cells; n < 1:
// one line for each that it has. A word that is longer stands alone.
func Wrap(text string, n int) []string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, wrapLine(strings.TrimRight(line, "\n"), n)...)
	}
	return lines
}

func wrapLine(text string, n int) []string {
	if n < 1 || Cells(text) <= n {
		return []string{text}
	}
	return Fill(strings.Fields(text), n)
}

// Fill puts words into lines of at most n cells; n < 1: into one line. A word that
// is longer stands alone.
func Fill(words []string, n int) []string {
	var lines []string
	line := ""
	for _, word := range words {
		switch {
		case line == "":
			line = word
		case n < 1 || Cells(line)+1+Cells(word) <= n:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
