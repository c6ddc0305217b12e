package placeholder

import (
	"strconv"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
)

// tokenKind is what a token is; the lexer reports only what rewriting needs.
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

// lexer walks over a text byte by byte. All that it looks for is ASCII, which
// never occurs inside a multi-byte UTF-8 sequence.
type lexer struct {
	sql   string
	lex   *drivers.Lexical
	named bool
	toks  []token
}

func scan(sql string, lex *drivers.Lexical, named bool) []token {
	l := lexer{sql: sql, lex: lex, named: named}
	for i := 0; i < len(sql); {
		i = l.next(i)
	}
	return l.toks
}

// next handles what begins at i and returns where it ends.
func (l *lexer) next(i int) int {
	switch c := l.sql[i]; c {
	case '\'', '"':
		return l.quoted(i+1, c, l.lex.BackslashEscapes)
	case '`':
		return l.when(l.lex.Backticks, i, func() int { return l.quoted(i+1, c, false) })
	case '[':
		return l.when(l.lex.Brackets, i, func() int { return l.until(i+1, "]") })
	case '-':
		return l.when(l.at(i+1) == '-', i, func() int { return l.until(i+2, "\n") })
	case '#':
		return l.when(l.lex.HashComments, i, func() int { return l.until(i+1, "\n") })
	case '/':
		return l.when(l.at(i+1) == '*', i, func() int { return l.comment(i + 2) })
	case '$':
		return l.dollar(i)
	case '?':
		return l.question(i)
	case ':':
		return l.colon(i)
	default:
		return l.plain(i)
	}
}

func (l *lexer) when(ok bool, i int, f func() int) int {
	if ok {
		return f()
	}
	return i + 1
}

// plain skips a whole word, so that the $ inside a$1 or the E of THE'x' are
// not taken for something that begins there.
func (l *lexer) plain(i int) int {
	if !isWord(l.sql[i]) {
		return i + 1
	}
	start, number := i, isDigit(l.sql[i])
	for i < len(l.sql) && (isWord(l.sql[i]) || l.sql[i] == '$' && !number) {
		i++
	}
	if l.at(i) == '\'' && l.lex.EscapeStrings && i == start+1 && l.sql[start]|0x20 == 'e' {
		return l.quoted(i+1, '\'', true)
	}
	return i
}

// quoted returns the end of what began just before i with the quote q. A
// doubled quote needs no care: it ends one literal and begins the next.
func (l *lexer) quoted(i int, q byte, escapes bool) int {
	for ; i < len(l.sql); i++ {
		switch {
		case l.sql[i] == q:
			return i + 1
		case l.sql[i] == '\\' && escapes:
			i++
		}
	}
	return len(l.sql)
}

func (l *lexer) until(i int, end string) int {
	if k := strings.Index(l.sql[i:], end); k >= 0 {
		return i + k + len(end)
	}
	return len(l.sql)
}

func (l *lexer) comment(i int) int {
	for depth := 1; i < len(l.sql); i++ {
		switch {
		case l.sql[i] == '*' && l.at(i+1) == '/':
			i++
			if depth--; depth == 0 {
				return i + 1
			}
		case l.lex.NestedComments && l.sql[i] == '/' && l.at(i+1) == '*':
			i++
			depth++
		}
	}
	return len(l.sql)
}

// dollar handles $1 and $tag$ … $tag$.
func (l *lexer) dollar(i int) int {
	if end := l.digits(i + 1); end > i+1 && l.lex.Placeholder == drivers.Dollar {
		return l.number(i, end)
	}
	if !l.lex.DollarQuotes {
		return i + 1
	}
	end := i + 1
	for end < len(l.sql) && isWord(l.sql[end]) {
		end++
	}
	if l.at(end) != '$' || isDigit(l.at(i+1)) {
		return i + 1
	}
	return l.until(end+1, l.sql[i:end+1])
}

func (l *lexer) question(i int) int {
	if l.at(i+1) == '?' {
		return l.emit(token{kind: tokDouble, start: i, end: i + 2})
	}
	if end := l.digits(i + 1); end > i+1 && l.lex.Placeholder == drivers.Question {
		return l.number(i, end)
	}
	return l.emit(token{kind: tokQuestion, start: i, end: i + 1})
}

func (l *lexer) colon(i int) int {
	if l.at(i+1) == ':' {
		return i + 2
	}
	if c := l.at(i + 1); !l.named || !isWord(c) || isDigit(c) {
		return i + 1
	}
	end := i + 1
	for end < len(l.sql) && isWord(l.sql[end]) {
		end++
	}
	return l.emit(token{kind: tokName, start: i, end: end, name: l.sql[i+1 : end]})
}

func (l *lexer) number(start, end int) int {
	n, err := strconv.Atoi(l.sql[start+1 : end])
	if err != nil {
		return end // too large for any database, whose error will say so
	}
	return l.emit(token{kind: tokNumber, start: start, end: end, number: n})
}

func (l *lexer) digits(i int) int {
	for i < len(l.sql) && isDigit(l.sql[i]) {
		i++
	}
	return i
}

func (l *lexer) emit(t token) int {
	l.toks = append(l.toks, t)
	return t.end
}

// at is the byte at i, or 0 past the end.
func (l *lexer) at(i int) byte {
	if i < len(l.sql) {
		return l.sql[i]
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isWord reports whether c can be part of a name; bytes of multi-byte
// characters can.
func isWord(c byte) bool {
	return c == '_' || isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80
}
