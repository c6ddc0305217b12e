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
	q := &query{where: constant(true)}
	p.list(func() { q.items = append(q.items, p.item()) })
	if p.accept("from") {
		p.list(func() { q.from = append(q.from, p.fromItem()) })
	}
	q.where = p.where()
	if p.accept("order", "by") {
		p.list(func() {
			o := ordering{value: p.expression()}
			o.desc = p.accept("desc")
			q.order = append(q.order, o)
		})
	}
	q.refs = p.refs
	return q
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
	it := item{label: "?column?"}
	if t := p.peek(); t.kind == 'w' {
		it.label = t.text
	}
	if p.at("count", "max", "sum") {
		it.aggregate = p.word()
		p.expect("(")
		it.value = constant(int64(1))
		if !p.accept("*") {
			it.value = p.expression()
		}
		p.expect(")")
	} else {
		it.value = p.expression()
		if t := p.tokens[p.pos-1]; t.kind == 'w' {
			it.label = t.text // the column of alias.column
		}
	}
	if p.accept("as") {
		it.label = p.word()
	}
	return it
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
func (q *query) project(r *run, sources []source, res *result) error {
	items := q.expand(sources)
	for _, it := range items {
		res.columns = append(res.columns, it.label)
	}
	c := &cursor{run: r, sources: sources, where: q.where, at: make([]int, len(sources))}
	var err error
	switch {
	case slices.ContainsFunc(items, func(it item) bool { return it.aggregate != "" }):
		res.next, err = c.fold(items)
	case q.order != nil:
		res.next, err = c.sorted(items, q.order)
	default:
		res.next = func() (row, error) { return c.next(items) }
		// The first row is looked for now, so that a statement that fails
		// at once fails as a whole.
		var first row
		first, err = res.next()
		res.next = prepend(first, res.next)
	}
	return err
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
				value := func(e *env) (any, error) { return e.column(s.alias, c.name) }
				items = append(items, item{label: c.name, value: value})
			}
		}
	}
	return items
}
