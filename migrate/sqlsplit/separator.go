package sqlsplit

import (
	"strconv"
	"strings"

	"github.com/sqlscope/sqlscope/drivers/lexer"
)

// separator is what stands between two statements, at offsets in the window.
type separator struct {
	start, end int
	repeat     int
	statement  bool // a semicolon, as opposed to a line of its own
}

// separator reports whether a separator begins at t, or within it.
func (s *Scanner) separator(t lexer.Token) (separator, bool, error) {
	switch {
	case s.dialect == SQLServer && t.Kind == lexer.Word:
		return s.batchEnd(t)
	case s.dialect == Oracle && t.Text(s.win.text) == "/":
		line, end, err := s.rest(t.End)
		ok := s.firstOnLine(t.Start) && strings.TrimSpace(line) == ""
		return separator{t.Start, end, 1, false}, ok, err
	case s.delim == ";":
		ok := t.Text(s.win.text) == ";" && !s.st.body.holds()
		return separator{t.Start, t.End, 1, true}, ok, nil
	case s.delim != "":
		return s.delimiter(t)
	}
	return separator{}, false, nil
}

// delimiter looks for one that the text has chosen. It may end a word, as in
// END$$, but does not count in literals and quoted names.
func (s *Scanner) delimiter(t lexer.Token) (separator, bool, error) {
	if t.Kind == lexer.String || t.Kind == lexer.Name {
		return separator{}, false, nil
	}
	last := t.End + len(s.delim) - 1
	if err := s.fill(last); err != nil {
		return separator{}, false, err
	}
	n := strings.Index(s.win.text[t.Start:min(last, len(s.win.text))], s.delim)
	start := t.Start + n
	return separator{start, start + len(s.delim), 1, true}, n >= 0, nil
}

// batchEnd looks for GO on a line of its own, with a count.
func (s *Scanner) batchEnd(t lexer.Token) (separator, bool, error) {
	if !strings.EqualFold(t.Text(s.win.text), "go") || !s.firstOnLine(t.Start) {
		return separator{}, false, nil
	}
	line, end, err := s.rest(t.End)
	n, ok := goCount(line)
	return separator{t.Start, end, n, false}, ok, err
}

// goCount reads what stands behind GO: how often the batch runs.
func goCount(line string) (int, bool) {
	count, _, _ := strings.Cut(line, "--")
	if count = strings.TrimSuffix(strings.TrimSpace(count), ";"); count == "" {
		return 1, true
	}
	n, err := strconv.ParseUint(count, 10, 31)
	return int(n), err == nil
}

// separate ends the statement at a separator that begins in t.
func (s *Scanner) separate(t lexer.Token, sep separator, err error) (Statement, bool, error) {
	if err != nil {
		return Statement{}, false, err
	}
	if sep.start > t.Start {
		t.End = sep.start
		s.take(t)
	}
	copies := s.st.body.copies
	st, ok := s.cut(sep.end)
	st.Repeat = sep.repeat
	if !ok || sep.repeat == 0 { // GO 0 runs a batch never
		return Statement{}, false, nil
	}
	if sep.statement {
		s.trail(&st)
	}
	if copies {
		st.Data, err = s.beginData()
	}
	return st, true, err
}

// trail finds the comment that stands behind a statement on its line. What cannot
// be read there is an error of what follows.
func (s *Scanner) trail(st *Statement) {
	t, err := s.token()
	if err == nil && t.Kind == lexer.Space && !strings.Contains(t.Text(s.win.text), "\n") {
		s.st.pos = t.End
		t, err = s.token()
	}
	if err == nil && t.Kind == lexer.LineComment {
		st.Trailing = own(t.Text(s.win.text))
		s.skip(t.End)
	}
}

// fill reads until the window has n bytes, or all there are.
func (s *Scanner) fill(n int) error {
	for len(s.win.text) < n && !s.win.eof {
		if err := s.win.grow(n - len(s.win.text)); err != nil {
			return err
		}
	}
	return nil
}

// rest is the rest of the line from at on, and where it ends.
func (s *Scanner) rest(at int) (line string, end int, err error) {
	for {
		if n := strings.IndexByte(s.win.text[at:], '\n'); n >= 0 {
			return s.win.text[at : at+n], at + n, nil
		}
		if s.win.eof {
			return s.win.text[at:], len(s.win.text), nil
		}
		if err := s.win.grow(len(s.win.text) - at + 1); err != nil {
			return "", 0, err
		}
	}
}
