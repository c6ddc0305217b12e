package fakedriver

import (
	"context"
	"sync"

	"github.com/sqlscope/sqlscope/drivers"
)

// DB is the server: tables, locks, the script and the records. It is safe for
// concurrent use, and any number of pools may be opened on it.
type DB struct {
	opts   Options
	script script
	record record
	locks  lockTable
	named  namedLocks

	mu       sync.Mutex // guards the fields below and the rows of tables
	tables   map[string]*table
	lastRow  int64
	conns    map[*Conn]struct{}
	lastConn int
}

// New returns an empty database.
func New(opts Options) *DB {
	return &DB{
		opts:   opts.withDefaults(),
		tables: map[string]*table{},
		conns:  map[*Conn]struct{}{},
		locks:  lockTable{held: map[string]*tx{}},
		named:  namedLocks{held: map[string]lockOwner{}},
		record: record{steps: map[drivers.Op]int{}},
	}
}

// Driver returns a driver that answers to fake: URLs and opens pools on db. The
// rest of the URL means nothing.
func (db *DB) Driver() drivers.Driver { return opener{db} }

type opener struct{ db *DB }

func (d opener) Schemes() []string { return []string{"fake"} }

func (d opener) Open(_ context.Context, cfg drivers.Config) (drivers.Pool, error) {
	return newPool(d.db, cfg.Pool), nil
}

// NewPool returns a pool of Options.MaxConns connections.
func (db *DB) NewPool() *Pool {
	return newPool(db, drivers.PoolOptions{MaxConns: db.opts.MaxConns})
}

// KillAll ends every open connection, as an administrator or a failover does.
// The clients find out when they next use theirs.
func (db *DB) KillAll() {
	db.mu.Lock()
	defer db.mu.Unlock()
	for c := range db.conns {
		c.killed.Do(func() { close(c.dead) })
		db.named.releaseOf(func(n lockOwner) bool { return n.conn == c })
	}
}

func (db *DB) enrol(c *Conn) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.lastConn++
	c.ID = db.lastConn
	db.conns[c] = struct{}{}
}

func (db *DB) strike(c *Conn) {
	db.mu.Lock()
	defer db.mu.Unlock()
	delete(db.conns, c)
}

func (db *DB) nextRow() int64 {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.lastRow++
	return db.lastRow
}
