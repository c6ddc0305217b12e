// Package term is what the command line knows of terminals: how wide they are,
// whether they show colours, how many cells a text takes, and tables that fit.
package term

import (
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Screen is where text goes, and what can be shown there.
type Screen struct {
	// W is written to.
	W io.Writer
	// Width is how many cells a line has; 0: any number, as in a file.
	Width int
	// Terminal: somebody watches, and lines can be painted over.
	Terminal bool
	// Color: text may be coloured.
	Color bool
	// Unicode: characters beyond ASCII are shown.
	Unicode bool
}

// When says when to use colours.
type When string

// The answers.
const (
	// Auto uses them on a terminal, unless NO_COLOR is set or TERM is dumb.
	Auto When = "auto"
	// Always uses them, in files too.
	Always When = "always"
	// Never uses none.
	Never When = "never"
)

// New finds out what w can show. getenv reads the environment.
func New(w io.Writer, getenv func(string) string, color When) *Screen {
	s := &Screen{W: w}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		s.Terminal = getenv("TERM") != "dumb"
		s.Width = columns(f, getenv)
		s.Unicode = utf8(getenv)
	}
	s.Color = color == Always || color == Auto && s.Terminal && getenv("NO_COLOR") == ""
	return s
}

// Resize looks how wide the terminal is now.
func (s *Screen) Resize() {
	if f, ok := s.W.(*os.File); ok && s.Terminal {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			s.Width = n
		}
	}
}

// columns is how wide the terminal is, or what COLUMNS says; 80 if nobody knows.
func columns(f *os.File, getenv func(string) string) int {
	if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
		return n
	}
	if n, err := strconv.Atoi(getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return 80
}

// utf8 is what the first of the locale's variables that is set says.
func utf8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToUpper(getenv(name)); value != "" {
			return strings.Contains(value, "UTF-8") || strings.Contains(value, "UTF8")
		}
	}
	return false
}
