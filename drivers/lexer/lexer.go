// Package lexer cuts SQL text into tokens by the lexical rules of a database.
//
// It is what everything that looks into SQL text shares: placeholders are found
// with it, and migration files are split into statements. It does not parse, it
// allocates nothing, and it never fails: what is not closed is a token that
// says so.
//
// The text may be a part of a longer one. A token that ends where the text ends
// could go on in the rest, and [Token.Open] tells that more text could even
// change what it is; so a reader of streams lexes such a token again when it has
// read more.
package lexer

import (
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
)

// Kind is what a token is.
type Kind uint8

// The kinds of tokens.
const (
	// Punct is one byte of anything else.
	Punct Kind = iota
	// Space is a run of white space.
	Space
	// LineComment ends before its line feed.
	LineComment
	// BlockComment is between /* and */.
	BlockComment
	// String is a literal in single quotes, with what belongs to it in front: the
	// E of E'…', the q of q'[…]'. In double quotes too, where backslashes escape.
	String
	// Dollar is a literal between $tag$ and $tag$.
	Dollar
	// Name is a quoted name, in double quotes, backticks or brackets.
	Name
	// Word is a keyword or a name without quotes.
	Word
	// Number is what begins with a digit.
	Number
)

// Token is the part text[Start:End] of a text.
type Token struct {
	// Kind is what it is.
	Kind Kind
	// Start and End are offsets in the text, in bytes.
	Start, End int
	// Open: the text ended before it was clear where the token ends. At the end
	// of all text it is a literal, a quoted name or a comment that is not closed,
	// or a dollar sign.
	Open bool
}

// Text is the token's part of the text that it was found in.
func (t Token) Text(text string) string { return text[t.Start:t.End] }

// Blank reports whether the token is white space or a comment.
func (t Token) Blank() bool {
	return t.Kind == Space || t.Kind == LineComment || t.Kind == BlockComment
}

// Next returns the token that begins at i, which is not the end of text. It
// walks byte by byte: all that it looks for is ASCII, which never occurs inside
// a multi-byte UTF-8 sequence.
func Next(text string, i int, lex *drivers.Lexical) Token {
	s := scan{text, lex}
	switch c := text[i]; c {
	case ' ', '\t', '\n', '\r', '\f', '\v':
		return s.space(i)
	case '\'':
		return s.quoted(String, i, i+1, c, lex.BackslashEscapes)
	case '"':
		if lex.BackslashEscapes {
			return s.quoted(String, i, i+1, c, true)
		}
		return s.quoted(Name, i, i+1, c, false)
	case '`':
		if lex.Backticks {
			return s.quoted(Name, i, i+1, c, false)
		}
	case '[':
		if lex.Brackets {
			return s.quoted(Name, i, i+1, ']', false)
		}
	case '-':
		if s.at(i+1) == '-' && s.dashComment(i+2) {
			return s.line(i)
		}
	case '#':
		if lex.HashComments {
			return s.line(i)
		}
	case '/':
		if s.at(i+1) == '*' {
			return s.block(i)
		}
	case '$':
		if lex.DollarQuotes {
			return s.dollar(i)
		}
	default:
		if IsWord(c) {
			return s.word(i)
		}
	}
	return Token{Kind: Punct, Start: i, End: i + 1}
}

type scan struct {
	text string
	lex  *drivers.Lexical
}

// at is the byte at i, or 0 past the end.
func (s scan) at(i int) byte {
	if i < len(s.text) {
		return s.text[i]
	}
	return 0
}

func (s scan) space(i int) Token {
	start := i
	for i < len(s.text) && IsSpace(s.text[i]) {
		i++
	}
	return Token{Kind: Space, Start: start, End: i}
}

// dashComment reports whether two dashes before i begin a comment.
func (s scan) dashComment(i int) bool {
	return !s.lex.DashSpace || i >= len(s.text) || s.text[i] <= ' '
}

