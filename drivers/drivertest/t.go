package drivertest

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session"
)

// T is what a case works with: a testing.TB, an engine of its own and short
// words for what every case does.
type T struct {
	testing.TB
	// DB is the engine, opened with the options of the case.
	DB *session.Engine
	// Caps are what the driver promises.
	Caps *drivers.Capabilities
	// Spell is the harness's spelling with the defaults filled in.
	Spell Spelling
	// Faults are those of the harness.
	Faults Faults

	harness Harness
	ctx     context.Context
	prefix  string
	seed    uint64
	// sessions are those of the case's own goroutine.
	sessions []*session.Session
}

// caseTimeout ends a case that hangs. It is far beyond what any case takes.
const caseTimeout = time.Minute

func newT(tb testing.TB, h Harness, opts session.Options) *T {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), caseTimeout)
	tb.Cleanup(cancel)
	t := &T{TB: tb, Spell: h.Spelling.withDefaults(), Faults: h.Faults, harness: h, ctx: ctx, seed: h.Seed}
	t.DB = h.Open(tb, opts)
	t.Caps = &t.DB.Describe().Capabilities
	t.prefix = "dt_" + strings.ToLower(rand.Text()[:8]) + "_"
	return t
}

// Context returns a context that ends with the case, at the latest after a
// minute.
func (t *T) Context() context.Context { return t.ctx }

// Soon returns a context that ends after d.
func (t *T) Soon(d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.ctx, d)
	t.Cleanup(cancel)
	return ctx
}

// Session opens a session that is closed when the case has ended. It is for the
// goroutine of the case.
func (t *T) Session(opts ...session.TxOptions) *session.Session {
	s := t.DB.Session(opts...)
	t.sessions = append(t.sessions, s)
	t.Cleanup(func() { t.NoErr("Close", s.Close()) })
	return s
}

// Another opens another engine on the same database, as another process would,
// or skips the case where that cannot be.
func (t *T) Another() *session.Engine {
	t.Helper()
	if t.harness.Private {
		t.Skip("nobody else can reach the database")
	}
	return t.harness.Open(t.TB, session.Options{})
}

// Table makes a table of the columns and constraints, and drops it when the
// case has ended. It returns the table's name, which nobody else uses.
func (t *T) Table(name string, definitions ...string) string {
	t.Helper()
	table := t.Name(name)
	t.DDL("CREATE TABLE " + table + " (" + strings.Join(definitions, ", ") + ")")
	t.Cleanup(func() { t.drop(table) })
	return table
}

// Name makes a name that nobody else uses.
func (t *T) Name(name string) string { return t.prefix + name }

// DDL runs a statement alone.
func (t *T) DDL(sql string) {
	t.Helper()
	err := t.DB.RunSync(t.ctx, t.prefix+"ddl",
		func(ctx context.Context, c *session.SyncConn) error {
			_, err := c.Exec(ctx, sql)
			return err
		})
	t.NoErr(sql, err)
}

// drop is tidying, after the verdict: it says when it could not, and no more. A
// session that is still open would keep the table locked.
func (t *T) drop(table string) {
	t.closeAll()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), 5*time.Second)
	defer cancel()
	err := t.DB.RunSync(ctx, t.prefix+"drop",
		func(ctx context.Context, c *session.SyncConn) error {
			_, err := c.Exec(ctx, "DROP TABLE "+table)
			return err
		})
	if err != nil {
		t.Logf("table %s is left behind: %v", table, err)
	}
}

// closeAll closes the sessions of the case's own goroutine.
func (t *T) closeAll() {
	for _, s := range t.sessions {
		_ = s.Close()
	}
}

// Items makes the table that most cases use: id, n and name.
func (t *T) Items() string {
	t.Helper()
	return t.Table("items", "id "+t.Spell.Key, "n "+t.Spell.Integer, "name "+t.Spell.Text)
}

// Fill commits rows with these ids, and n and name made of them.
func (t *T) Fill(table string, ids ...int64) {
	t.Helper()
	s := t.Session()
	for _, id := range ids {
		t.Insert(s, table, id)
	}
	t.NoErr("Commit", s.Commit(t.ctx))
}

// Insert inserts one row with the id, and n and name made of it.
func (t *T) Insert(q session.Querier, table string, id int64) {
	t.Helper()
	t.NoErr("INSERT", t.TryInsert(q, table, id))
}

// TryInsert is Insert for those that may fail.
func (t *T) TryInsert(q session.Querier, table string, id int64) error {
	_, err := q.Exec(t.ctx, "INSERT INTO "+table+" (id, n, name) VALUES (?, ?, ?)",
		id, 10*id, fmt.Sprint("item ", id))
	return err
}

// Break makes q's transaction, or its innermost savepoint, fail: it inserts a
// row that is there already.
func (t *T) Break(q session.Querier, table string, id int64) error {
	t.Helper()
	err := t.TryInsert(q, table, id)
	t.KindIs("an INSERT of a key that is there", err, session.KindUnique)
	return err
}

// IDs reads the ids of a table in order.
func (t *T) IDs(q session.Querier, table string) []int64 {
	t.Helper()
	ids, err := session.Collect[int64](t.ctx, q, "SELECT id FROM "+table+" ORDER BY id")
	t.NoErr("SELECT", err)
	return ids
}

// N reads the n of one row.
func (t *T) N(q session.Querier, table string, id int64) int64 {
	t.Helper()
	n, err := session.One[int64](t.ctx, q, "SELECT n FROM "+table+" WHERE id = ?", id)
	t.NoErr("SELECT", err)
	return n
}

// Holds checks which rows everybody else can see.
func (t *T) Holds(table string, want ...int64) {
	t.Helper()
	s := t.DB.Session(session.TxOptions{ReadOnly: t.Caps.SingleWriter && t.Caps.ReadOnly})
	defer s.Close()
	if got := t.IDs(s, table); !slices.Equal(got, want) {
		t.Fatalf("the table holds the ids %v, want %v", got, want)
	}
}
