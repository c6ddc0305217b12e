package fakedriver

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/sqlscope/sqlscope/drivers"
)

// row is never changed once it is in a table or an overlay.
type row []any

type table struct {
	name     string
	cols     []column
	uniques  []unique
	checks   []check
	foreigns []foreign
	auto     *atomic.Int64 // stays the same when the table is altered
	rows     map[int64]row // what is committed; guarded by DB.mu
}

type column struct {
	name    string // empty: it was dropped
	kind    string // integer, text, decimal, float, timestamp, blob, boolean
	notNull bool
	auto    bool // filled from table.auto when it is missing
}

type unique struct {
	name string
	cols []int
}

type check struct {
	name string
	cond expr
}

type foreign struct {
	name, parent, parentColumn string
	col                        int
	deferred                   bool
}

func (t *table) index(name string) int {
	return slices.IndexFunc(t.cols, func(c column) bool { return c.name == name })
}

// generate fills in the columns that number themselves and tells the last number.
func (t *table) generate(next row) (key int64) {
	for i, c := range t.cols {
		if c.auto && next[i] == nil {
			key = t.auto.Add(1)
			next[i] = key
		}
	}
	return key
}

// put takes over new versions of rows and drops those that are deleted.
func (t *table) put(changed map[int64]row) {
	maps.Copy(t.rows, changed)
	for id, r := range changed {
		if r == nil {
			delete(t.rows, id)
		}
	}
}

// refersTo tells whether a foreign key of the table leads to the parent.
func (t *table) refersTo(parent string) bool {
	return slices.ContainsFunc(t.foreigns, func(f foreign) bool { return f.parent == parent })
}

// snapshot is what a table held at a time.
type snapshot struct {
	auto *atomic.Int64 // tells the table from another one of its name
	rows map[int64]row
}

// overlay is what a transaction has done and nobody else sees.
type overlay struct {
	tables map[string]*table        // nil: dropped
	rows   map[string]map[int64]row // nil row: deleted
}

func newOverlay() overlay {
	return overlay{map[string]*table{}, map[string]map[int64]row{}}
}

func (o overlay) clone() overlay {
	rows := make(map[string]map[int64]row, len(o.rows))
	for name, changed := range o.rows {
		rows[name] = maps.Clone(changed)
	}
	return overlay{maps.Clone(o.tables), rows}
}

// entry is a row and its number, which is the order of insertion.
type entry struct {
	id  int64
	row row
}

// find returns the table as the transaction sees it.
func (t *tx) find(name string) (*table, error) {
	found, own := t.over.tables[name]
	if !own {
		t.db.mu.Lock()
		found = t.db.tables[name]
		t.db.mu.Unlock()
	}
	if found == nil {
		e := Errorf(drivers.KindSyntax, "there is no table %s", name)
		return nil, e.naming("", name, "")
	}
	if then, seen := t.snapshot[name]; seen && !own && then.auto != found.auto {
		return nil, Errorf(drivers.KindSerialization, "table %s is another one since the snapshot", name)
	}
	return found, nil
}

// scan returns the rows that the transaction sees, in the order of insertion.
func (t *tx) scan(tab *table) []entry {
	return t.merge(tab, t.base(tab))
}

// some reports whether any row is as asked for, of those that are committed now
// and the transaction's own: what constraints are checked against, whatever
// the snapshot says.
func (t *tx) some(tab *table, asked func(int64, row) bool) bool {
	own := t.over.rows[tab.name]
	for id, r := range own {
		if r != nil && asked(id, r) {
			return true
		}
	}
	t.db.mu.Lock()
	defer t.db.mu.Unlock()
	for id, r := range tab.rows {
		if _, changed := own[id]; !changed && asked(id, r) {
			return true
		}
	}
	return false
}

func (t *tx) merge(tab *table, base map[int64]row) []entry {
	for id, changed := range t.over.rows[tab.name] {
		base[id] = changed
	}
	entries := make([]entry, 0, len(base))
	for _, id := range slices.Sorted(maps.Keys(base)) {
		if base[id] != nil {
			entries = append(entries, entry{id, base[id]})
		}
	}
	return entries
}

// base is a copy of the committed rows, as of now or of the snapshot.
func (t *tx) base(tab *table) map[int64]row {
	t.db.mu.Lock()
	defer t.db.mu.Unlock()
	if t.opts.Isolation < drivers.RepeatableRead {
		return maps.Clone(tab.rows)
	}
	t.snapLocked()
	if then, ok := t.snapshot[tab.name]; ok && then.auto == tab.auto {
		kept := maps.Clone(then.rows)
		widen(kept, len(tab.cols)) // another transaction may have added some
		return kept
	}
	return map[int64]row{}
}

func (t *tx) snapLocked() {
	if t.snapshot != nil {
		return
	}
	t.snapshot = map[string]snapshot{}
	for name, tab := range t.db.tables {
		t.snapshot[name] = snapshot{tab.auto, maps.Clone(tab.rows)}
	}
}

// lockRow waits for the row and returns it as it is then; nil: it is gone.
func (t *tx) lockRow(r *run, tab *table, seen entry) (row, error) {
	if err := t.db.locks.lock(r, t, fmt.Sprintf("row %d", seen.id)); err != nil {
		return nil, err
	}
	if own, ok := t.over.rows[tab.name][seen.id]; ok {
		return own, nil
	}
	t.db.mu.Lock()
	now := tab.rows[seen.id]
	t.db.mu.Unlock()
	changed := len(now) == 0 || &now[0] != &seen.row[0]
	if changed && t.opts.Isolation >= drivers.RepeatableRead {
		return nil, Errorf(drivers.KindSerialization, "the row was changed by another transaction")
	}
	return now, nil
}

// store puts a new version of a row in place if every constraint admits it.
func (t *tx) store(r *run, tab *table, id int64, next row) error {
	if err := t.admit(r, tab, id, next); err != nil {
		return err
	}
	t.put(tab, id, next)
	return nil
}

func (t *tx) put(tab *table, id int64, r row) {
	if t.over.rows[tab.name] == nil {
		t.over.rows[tab.name] = map[int64]row{}
	}
	t.over.rows[tab.name][id] = r
}
