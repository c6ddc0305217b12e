package sqlsplit

import (
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/lexer"
)

// Edge is what a comment says about where statements begin and end.
type Edge uint8

// The edges.
const (
	// NoEdge: it is a comment.
	NoEdge Edge = iota
	// Break ends the statement before it, delimiter or not.
	Break
	// BlockBegin begins a statement that is taken as it is, whatever is in it, up
	// to the next line that is a BlockEnd.
	BlockBegin
	// BlockEnd ends such a statement. Elsewhere it is a mistake.
	BlockEnd
)

// Options say how a [Scanner] reads, beyond its dialect. The zero value reads
// plain SQL.
type Options struct {
	// Edge tells what a line comment means to the one who writes the file, such as
	// "-- +goose StatementBegin". Nil means that comments are comments.
	Edge func(comment string) Edge
}

// Scanner reads statements from a text, one after the other. It is not for
// concurrent use.
type Scanner struct {
	win     window
	dialect Dialect
	lex     *drivers.Lexical
	edge    func(string) Edge
	delim   string // ends a statement; empty where only lines do
	count   int
	err     error // what Next goes on returning
	data    *copyData
	st      state
}

// state is what is known of the statement at hand, which begins where the window
// does. All offsets are in the window.
type state struct {
	pos         int  // what follows has not been looked at
	begun       bool // it has a token
	first, last int  // where its first token begins and its last one ends
	body        body
}

// NewScanner returns a scanner of r's statements. At most one opts is given.
func NewScanner(r io.Reader, d Dialect, opts ...Options) *Scanner {
	s := &Scanner{win: newWindow(r), dialect: d, lex: d.Lexical(), delim: ";"}
	if d == SQLServer {
		s.delim = ""
	}
	if len(opts) > 0 {
		s.edge = opts[0].Edge
	}
	s.reset()
	return s
}

// Split returns the statements of r, and the error that ends them, if any.
func Split(r io.Reader, d Dialect, opts ...Options) iter.Seq2[Statement, error] {
	return func(yield func(Statement, error) bool) {
		for s := NewScanner(r, d, opts...); ; {
			st, err := s.Next()
			if err == io.EOF || !yield(st, err) || err != nil {
				return
			}
		}
	}
}

// Next returns the next statement, or io.EOF after the last one. Any other error
// is final: a [*SyntaxError], [ErrEncoding], or what the reader returned.
func (s *Scanner) Next() (Statement, error) {
	if s.err == nil {
		s.err = s.skipData()
	}
	for s.err == nil {
		var st Statement
		var ok bool
		if st, ok, s.err = s.step(); ok {
			s.count++
			st.Number = s.count
			return st, nil
		}
	}
	return Statement{}, s.err
}

// step deals with one token, and returns the statement if that ended it. An error
// that comes with a statement belongs to what follows.
func (s *Scanner) step() (Statement, bool, error) {
	t, err := s.token()
	switch {
	case err == io.EOF:
		return s.end(len(s.win.text), io.EOF)
	case err != nil:
		return Statement{}, false, err
	case t.Kind == lexer.LineComment:
		return s.comment(t)
	case t.Kind == lexer.Space, t.Kind == lexer.BlockComment && !s.executed(t):
		s.pass(t)
		return Statement{}, false, nil
	}
	return s.matter(t)
}

// matter deals with a token that says something.
func (s *Scanner) matter(t lexer.Token) (Statement, bool, error) {
	if sep, ok, err := s.separator(t); ok || err != nil {
		return s.separate(t, sep, err)
	}
	if ok, err := s.command(t); ok || err != nil {
		return Statement{}, false, err
	}
	s.take(t)
	return Statement{}, false, nil
}

// token returns the token at pos, having read as much as it takes to be sure of
// it. What has to be read again is at least doubled, so that a long literal takes
// linear time.
func (s *Scanner) token() (lexer.Token, error) {
	for {
		if s.st.pos < len(s.win.text) {
			t := lexer.Next(s.win.text, s.st.pos, s.lex)
			if s.win.eof || t.Kind == lexer.Space || t.End < len(s.win.text) && !t.Open {
				return t, s.closed(t)
			}
		} else if s.win.eof {
			return lexer.Token{}, io.EOF
		}
		if err := s.win.grow(len(s.win.text) - s.st.pos + 1); err != nil {
			return lexer.Token{}, err
		}
	}
}

