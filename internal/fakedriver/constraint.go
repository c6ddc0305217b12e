package fakedriver

import (
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
)

// admit checks a new version of a row against every constraint of its table
// but the deferred ones.
func (t *tx) admit(r *run, tab *table, id int64, next row) error {
	for i, c := range tab.cols {
		if c.notNull && next[i] == nil {
			e := Errorf(drivers.KindNotNull, "%s.%s takes no NULL", tab.name, c.name)
			return e.naming("", tab.name, c.name)
		}
	}
	if err := t.admitChecks(r, tab, next); err != nil {
		return err
	}
	if err := t.admitForeign(tab, next, false); err != nil {
		return err
	}
	return t.admitUnique(r, tab, id, next)
}

func (t *tx) admitChecks(r *run, tab *table, next row) error {
	for _, c := range tab.checks {
		ok, err := c.cond(&env{run: r, scope: []binding{{tab.name, tab, next}}})
		if err != nil {
			return err
		}
		if ok == false { // NULL passes
			e := Errorf(drivers.KindCheck, "check %s is violated", c.name)
			return e.naming(c.name, tab.name, "")
		}
	}
	return nil
}

// admitUnique locks the key first, so that of two transactions that insert the
// same key the second waits and then fails, if the first has committed.
func (t *tx) admitUnique(r *run, tab *table, id int64, next row) error {
	for _, u := range tab.uniques {
		key, ok := keyOf(next, u.cols)
		if !ok {
			continue
		}
		if err := t.db.locks.lock(r, t, "key "+u.name+" "+key); err != nil {
			return err
		}
		taken := t.some(tab, func(other int64, r row) bool {
			return other != id && sameKey(r, next, u.cols)
		})
		if taken {
			e := Errorf(drivers.KindUnique, "unique constraint %s is violated", u.name)
			return e.naming(u.name, tab.name, tab.cols[u.cols[0]].name)
		}
	}
	return nil
}

func keyOf(r row, cols []int) (key string, ok bool) {
	for _, c := range cols {
		if r[c] == nil {
			return "", false
		}
		key += fmt.Sprintf("%v\x00", r[c])
	}
	return key, true
}

func sameKey(a, b row, cols []int) bool {
	for _, c := range cols {
		if order, err := compare(a[c], b[c]); err != nil || order != 0 {
			return false
		}
	}
	return true
}

// admitForeign checks the immediate or the deferred references of a row.
func (t *tx) admitForeign(tab *table, next row, deferred bool) error {
	for _, f := range tab.foreigns {
		if f.deferred != deferred || next[f.col] == nil {
			continue
		}
		parent, err := t.find(f.parent)
		if err != nil {
			return err
		}
		if !t.has(parent, f.parentColumn, next[f.col]) {
			return tab.violated(f)
		}
	}
	return nil
}

func (t *table) violated(f foreign) error {
	e := Errorf(drivers.KindForeignKey, "foreign key %s is violated", f.name)
	return e.naming(f.name, t.name, t.cols[f.col].name)
}

func (t *tx) has(tab *table, column string, value any) bool {
	col := tab.index(column)
	return col >= 0 && t.some(tab, func(_ int64, r row) bool { return r[col] == value })
}

// admitDelete refuses to delete a row that others refer to.
func (t *tx) admitDelete(parent *table, gone row) error {
	for _, child := range t.children(parent.name) {
		for _, f := range child.foreigns {
			col := parent.index(f.parentColumn)
			if f.parent != parent.name || f.deferred || col < 0 {
				continue
			}
			if t.has(child, child.cols[f.col].name, gone[col]) {
				return child.violated(f)
			}
		}
	}
	return nil
}

// children returns the tables that refer to parent.
func (t *tx) children(parent string) (all []*table) {
	for _, tab := range t.tables() {
		if tab.refersTo(parent) {
			all = append(all, tab)
		}
	}
	return all
}

// admitCommit checks the deferred references of the rows that changed.
func (t *tx) admitCommit() error {
	for name, changed := range t.over.rows {
		tab, err := t.find(name)
		if err != nil {
			continue // dropped meanwhile
		}
		for _, r := range changed {
			if r == nil {
				continue
			}
			if err := t.admitForeign(tab, r, true); err != nil {
				return err
			}
		}
	}
	return nil
}
