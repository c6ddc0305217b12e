package fakedriver

import (
	"maps"
	"slices"
)

// alterTable adds a column, which is NULL in the rows that are there.
type alterTable struct {
	name  string
	added table // has the column
}

func (p *parser) alter() statement {
	p.expect("table")
	a := &alterTable{name: p.word()}
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
	r.tx.db.mu.Lock()
	next.rows = maps.Clone(old.rows)
	r.tx.db.mu.Unlock()
	widen(next.rows, len(next.cols))
	r.tx.over.tables[a.name] = &next
	widen(r.tx.over.rows[a.name], len(next.cols))
	return &result{}, nil
}

// widen gives every row as many values as there are columns.
func widen(rows map[int64]row, columns int) {
	for id, r := range rows {
		if r != nil && len(r) < columns {
			rows[id] = append(slices.Clone(r), make(row, columns-len(r))...)
		}
	}
}
