package fakedriver

import (
	"maps"
	"slices"

	"github.com/sqlscope/sqlscope/drivers"
)

// alterTable adds a column, which is NULL in the rows that are there, or drops one.
type alterTable struct {
	name    string
	added   table // has the column
	dropped string
}

func (p *parser) alter() statement {
	p.expect("table")
	a := &alterTable{name: p.word()}
	if p.accept("drop", "column") {
		a.dropped = p.word()
		return a
	}
	p.expect("add")
	p.accept("column")
	p.column(&a.added)
	if len(a.added.uniques)+len(a.added.checks)+len(a.added.foreigns) > 0 {
		p.fail()
	}
	return a
}

// run does not wait for those who change rows meanwhile, as servers do: what they
// commit later is lost.
func (a *alterTable) run(r *run) (*result, error) {
	old, err := r.tx.find(a.name)
	if err != nil {
		return nil, err
	}
	if err := r.tx.lockName(r, a.name); err != nil {
		return nil, err
	}
	next := *old
	next.cols = append(slices.Clone(old.cols), a.added.cols...)
	if err := a.drop(&next); err != nil {
		return nil, err
	}
	r.tx.db.mu.Lock()
	next.rows = maps.Clone(old.rows)
	r.tx.db.mu.Unlock()
	widen(next.rows, len(next.cols))
	r.tx.over.tables[a.name] = &next
	widen(r.tx.over.rows[a.name], len(next.cols))
	return &result{}, nil
}

// drop takes the column's name: its place in the rows stays, so that those of
// snapshots fit. Columns that constraints may be about cannot be dropped.
func (a *alterTable) drop(t *table) error {
	if a.dropped == "" {
		return nil
	}
	i := t.index(a.dropped)
	used := slices.ContainsFunc(t.uniques, func(u unique) bool { return slices.Contains(u.cols, i) }) ||
		slices.ContainsFunc(t.foreigns, func(f foreign) bool { return f.col == i })
	if i < 0 || used || len(t.checks) > 0 {
		return Errorf(drivers.KindSyntax, "column %s cannot be dropped", a.dropped)
	}
	t.cols[i] = column{kind: t.cols[i].kind}
	return nil
}

// widen gives every row as many values as there are columns.
func widen(rows map[int64]row, columns int) {
	for id, r := range rows {
		if r != nil && len(r) < columns {
			rows[id] = append(slices.Clone(r), make(row, columns-len(r))...)
		}
	}
}
