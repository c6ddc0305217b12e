package placeholder

import (
	"strconv"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/lexer"
)

// tokenKind is what a placeholder is, and what looks like one.
type tokenKind uint8

const (
	tokQuestion tokenKind = iota + 1 // ?
	tokDouble                        // ??
	tokNumber                        // $1, or ?1 where ? is the placeholder
	tokName                          // :name
)

// token is the part sql[start:end] of a text.
type token struct {
	kind       tokenKind
	start, end int
	number     int
	name       string
}

// finder collects the tokens of a text that rewriting needs.
type finder struct {
	sql   string
	lex   *drivers.Lexical
	named bool
	toks  []token
}

func scan(sql string, lex *drivers.Lexical, named bool) []token {
	f := finder{sql: sql, lex: lex, named: named}
	for i := 0; i < len(sql); {
		i = f.next(i)
	}
	return f.toks
}

// next handles what begins at i and returns where it ends.
func (f *finder) next(i int) int {
	t := lexer.Next(f.sql, i, f.lex)
	if t.Kind != lexer.Punct {
		return t.End
	}
	switch f.sql[i] {
	case '$':
		return f.dollar(i)
	case '?':
		return f.question(i)
	case ':':
		return f.colon(i)
	}
	return t.End
}

// dollar handles $1.
func (f *finder) dollar(i int) int {
	if end := f.digits(i + 1); end > i+1 && f.lex.Placeholder == drivers.Dollar {
		return f.number(i, end)
	}
	return i + 1
}

func (f *finder) question(i int) int {
	if f.at(i+1) == '?' {
		return f.emit(token{kind: tokDouble, start: i, end: i + 2})
	}
	if end := f.digits(i + 1); end > i+1 && f.lex.Placeholder == drivers.Question {
		return f.number(i, end)
	}
	return f.emit(token{kind: tokQuestion, start: i, end: i + 1})
}

func (f *finder) colon(i int) int {
	if f.at(i+1) == ':' {
		return i + 2
	}
	if c := f.at(i + 1); !f.named || !lexer.IsWord(c) || isDigit(c) {
		return i + 1
	}
	end := i + 1
	for end < len(f.sql) && lexer.IsWord(f.sql[end]) {
		end++
	}
	return f.emit(token{kind: tokName, start: i, end: end, name: f.sql[i+1 : end]})
}

func (f *finder) number(start, end int) int {
	n, err := strconv.Atoi(f.sql[start+1 : end])
	if err != nil {
		return end // too large for any database, whose error will say so
	}
	return f.emit(token{kind: tokNumber, start: start, end: end, number: n})
}

func (f *finder) digits(i int) int {
	for i < len(f.sql) && isDigit(f.sql[i]) {
		i++
	}
	return i
}

func (f *finder) emit(t token) int {
	f.toks = append(f.toks, t)
	return t.end
}

// at is the byte at i, or 0 past the end.
func (f *finder) at(i int) byte {
	if i < len(f.sql) {
		return f.sql[i]
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
