package fakedriver

import (
	"maps"
	"slices"

	"github.com/sqlscope/sqlscope/drivers"
)

// tx is a transaction. It is used by its connection only, but for waits and
// done, which the lock table shares.
type tx struct {
	db       *DB
	opts     drivers.TxOptions
	over     overlay
	saves    []save
	snapshot map[string]snapshot
	failed   bool

	locks []string      // guarded by lockTable.mu
	waits *tx           // guarded by lockTable.mu
	done  chan struct{} // closed when the transaction has ended
}

type save struct {
	name string
	over overlay
}

func (db *DB) begin(opts *drivers.TxOptions) *tx {
	t := &tx{db: db, over: newOverlay(), done: make(chan struct{})}
	if opts != nil {
		t.opts = *opts
	}
	return t
}

// commit publishes the overlay. The transaction has ended either way.
func (t *tx) commit() error {
	defer t.letGo()
	if t.failed {
		return Errorf(drivers.KindTxAborted, "the transaction had failed and was rolled back")
	}
	if err := t.admitCommit(); err != nil {
		return err
	}
	t.publish()
	return nil
}

func (t *tx) rollback() { t.letGo() }

// letGo gives up every lock of the transaction.
func (t *tx) letGo() {
	t.db.locks.release(t)
	t.db.named.releaseOf(func(n lockOwner) bool { return n.tx == t })
}

// publish makes what the transaction has done everybody's.
func (t *tx) publish() {
	t.db.mu.Lock()
	defer t.db.mu.Unlock()
	t.db.putTables(t.over.tables)
	t.db.putRows(t.over.rows)
}

// putTables takes over tables that are new and drops the others. db.mu is held.
func (db *DB) putTables(changed map[string]*table) {
	maps.Copy(db.tables, changed)
	maps.DeleteFunc(db.tables, func(_ string, tab *table) bool { return tab == nil })
}

// putRows takes over the new versions of rows. db.mu is held.
func (db *DB) putRows(changed map[string]map[int64]row) {
	for name, rows := range changed {
		if tab := db.tables[name]; tab != nil {
			tab.put(rows)
		}
	}
}

func (t *tx) savepoint(name string) { t.saves = append(t.saves, save{name, t.over.clone()}) }

// rollbackTo undoes what came after the savepoint, which stays open.
func (t *tx) rollbackTo(name string) error {
	i, err := t.saved(name)
	if err != nil {
		return err
	}
	t.over = t.saves[i].over.clone()
	t.saves = t.saves[:i+1]
	t.failed = false
	return nil
}

func (t *tx) release(name string) error {
	i, err := t.saved(name)
	if err != nil {
		return err
	}
	t.saves = t.saves[:i]
	return nil
}

func (t *tx) saved(name string) (int, error) {
	for i := len(t.saves) - 1; i >= 0; i-- {
		if t.saves[i].name == name {
			return i, nil
		}
	}
	return 0, Errorf(drivers.KindSyntax, "there is no savepoint %s", name)
}

// tables returns every table that the transaction sees.
func (t *tx) tables() []*table {
	t.db.mu.Lock()
	all := maps.Clone(t.db.tables)
	t.db.mu.Unlock()
	maps.Copy(all, t.over.tables)
	return slices.DeleteFunc(slices.Collect(maps.Values(all)), func(t *table) bool {
		return t == nil
	})
}