// closed refuses a token that the end of the text cuts off.
func (s *Scanner) closed(t lexer.Token) error {
	if !t.Open || t.Kind == lexer.Punct {
		return nil
	}
	what := map[lexer.Kind]string{lexer.String: "a literal", lexer.Dollar: "a dollar-quoted literal",
		lexer.Name: "a quoted name", lexer.BlockComment: "a comment"}[t.Kind]
	return s.errorf(t.Start, "%s begins here and is not closed", what)
}

func (s *Scanner) errorf(at int, format string, args ...any) error {
	line, column := s.win.at(at)
	return &SyntaxError{Line: line, Column: column, Message: fmt.Sprintf(format, args...)}
}

// executed reports whether a comment is one that MySQL or MariaDB runs.
func (s *Scanner) executed(t lexer.Token) bool {
	_, ok := executedFrom(t.Text(s.win.text))
	return ok && s.dialect == MySQL
}

// leadingLimit is how much of the comments before a statement is kept.
const leadingLimit = chunk

// pass goes behind a token that says nothing.
func (s *Scanner) pass(t lexer.Token) {
	s.st.pos = t.End
	if !s.st.begun && s.st.pos > leadingLimit {
		s.skip(s.st.pos)
	}
}

// take makes the token part of the statement.
func (s *Scanner) take(t lexer.Token) {
	if !s.st.begun {
		s.st.begun, s.st.first = true, t.Start
	}
	s.st.pos, s.st.last = t.End, t.End
	s.st.body.see(t, s.win.text)
}

// firstOnLine reports whether only white space is before at on its line.
func (s *Scanner) firstOnLine(at int) bool {
	before := strings.TrimRight(s.win.text[:at], " \t\r\f\v")
	return strings.HasSuffix(before, "\n") || before == "" && s.win.column == 1
}

// skip makes the window begin n bytes later, with a statement of which nothing is
// known yet.
func (s *Scanner) skip(n int) {
	s.win.pass(n)
	s.reset()
}

func (s *Scanner) reset() {
	s.st = state{body: body{dialect: s.dialect, off: s.delim != ";"}}
}

// comment deals with a line comment, which may be an edge.
func (s *Scanner) comment(t lexer.Token) (Statement, bool, error) {
	switch edge := s.edgeAt(t); {
	case edge == NoEdge:
		s.pass(t)
		return Statement{}, false, nil
	case edge == Break:
		return s.end(t.End, nil)
	case edge == BlockBegin && s.st.begun:
		return s.end(t.Start, nil) // and see the comment again
	case edge == BlockBegin:
		return s.block(t.End)
	}
	return Statement{}, false, s.errorf(t.Start, "%q ends a statement that nothing began", t.Text(s.win.text))
}

func (s *Scanner) edgeAt(t lexer.Token) Edge {
	if s.edge == nil || !s.firstOnLine(t.Start) {
		return NoEdge
	}
	return s.edge(t.Text(s.win.text))
}

// end ends the statement without a delimiter, if there is one, and goes on at
// next; then is what Next returns after it.
func (s *Scanner) end(next int, then error) (Statement, bool, error) {
	if what, at := s.st.body.unclosed(); what != "" {
		return Statement{}, false, s.errorf(at, "%s", what)
	}
	st, ok := s.cut(next)
	return st, ok, then
}

// cut returns the statement at hand, if there is one, and goes on at next.
func (s *Scanner) cut(next int) (Statement, bool) {
	if !s.st.begun {
		s.skip(next)
		return Statement{}, false
	}
	st := Statement{Repeat: 1, Dialect: s.dialect}
	st.Line, st.Column = s.win.at(s.st.first)
	st.SQL = own(s.win.text[s.st.first:s.st.last])
	st.Leading = own(strings.TrimSpace(s.win.text[:s.st.first]))
	s.skip(next)
	return st, true
}

// own keeps a short string from holding on to all that was read with it.
func own(text string) string {
	if len(text) < chunk {
		return strings.Clone(text)
	}
	return text
}
