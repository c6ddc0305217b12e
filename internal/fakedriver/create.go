package fakedriver

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/sqlscope/sqlscope/drivers"
)

// kinds maps the first word of a type to the kind of its values.
var kinds = map[string]string{
	"bigint": "integer", "integer": "integer", "int": "integer", "smallint": "integer",
	"text": "text", "varchar": "text", "char": "text",
	"numeric": "decimal", "decimal": "decimal",
	"float": "float", "double": "float", "real": "float",
	"timestamp": "timestamp", "blob": "blob", "boolean": "boolean",
}

type createTable struct {
	table       *table
	ifNotExists bool
}

type dropTable struct {
	name     string
	ifExists bool
}

func (p *parser) create() statement {
	p.expect("table")
	c := &createTable{ifNotExists: p.accept("if", "not", "exists")}
	c.table = &table{name: p.word(), auto: new(atomic.Int64), rows: map[int64]row{}}
	p.expect("(")
	p.list(func() { p.definition(c.table) })
	p.expect(")")
	return c
}

func (p *parser) drop() statement {
	p.expect("table")
	ifExists := p.accept("if", "exists")
	return &dropTable{p.word(), ifExists}
}

// definition reads a column or a constraint of the table.
func (p *parser) definition(t *table) {
	if p.at("constraint", "unique", "check", "foreign", "primary") {
		p.constraint(t)
	} else {
		p.column(t)
	}
}

func (p *parser) constraint(t *table) {
	name := ""
	if p.accept("constraint") {
		name = p.word()
	}
	switch {
	case p.accept("primary", "key"):
		p.uniqueOf(t, name, p.names())
	case p.accept("unique"):
		p.uniqueOf(t, name, p.names())
	case p.accept("check"):
		p.checkOf(t, name)
	case p.accept("foreign", "key"):
		p.foreignKey(t, name)
	default:
		p.fail()
	}
}

func (p *parser) foreignKey(t *table, name string) {
	column := p.names()[0]
	p.expect("references")
	p.foreignOf(t, name, t.index(column))
}

func (p *parser) column(t *table) {
	t.cols = append(t.cols, column{name: p.word(), kind: p.kind()})
	for !p.definitionEnds() {
		p.attribute(t, len(t.cols)-1)
	}
}

// kind looks at the first word of a type, which is an attribute too.
func (p *parser) kind() string {
	kind, known := kinds[p.peek().text]
	if !known {
		p.fail()
	}
	return kind
}

func (p *parser) definitionEnds() bool {
	t := p.peek()
	return t.kind == 0 || t.text == "," || t.text == ")"
}

// attribute reads one part of a column; words of its type are passed over.
func (p *parser) attribute(t *table, at int) {
	c := &t.cols[at]
	switch {
	case p.accept("not", "null"):
		c.notNull = true
	case p.accept("primary", "key"):
		c.notNull = true
		p.uniqueOf(t, t.name+"_pkey", []string{c.name})
	case p.accept("unique"):
		p.uniqueOf(t, t.name+"_"+c.name+"_key", []string{c.name})
	case p.accept("auto_increment"):
		c.auto = true
	case p.accept("check"):
		p.checkOf(t, t.name+"_"+c.name+"_check")
	case p.accept("references"):
		p.foreignOf(t, t.name+"_"+c.name+"_fkey", at)
	case p.accept("("):
		for !p.accept(")") {
			p.take()
		}
	default:
		p.word()
	}
}

func (p *parser) uniqueOf(t *table, name string, columns []string) {
	u := unique{name: name}
	if name == "" {
		u.name = t.name + "_" + strings.Join(columns, "_") + "_key"
	}
	for _, c := range columns {
		u.cols = append(u.cols, t.index(c))
	}
	t.uniques = append(t.uniques, u)
}

func (p *parser) checkOf(t *table, name string) {
	p.expect("(")
	t.checks = append(t.checks, check{name, p.expression()})
	p.expect(")")
}

func (p *parser) foreignOf(t *table, name string, col int) {
	f := foreign{name: name, parent: p.word(), col: col}
	f.parentColumn = p.names()[0]
	f.deferred = p.accept("deferrable", "initially", "deferred")
	t.foreigns = append(t.foreigns, f)
}

func (c *createTable) run(r *run) (*result, error) {
	if _, err := r.tx.find(c.table.name); err == nil {
		if c.ifNotExists {
			return &result{}, nil
		}
		return nil, Errorf(drivers.KindSyntax, "there is a table %s already", c.table.name)
	}
	if err := r.tx.lockName(r, c.table.name); err != nil {
		return nil, err
	}
	r.tx.over.tables[c.table.name] = c.table
	return &result{}, nil
}

func (d *dropTable) run(r *run) (*result, error) {
	if _, err := r.tx.find(d.name); err != nil {
		if d.ifExists {
			return &result{}, nil
		}
		return nil, err
	}
	if err := r.tx.lockName(r, d.name); err != nil {
		return nil, err
	}
	r.tx.over.tables[d.name] = nil
	delete(r.tx.over.rows, d.name)
	return &result{}, nil
}

// lockName keeps two transactions from making or dropping one table at once.
func (t *tx) lockName(r *run, name string) error {
	return t.db.locks.lock(r, t, fmt.Sprintf("table %s", name))
}
