package odbc

import (
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/lexer"
)

// quietComments replaces question marks in comments.
func quietComments(sql string, lex *drivers.Lexical) string {
	if !strings.Contains(sql, "?") {
		return sql
	}
	b := []byte(sql)
	for i := 0; i < len(sql); {
		t := lexer.Next(sql, i, lex)
		for j := t.Start; j < t.End && t.Blank(); j++ {
			if b[j] == '?' {
				b[j] = '.'
			}
		}
		i = t.End
	}
	return string(b)
}

// toUTF16 writes a text as UTF-16 and returns how many units it took; to has
// room for as many units as the text has bytes.
func toUTF16(to []uint16, text string) int {
	n := 0
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			to[n] = uint16(c)
			n++
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
			to[n], to[n+1] = uint16(hi), uint16(lo)
			n++
		} else {
			to[n] = uint16(r)
		}
		n++
		i += size
	}
	return n
}

// toUTF16NUL is a text as UTF-16 with a NUL behind it.
func toUTF16NUL(to []uint16, text string) []uint16 {
	to = slices.Grow(to[:0], len(text)+1)
	to = to[:cap(to)]
	n := toUTF16(to, text)
	to[n] = 0
	return to[:n+1]
}

// fromUTF16 is the text of UTF-16; half a surrogate pair becomes U+FFFD.
func fromUTF16(units []uint16) string {
	ascii := 0
	for ascii < len(units) && units[ascii] < utf8.RuneSelf {
		ascii++
	}
	size := len(units)
	if ascii < len(units) {
		size = ascii + 3*(len(units)-ascii)
	}
	if size == 0 {
		return ""
	}
	b := make([]byte, ascii, size)
	for i, u := range units[:ascii] {
		b[i] = byte(u)
	}
	for i := ascii; i < len(units); i++ {
		r := rune(units[i])
		if utf16.IsSurrogate(r) {
			next := rune(0)
			if i+1 < len(units) {
				next = rune(units[i+1])
			}
			if r = utf16.DecodeRune(r, next); r != utf8.RuneError {
				i++
			}
		}
		b = utf8.AppendRune(b, r)
	}
	return unsafe.String(&b[0], len(b)) // nobody else has the bytes
}
