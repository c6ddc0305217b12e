package mysql

import (
	"strings"

	"github.com/sqlscope/sqlscope/drivers/lexer"
)

// insert is an INSERT or REPLACE of one row of placeholders and constants:
//
//	INSERT INTO t (a, b) VALUES (?, 1) ON DUPLICATE KEY UPDATE b = VALUES(b)
//
// Written with several rows it does the same as one run after the other. With
// an expression in its row, or a placeholder anywhere else, it might not.
type insert struct {
	head string // up to VALUES
	row  string // (?, 1)
	tail string // what follows, without placeholders
	args int    // placeholders in row
}

// rows is the statement with n rows.
func (in insert) rows(n int) string {
	var b strings.Builder
	b.Grow(len(in.head) + n*(len(in.row)+1) + len(in.tail))
	b.WriteString(in.head)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(in.row)
	}
	b.WriteString(in.tail)
	return b.String()
}

// parseInsert reports whether sql is such a statement. What it does not know,
// it does not take for one.
func parseInsert(sql string) (in insert, ok bool) {
	p := insertParser{text: sql}
	if !p.header() || p.peek() != "(" {
		return in, false
	}
	from := p.start
	if !p.row() {
		return in, false
	}
	in = insert{head: sql[:from], row: sql[from:p.at], args: p.args}
	tail := p.at
	if !p.ending() {
		return in, false
	}
	in.tail = sql[tail:]
	// The library counts question marks and knows no literals and comments.
	return in, strings.Count(sql, "?") == in.args
}

// insertParser takes a statement's tokens one by one. An empty one is the end,
// or something that is not understood: then the statement is not taken for a
// plain INSERT.
type insertParser struct {
	text  string
	start int // of the token taken last
	at    int // the end of the token taken last
	stuck bool
	args  int
}

// header takes everything up to VALUES.
func (p *insertParser) header() bool {
	if first := p.take(); first != "INSERT" && first != "REPLACE" {
		return false
	}
	for isModifier(p.peek()) {
		p.take()
	}
	if !p.name() {
		return false
	}
	if p.peek() == "(" && !p.names() {
		return false
	}
	word := p.take()
	return word == "VALUES" || word == "VALUE"
}

func isModifier(word string) bool {
	switch word {
	case "INTO", "IGNORE", "LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED":
		return true
	}
	return false
}

// name takes the name of a table or column.
func (p *insertParser) name() bool {
	for {
		if word := p.take(); word == "" || !lexer.IsWord(word[0]) && word[0] != '`' && word[0] != '"' {
			return false
		}
		if p.peek() != "." {
			return true
		}
		p.take()
	}
}

// names takes the list of columns.
func (p *insertParser) names() bool {
	for p.take(); ; { // the bracket or a comma
		if !p.name() {
			return false
		}
		if next := p.take(); next != "," {
			return next == ")"
		}
	}
}

// row takes the brackets after VALUES.
func (p *insertParser) row() bool {
	for p.take(); ; {
		switch token := p.take(); {
		case token == ")":
			return true
		case token == "?":
			p.args++
		case !isConstant(token):
			return false
		}
	}
}

// isConstant reports whether a token is part of a list of constants.
func isConstant(token string) bool {
	switch token {
	case "", "(", "@", ":":
		return false
	case "NULL", "DEFAULT", "TRUE", "FALSE":
		return true
	}
	c := token[0]
	return !lexer.IsWord(c) && c != '`' && c != '$' || '0' <= c && c <= '9'
}

// ending takes what follows the row.
func (p *insertParser) ending() bool {
	switch p.peek() {
	case "", "ON", "AS":
	default:
		return false
	}
	for p.peek() != "" {
		if token := p.take(); token == "SELECT" || token == ";" {
			return false
		}
	}
	return !p.stuck
}

// peek is the token that take will return; start is then where that begins.
func (p *insertParser) peek() string {
	at := p.at
	token := p.take()
	p.at = at
	return token
}

// take returns the next token, words in upper case.
func (p *insertParser) take() string {
	for p.at < len(p.text) && !p.stuck {
		t := lexer.Next(p.text, p.at, &lexical)
		text := t.Text(p.text)
		p.start, p.at = t.Start, t.End
		switch {
		case t.Open, isHidden(t, text, t.End == len(p.text)):
			p.stuck = true
		case t.Blank():
		case t.Kind == lexer.Word:
			return strings.ToUpper(text)
		default:
			return text
		}
	}
	return ""
}

// isHidden reports whether a token is not the same to every server and in every
// place: a comment that is SQL to some; one that more rows would become a part
// of; a backslash, which is an escape in some modes and a character in others.
func isHidden(t lexer.Token, text string, last bool) bool {
	switch t.Kind {
	case lexer.BlockComment:
		return strings.HasPrefix(text, "/*!") || strings.HasPrefix(text, "/*M!")
	case lexer.LineComment:
		return last
	case lexer.String:
		return strings.IndexByte(text, '\\') >= 0
	}
	return false
}
