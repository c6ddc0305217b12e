package fakedriver

import (
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
)

// token is a word, a number, a literal ('), an argument (?) or a sign.
type token struct {
	kind byte // w, 0, ', ? or s
	text string
}

// lex splits a statement. Words are in lower case unless they are quoted.
func lex(sql string) ([]token, error) {
	var tokens []token
	for sql = skip(sql); sql != ""; sql = skip(sql) {
		t, n := next(sql)
		if n == 0 {
			return nil, Errorf(drivers.KindSyntax, "cannot read %q", sql)
		}
		tokens = append(tokens, t)
		sql = sql[n:]
	}
	return tokens, nil
}

// skip drops blanks and comments.
func skip(sql string) string {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n")
		var end string
		switch {
		case strings.HasPrefix(sql, "--"):
			end = "\n"
		case strings.HasPrefix(sql, "/*"):
			end = "*/"
		default:
			return sql
		}
		_, sql, _ = strings.Cut(sql[2:], end)
	}
}

// next reads one token and tells its length; 0: there is none.
func next(sql string) (token, int) {
	switch c := sql[0]; {
	case c == '\'' || c == '"':
		return quoted(sql)
	case c == '?':
		return token{'?', ""}, 1
	case c == '$':
		n := span(sql[1:], isDigit)
		return token{'?', sql[1 : n+1]}, n + 1
	case isDigit(c):
		n := span(sql, func(c byte) bool { return isDigit(c) || c == '.' })
		return token{'0', sql[:n]}, n
	case isWord(c):
		n := span(sql, isWord)
		return token{'w', strings.ToLower(sql[:n])}, n
	}
	return sign(sql)
}

// signs are all signs, the longer ones first.
var signs = []string{
	"<=", ">=", "<>", "||", "(", ")", ",", "=", "<", ">", "+", "-", "*", "/", ".", ";",
}

func sign(sql string) (token, int) {
	for _, sign := range signs {
		if strings.HasPrefix(sql, sign) {
			return token{'s', sign}, len(sign)
		}
	}
	return token{}, 0
}

// quoted reads a literal or a quoted name, where a doubled quote is a quote.
func quoted(sql string) (token, int) {
	quote := sql[:1]
	kind := byte('\'')
	if quote == `"` {
		kind = 'w'
	}
	for i := 1; i < len(sql); i++ {
		if sql[i:i+1] != quote {
			continue
		}
		if i+1 < len(sql) && sql[i+1:i+2] == quote {
			i++
			continue
		}
		return token{kind, strings.ReplaceAll(sql[1:i], quote+quote, quote)}, i + 1
	}
	return token{}, 0
}

func span(s string, in func(byte) bool) int {
	for i := range len(s) {
		if !in(s[i]) {
			return i
		}
	}
	return len(s)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWord(c byte) bool {
	return c == '_' || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
