package fakedriver

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
)

// expr is a compiled expression.
type expr func(*env) (any, error)

// env is what an expression can see.
type env struct {
	run   *run
	scope []binding
}

type binding struct {
	alias string
	table *table
	row   row
}

// resolve checks that every column named is there, rows or no rows.
func resolve(refs []ref, sources ...source) error {
	e := &env{}
	for _, s := range sources {
		nothing := make(row, len(s.table.cols))
		e.scope = append(e.scope, binding{s.alias, s.table, nothing})
	}
	for _, r := range refs {
		if _, err := e.column(r.alias, r.name); err != nil {
			return err
		}
	}
	return nil
}

func (e *env) column(alias, name string) (any, error) {
	for _, b := range e.scope {
		if i := b.table.index(name); i >= 0 && (alias == "" || alias == b.alias) {
			return b.row[i], nil
		}
	}
	return nil, Errorf(drivers.KindSyntax, "there is no column %s", name).naming("", "", name)
}

// expression reads or-terms; each level below binds tighter.
func (p *parser) expression() expr { return p.chain(p.conjunction, "or") }

// in reads a list of which one must be equal.
func (p *parser) in(left expr) expr {
	var found []expr
	p.expect("(")
	p.list(func() { found = append(found, binary("=", left, p.sum())) })
	p.expect(")")
	return anyOf(found)
}

func anyOf(conditions []expr) expr {
	return func(e *env) (any, error) {
		for _, is := range conditions {
			if v, err := is(e); err != nil || v == true {
				return v, err
			}
		}
		return false, nil
	}
}

func (p *parser) conjunction() expr { return p.chain(p.comparison, "and") }

func (p *parser) comparison() expr {
	left := p.sum()
	if p.accept("in") {
		return p.in(left)
	}
	if p.accept("is") {
		return p.is(left)
	}
	for _, op := range []string{"=", "<>", "<=", ">=", "<", ">"} {
		if p.accept(op) {
			return binary(op, left, p.sum())
		}
	}
	return left
}

// is reads the rest of IS NULL or IS NOT NULL.
func (p *parser) is(left expr) expr {
	want := !p.accept("not")
	p.expect("null")
	return func(e *env) (any, error) {
		v, err := left(e)
		return (v == nil) == want, err
	}
}

func (p *parser) sum() expr { return p.chain(p.product, "+", "-") }

func (p *parser) product() expr { return p.chain(p.primary, "*", "/") }

// chain reads operands with operators of the same rank between them, the left ones bind first.
func (p *parser) chain(operand func() expr, operators ...string) expr {
	left := operand()
	for {
		at := slices.IndexFunc(operators, func(op string) bool { return p.accept(op) })
		if at < 0 {
			return left
		}
		left = binary(operators[at], left, operand())
	}
}

func (p *parser) primary() expr {
	switch t := p.take(); t.kind {
	case '?':
		return p.argument(t.text)
	case '\'':
		return constant(t.text)
	case '0':
		return number(t.text)
	case 'w':
		return p.name(t.text)
	}
	p.pos--
	return p.signed()
}

func (p *parser) signed() expr {
	if p.accept("-") {
		return binary("-", constant(int64(0)), p.primary())
	}
	return p.bracketed()
}

func (p *parser) bracketed() expr {
	p.expect("(")
	inner := p.expression()
	p.expect(")")
	return inner
}

// argument numbers a ? by its place and a $n by its n.
func (p *parser) argument(text string) expr {
	n := p.args + 1
	if text != "" {
		n, _ = strconv.Atoi(text)
	}
	p.args = max(p.args, n)
	return argument(n)
}

func argument(n int) expr {
	return func(e *env) (any, error) {
		if n < 1 || n > len(e.run.args) {
			return nil, Errorf(drivers.KindSyntax, "argument %d is missing", n)
		}
		return e.run.args[n-1], nil
	}
}

func (p *parser) name(word string) expr {
	switch {
	case word == "null":
		return constant(nil)
	case word == "true" || word == "false":
		return constant(word == "true")
	case p.accept("("):
		return p.call(word)
	case p.accept("."):
		return p.reference(word, p.word())
	}
	return p.reference("", word)
}

// reference is the value of a column.
func (p *parser) reference(alias, column string) expr {
	p.refs = append(p.refs, ref{alias, column})
	return func(e *env) (any, error) { return e.column(alias, column) }
}

func (p *parser) call(function string) expr {
	args := p.arguments()
	f, ok := functions[function]
	if !ok {
		panic(Errorf(drivers.KindSyntax, "there is no function %s", function))
	}
	return func(e *env) (any, error) { return f(e, args) }
}

// arguments reads the rest of a call.
func (p *parser) arguments() (args []expr) {
	if p.accept(")") {
		return nil
	}
	p.list(func() { args = append(args, p.expression()) })
	p.expect(")")
	return args
}

func constant(v any) expr { return func(*env) (any, error) { return v, nil } }

func number(text string) expr {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil && !strings.Contains(text, ".") {
		return constant(i)
	}
	f, _ := strconv.ParseFloat(text, 64)
	return constant(f)
}
