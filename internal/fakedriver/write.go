package fakedriver

import (
	"github.com/sqlscope/sqlscope/drivers"
)

type insert struct {
	table     string
	columns   []string
	rows      [][]expr
	returning []item
}

type update struct {
	table string
	set   []assignment
	where expr
	refs  []ref
}

type assignment struct {
	column string
	value  expr
}

type deletion struct {
	table string
	where expr
	refs  []ref
}

func (p *parser) insert() statement {
	p.expect("into")
	s := &insert{table: p.word(), columns: p.names()}
	p.expect("values")
	p.list(func() { s.rows = append(s.rows, p.tuple()) })
	if p.accept("returning") {
		s.returning = p.items()
	}
	return s
}

// tuple reads "(" expression { "," expression } ")".
func (p *parser) tuple() (values []expr) {
	p.expect("(")
	p.list(func() { values = append(values, p.expression()) })
	p.expect(")")
	return values
}

func (p *parser) update() statement {
	s := &update{table: p.word()}
	p.expect("set")
	p.list(func() { s.set = append(s.set, p.assignment()) })
	s.where = p.where()
	s.refs = p.refs
	return s
}

func (p *parser) assignment() assignment {
	column := p.word()
	p.expect("=")
	return assignment{column, p.expression()}
}

func (p *parser) delete() statement {
	p.expect("from")
	s := &deletion{table: p.word()}
	s.where = p.where()
	s.refs = p.refs
	return s
}

func (p *parser) where() expr {
	if p.accept("where") {
		return p.expression()
	}
	return constant(true)
}

func (s *insert) run(r *run) (*result, error) {
	tab, err := r.tx.find(s.table)
	if err != nil {
		return nil, err
	}
	res := &result{}
	var added []row
	for _, values := range s.rows {
		next, err := s.add(r, tab, values, res)
		if err != nil {
			return nil, err
		}
		added = append(added, next)
	}
	return res, s.answer(r, tab, added, res)
}

// add inserts a row of the values given and tells res the key generated, if any.
func (s *insert) add(r *run, tab *table, values []expr, res *result) (row, error) {
	next, err := s.build(r, tab, values)
	if err != nil {
		return nil, err
	}
	key := tab.generate(next)
	if err := r.tx.store(r, tab, r.tx.db.nextRow(), next); err != nil {
		return nil, err
	}
	res.RowsAffected++
	res.LastInsertID = key
	return next, nil
}

func (s *insert) build(r *run, tab *table, values []expr) (row, error) {
	if len(values) != len(s.columns) {
		return nil, Errorf(drivers.KindSyntax, "%d values for %d", len(values), len(s.columns))
	}
	next := make(row, len(tab.cols))
	for i, name := range s.columns {
		if err := assign(&env{run: r}, tab, next, name, values[i]); err != nil {
			return nil, err
		}
	}
	return next, nil
}

func (s *insert) answer(r *run, tab *table, added []row, res *result) error {
	if s.returning == nil {
		return nil
	}
	q := &query{items: s.returning}
	return q.project(r, []source{{tab.name, tab, added}}, res)
}

// assign evaluates a value and stores it in the column of next.
func assign(e *env, tab *table, next row, name string, value expr) error {
	i := tab.index(name)
	if i < 0 {
		_, err := e.column("", name)
		return err
	}
	v, err := value(e)
	if err != nil {
		return err
	}
	next[i], err = coerce(tab.cols[i], v)
	return err
}

func (s *update) run(r *run) (*result, error) {
	tab, err := r.tx.find(s.table)
	if err != nil {
		return nil, err
	}
	return r.tx.each(r, tab, s.where, s.refs, func(id int64, old row) error {
		next := append(row(nil), old...)
		e := &env{run: r, scope: []binding{{tab.name, tab, old}}}
		for _, a := range s.set {
			if err := assign(e, tab, next, a.column, a.value); err != nil {
				return err
			}
		}
		return r.tx.store(r, tab, id, next)
	})
}

func (s *deletion) run(r *run) (*result, error) {
	tab, err := r.tx.find(s.table)
	if err != nil {
		return nil, err
	}
	return r.tx.each(r, tab, s.where, s.refs, func(id int64, old row) error {
		if err := r.tx.admitDelete(tab, old); err != nil {
			return err
		}
		r.tx.put(tab, id, nil)
		return nil
	})
}

// each locks the rows that match and changes them. A row that had to be waited
// for is looked at again: it may not match any more.
func (t *tx) each(r *run, tab *table, where expr, refs []ref,
	change func(int64, row) error) (*result, error) {
	if err := resolve(refs, source{alias: tab.name, table: tab}); err != nil {
		return nil, err
	}
	res := &result{}
	for _, seen := range t.scan(tab) {
		if ok, err := matches(r, tab, seen.row, where); !ok || err != nil {
			if err != nil {
				return nil, err
			}
			continue
		}
		now, err := t.lockRow(r, tab, seen)
		if err != nil {
			return nil, err
		}
		if ok, err := matches(r, tab, now, where); !ok || err != nil {
			continue
		}
		if err := change(seen.id, now); err != nil {
			return nil, err
		}
		res.RowsAffected++
	}
	return res, nil
}

func matches(r *run, tab *table, candidate row, where expr) (bool, error) {
	if candidate == nil {
		return false, nil
	}
	v, err := where(&env{run: r, scope: []binding{{tab.name, tab, candidate}}})
	return v == true, err
}