func (s scan) line(start int) Token {
	if n := strings.IndexByte(s.text[start:], '\n'); n >= 0 {
		return Token{Kind: LineComment, Start: start, End: start + n}
	}
	return Token{Kind: LineComment, Start: start, End: len(s.text)}
}

func (s scan) block(start int) Token {
	for i, depth := start+2, 1; i < len(s.text); i++ {
		switch {
		case s.text[i] == '*' && s.at(i+1) == '/':
			i++
			if depth--; depth == 0 {
				return Token{Kind: BlockComment, Start: start, End: i + 1}
			}
		case s.lex.NestedComments && s.text[i] == '/' && s.at(i+1) == '*':
			i++
			depth++
		}
	}
	return s.open(BlockComment, start)
}

// quoted returns what began at start with the quote before i. A doubled quote
// stands for one.
func (s scan) quoted(kind Kind, start, i int, q byte, escapes bool) Token {
	for ; i < len(s.text); i++ {
		switch {
		case s.text[i] == '\\' && escapes:
			i++
		case s.text[i] != q:
		case s.at(i+1) == q:
			i++
		default:
			return Token{Kind: kind, Start: start, End: i + 1}
		}
	}
	return s.open(kind, start)
}

// dollar returns $tag$ … $tag$, or the dollar sign alone.
func (s scan) dollar(start int) Token {
	end := start + 1
	for end < len(s.text) && IsWord(s.text[end]) {
		end++
	}
	sign := Token{Kind: Punct, Start: start, End: start + 1}
	switch {
	case isDigit(s.at(start + 1)):
		return sign
	case end == len(s.text):
		sign.Open = true
		return sign
	case s.text[end] != '$':
		return sign
	}
	tag := s.text[start : end+1]
	if n := strings.Index(s.text[end+1:], tag); n >= 0 {
		return Token{Kind: Dollar, Start: start, End: end + 1 + n + len(tag)}
	}
	return s.open(Dollar, start)
}

// word takes a whole word, so that the $ inside a$1 or the E of THE'x' are not
// taken for something that begins there.
func (s scan) word(start int) Token {
	kind := Word
	if isDigit(s.text[start]) {
		kind = Number
	}
	i := start
	for i < len(s.text) && (IsWord(s.text[i]) || s.text[i] == '$' && kind == Word) {
		i++
	}
	if s.at(i) == '\'' && i <= start+2 {
		if t, ok := s.prefixed(start, i); ok {
			return t
		}
	}
	return Token{Kind: kind, Start: start, End: i}
}

// prefixed returns the literal whose quote is at i and whose prefix is before it.
func (s scan) prefixed(start, i int) (Token, bool) {
	switch prefix := s.text[start:i]; {
	case s.lex.EscapeStrings && strings.EqualFold(prefix, "e"):
		return s.quoted(String, start, i+1, '\'', true), true
	case s.lex.ChosenQuotes && (strings.EqualFold(prefix, "q") || strings.EqualFold(prefix, "nq")):
		return s.chosen(start, i+1), true
	}
	return Token{}, false
}

// chosen returns q'[…]', whose quotes are the byte at i and its counterpart.
func (s scan) chosen(start, i int) Token {
	if i >= len(s.text) {
		return s.open(String, start)
	}
	end := s.text[i : i+1]
	if k := strings.Index("[({<", end); k >= 0 {
		end = "])}>"[k : k+1]
	}
	if n := strings.Index(s.text[i+1:], end+"'"); n >= 0 {
		return Token{Kind: String, Start: start, End: i + 1 + n + 2}
	}
	return s.open(String, start)
}

func (s scan) open(kind Kind, start int) Token {
	return Token{Kind: kind, Start: start, End: len(s.text), Open: true}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// IsSpace reports whether c is white space.
func IsSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// IsWord reports whether c can be part of a name; bytes of multi-byte
// characters can.
func IsWord(c byte) bool {
	return c == '_' || isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80
}
