package fakedriver

import (
	"slices"
)

// query is a SELECT.
type query struct {
	items []item
	from  []fromItem
	where expr
	order []ordering
	refs  []ref
}

// item is one column of a result. An aggregate takes the place of value.
type item struct {
	label     string
	value     expr
	aggregate string
	star      bool
}

type fromItem struct{ table, alias string }

type ordering struct {
	value expr
	desc  bool
}

// source is a table of the FROM list with the rows that were seen.
type source struct {
	alias string
	table *table
	rows  []row
}

func (p *parser) query() statement {
	q := &query{items: p.items(), from: p.from(), where: p.where(), order: p.orderings()}
	q.refs = p.refs
	return q
}

func (p *parser) items() (items []item) {
	p.list(func() { items = append(items, p.item()) })
	return items
}

func (p *parser) from() (all []fromItem) {
	if p.accept("from") {
		p.list(func() { all = append(all, p.fromItem()) })
	}
	return all
}

func (p *parser) orderings() (all []ordering) {
	if p.accept("order", "by") {
		p.list(func() { all = append(all, p.ordering()) })
	}
	return all
}

func (p *parser) ordering() ordering {
	o := ordering{value: p.expression()}
	o.desc = p.accept("desc")
	return o
}

func (p *parser) fromItem() fromItem {
	f := fromItem{table: p.word()}
	f.alias = f.table
	if p.peek().kind == 'w' && !p.at("where", "order") {
		f.alias = p.word()
	}
	return f
}

func (p *parser) item() item {
	if p.accept("*") {
		return item{star: true}
	}
	it := p.computed()
	if p.accept("as") {
		it.label = p.word()
	}
	return it
}

func (p *parser) computed() item {
	if p.at("count", "max", "sum") {
		return p.aggregate()
	}
	it := item{label: p.label(), value: p.expression()}
	if t := p.tokens[p.pos-1]; t.kind == 'w' {
		it.label = t.text // the column of alias.column
	}
	return it
}

// label is what a column is called after the first word of its expression.
func (p *parser) label() string {
	if t := p.peek(); t.kind == 'w' {
		return t.text
	}
	return "?column?"
}

func (p *parser) aggregate() item {
	function := p.word()
	return item{label: function, aggregate: function, value: p.aggregated()}
}

// aggregated reads (expression) or (*), of which each row counts as 1.
func (p *parser) aggregated() expr {
	p.expect("(")
	value := constant(int64(1))
	if !p.accept("*") {
		value = p.expression()
	}
	p.expect(")")
	return value
}

func (q *query) run(r *run) (*result, error) {
	var sources []source
	for _, f := range q.from {
		tab, err := r.tx.find(f.table)
		if err != nil {
			return nil, err
		}
		s := source{alias: f.alias, table: tab}
		for _, e := range r.tx.scan(tab) {
			s.rows = append(s.rows, e.row)
		}
		sources = append(sources, s)
	}
	if err := resolve(q.refs, sources...); err != nil {
		return nil, err
	}
	res := &result{}
	return res, q.project(r, sources, res)
}

// project fills in the columns and the cursor of res.
func (q *query) project(r *run, sources []source, res *result) (err error) {
	items := q.expand(sources)
	for _, it := range items {
		res.columns = append(res.columns, it.label)
	}
	c := &cursor{run: r, sources: sources, where: q.where, at: make([]int, len(sources))}
	res.next, err = c.read(items, q.order)
	return err
}

// read returns what reads the rows in the way that the items and the order need.
func (c *cursor) read(items []item, order []ordering) (func() (row, error), error) {
	if slices.ContainsFunc(items, func(it item) bool { return it.aggregate != "" }) {
		return c.fold(items)
	}
	if order != nil {
		return c.sorted(items, order)
	}
	return c.stream(items)
}

// stream looks for the first row now, so that a statement that fails at once
// fails as a whole, and for the others when they are asked for.
func (c *cursor) stream(items []item) (func() (row, error), error) {
	first, err := c.next(items)
	return prepend(first, func() (row, error) { return c.next(items) }), err
}

func prepend(first row, rest func() (row, error)) func() (row, error) {
	read := false
	return func() (row, error) {
		if !read {
			read = true
			return first, nil
		}
		return rest()
	}
}

// expand replaces a star by the columns of the sources.
func (q *query) expand(sources []source) (items []item) {
	for _, it := range q.items {
		if !it.star {
			items = append(items, it)
			continue
		}
		for _, s := range sources {
			for _, c := range s.table.cols {
				if c.name == "" {
					continue // dropped
				}
				value := func(e *env) (any, error) { return e.column(s.alias, c.name) }
				items = append(items, item{label: c.name, value: value})
			}
		}
	}
	return items
}
