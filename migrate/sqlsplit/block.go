package sqlsplit

import (
	"strings"

	"github.com/sqlscope/sqlscope/drivers/lexer"
)

// block returns the statement that is taken as it is: from the line after the
// one that ends at begin up to the line that is a BlockEnd.
func (s *Scanner) block(begin int) (Statement, bool, error) {
	for at := begin; ; {
		line, end, err := s.rest(at)
		if err != nil {
			return Statement{}, false, err
		}
		if s.edge(strings.TrimSpace(line)) == BlockEnd {
			s.whole(begin, at)
			st, ok := s.cut(end)
			return st, ok, nil
		}
		if end == len(s.win.text) {
			return Statement{}, false, s.errorf(begin, "the statement that begins here is not ended by a line")
		}
		at = end + 1
	}
}

// whole makes text[begin:end] the statement, without the comments before it.
func (s *Scanner) whole(begin, end int) {
	last := len(strings.TrimRight(s.win.text[:end], " \t\r\n\f\v"))
	for begin < last {
		t := lexer.Next(s.win.text[:last], begin, s.lex)
		if !t.Blank() || s.executed(t) {
			s.st.begun, s.st.first, s.st.last = true, begin, last
			return
		}
		begin = t.End
	}
}
