package fakedriver

import (
	"slices"

	"github.com/sqlscope/sqlscope/drivers"
)

// statement runs in a transaction.
type statement interface {
	run(r *run) (*result, error)
}

// result is what a statement did and, where it returns rows, a cursor.
type result struct {
	drivers.Result
	columns []string
	next    func() (row, error) // nil row: the end
}

// parser reads one statement. Its methods panic with an *Error, which whole
// turns into a return: that keeps a hand-written parser readable.
type parser struct {
	tokens []token
	pos    int
	args   int // placeholders seen
	refs   []ref
}

// ref is a column that an expression names.
type ref struct{ alias, name string }

func parse(sql string) (s statement, args int, err error) {
	tokens, err := lex(sql)
	if err != nil {
		return nil, 0, err
	}
	p := &parser{tokens: tokens}
	s, err = p.whole()
	return s, p.args, err
}

// whole reads the one statement that there is.
func (p *parser) whole() (s statement, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			s, err = nil, refusal(thrown)
		}
	}()
	s = p.statement()
	p.accept(";")
	if p.pos < len(p.tokens) {
		p.fail()
	}
	return s, nil
}

// refusal is the error that [parser.fail] threw; any other panic is a bug of the parser.
func refusal(thrown any) error {
	if e, ok := thrown.(*Error); ok {
		return e
	}
	panic(thrown)
}

func (p *parser) statement() statement {
	switch word := p.word(); word {
	case "create":
		return p.create()
	case "alter":
		return p.alter()
	case "drop":
		return p.drop()
	case "insert":
		return p.insert()
	case "select":
		return p.query()
	case "update":
		return p.update()
	case "delete":
		return p.delete()
	}
	p.pos--
	p.fail()
	return nil
}

func (p *parser) fail() {
	near := "the end"
	if p.pos < len(p.tokens) {
		near = p.tokens[p.pos].text
	}
	panic(Errorf(drivers.KindSyntax, "syntax error at %s", near))
}

func (p *parser) peek() token {
	if p.pos < len(p.tokens) {
		return p.tokens[p.pos]
	}
	return token{}
}

func (p *parser) take() token {
	t := p.peek()
	if t.kind == 0 {
		p.fail()
	}
	p.pos++
	return t
}

// word reads a name or a keyword.
func (p *parser) word() string {
	if p.peek().kind != 'w' {
		p.fail()
	}
	return p.take().text
}

// accept reads the words or signs if all of them come next.
func (p *parser) accept(texts ...string) bool {
	for i, text := range texts {
		if p.pos+i >= len(p.tokens) {
			return false
		}
		if t := p.tokens[p.pos+i]; t.kind != 'w' && t.kind != 's' || t.text != text {
			return false
		}
	}
	p.pos += len(texts)
	return true
}

func (p *parser) expect(texts ...string) {
	if !p.accept(texts...) {
		p.fail()
	}
}

func (p *parser) at(words ...string) bool {
	return p.peek().kind == 'w' && slices.Contains(words, p.peek().text)
}

// list reads item { "," item }.
func (p *parser) list(item func()) {
	item()
	for p.accept(",") {
		item()
	}
}

// names reads "(" name { "," name } ")".
func (p *parser) names() (names []string) {
	p.expect("(")
	p.list(func() { names = append(names, p.word()) })
	p.expect(")")
	return names
}
