// Package placeholder rewrites the placeholders of a statement, ? and :name,
// to the style of a database.
//
// It finds them with a lexer that follows the database's lexical rules, so
// that a question mark in a literal, a quoted name, a dollar-quoted body or a
// comment stays what it is. It does not parse SQL and never fails on a text
// that it cannot make sense of: what is not closed ends with the text, and the
// database says what is wrong with it.
package placeholder

import (
	"strconv"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/lexer"
)

// Text is a statement in a database's own placeholder style.
type Text struct {
	// SQL is the rewritten statement.
	SQL string
	// Args is the number of arguments that SQL takes.
	Args int
	// Names are the names of the arguments in order, if they are named.
	Names []string
}

// Positional rewrites ? to the placeholders of lex. Two question marks stand
// for a literal one. A text that uses the database's numbered placeholders
// ($1, or ?1) is left as it is, question marks included.
func Positional(sql string, lex *drivers.Lexical) *Text {
	toks := scan(sql, lex, false)
	if highest, ok := numbered(toks); ok {
		return &Text{SQL: sql, Args: highest}
	}
	r := rewriter{sql: sql, lex: lex}
	for _, t := range toks {
		r.positional(t)
	}
	return r.text()
}

// Named rewrites :name to the placeholders of lex. A double colon is a cast,
// and question marks are left as they are but for two of them, which stand for
// one.
func Named(sql string, lex *drivers.Lexical) *Text {
	r := rewriter{sql: sql, lex: lex}
	for _, t := range scan(sql, lex, true) {
		r.named(t)
	}
	return r.text()
}

// numbered tells the highest number among numbered placeholders.
func numbered(toks []token) (highest int, ok bool) {
	for _, t := range toks {
		if t.kind == tokNumber {
			highest, ok = max(highest, t.number), true
		}
	}
	return highest, ok
}

// rewriter copies a text and replaces its tokens.
type rewriter struct {
	sql   string
	lex   *drivers.Lexical
	out   strings.Builder
	done  int // sql[:done] has been copied
	args  int
	names []string
}

func (r *rewriter) positional(t token) {
	switch t.kind {
	case tokQuestion:
		r.args++
		r.replace(t, r.spell(r.args))
	case tokDouble:
		r.replace(t, r.literal())
	}
}

func (r *rewriter) named(t token) {
	switch t.kind {
	case tokName:
		r.replace(t, r.spell(r.number(t.name)))
	case tokDouble:
		r.replace(t, r.literal())
	}
}

// number is the position of a named argument. Where placeholders carry a
// number a repeated name is sent once.
func (r *rewriter) number(name string) int {
	if r.lex.Placeholder == drivers.Dollar {
		for i, n := range r.names {
			if n == name {
				return i + 1
			}
		}
	}
	r.names = append(r.names, name)
	r.args = len(r.names)
	return r.args
}

func (r *rewriter) spell(n int) string {
	if r.lex.Placeholder == drivers.Dollar {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}

// literal spells a question mark that is not a placeholder. A database whose
// placeholder is ? has no such operator, and its error should show what was
// written.
func (r *rewriter) literal() string {
	if r.lex.Placeholder == drivers.Dollar {
		return "?"
	}
	return "??"
}

// replace writes by in place of t. A $1 keeps a space from its neighbours, or
// "limit?" would become the name "limit$1" and "?0" the placeholder "$10".
func (r *rewriter) replace(t token, by string) {
	r.out.WriteString(r.sql[r.done:t.start])
	r.done = t.end
	if by[0] != '$' {
		r.out.WriteString(by)
		return
	}
	if t.start > 0 && (lexer.IsWord(r.sql[t.start-1]) || r.sql[t.start-1] == '$') {
		r.out.WriteByte(' ')
	}
	r.out.WriteString(by)
	if t.end < len(r.sql) && isDigit(r.sql[t.end]) {
		r.out.WriteByte(' ')
	}
}

func (r *rewriter) text() *Text {
	if r.done == 0 {
		return &Text{SQL: r.sql, Args: r.args, Names: r.names}
	}
	r.out.WriteString(r.sql[r.done:])
	return &Text{SQL: r.out.String(), Args: r.args, Names: r.names}
}
