package drivertest

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// fake is a fake database with a harness.
type fake struct {
	db *fakedriver.DB
	// wrap, if set, makes a mutant of the pool.
	wrap func(drivers.Pool) drivers.Pool
	// strict fails the test when the session broke the contract.
	strict bool
	// engines are those that are open on it.
	engines atomic.Int32
}

func newFake(opts fakedriver.Options) *fake {
	return &fake{db: fakedriver.New(opts), strict: true}
}

func (f *fake) Schemes() []string { return []string{"fake"} }

func (f *fake) Open(ctx context.Context, cfg drivers.Config) (drivers.Pool, error) {
	pool, err := f.db.Driver().Open(ctx, cfg)
	if err == nil && f.wrap != nil {
		pool = f.wrap(pool)
	}
	return pool, err
}

func (f *fake) harness() Harness {
	return Harness{
		Open: f.open,
		Spelling: Spelling{
			AutoKey: "BIGINT AUTO_INCREMENT PRIMARY KEY",
			Slow: func(d time.Duration) string {
				return fmt.Sprintf("slow(%d)", d.Milliseconds())
			},
			Fails:             func(column string) string { return "1 / " + column },
			Setting:           func(name string) string { return "setting('" + name + "')" },
			DeferredReference: "DEFERRABLE INITIALLY DEFERRED",
			Names: map[drivers.Kind]Names{
				drivers.KindUnique:     {Constraint: true, Table: true, Column: true},
				drivers.KindForeignKey: {Constraint: true, Table: true},
				drivers.KindNotNull:    {Table: true, Column: true},
				drivers.KindCheck:      {Constraint: true, Table: true},
			},
		},
		Faults: Faults{
			Kill:       func(context.Context) error { f.db.KillAll(); return nil },
			Cut:        f.cut,
			RoundTrips: func() int64 { return int64(f.db.Counts().RoundTrips) },
		},
	}
}

func (f *fake) open(t testing.TB, opts session.Options) *session.Engine {
	opts.Logger = slog.New(slog.DiscardHandler)
	engine, err := session.Open(t.Context(), "fake://test", opts, f)
	if err != nil {
		t.Fatal(err)
	}
	f.engines.Add(1)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := engine.Close(ctx); err != nil {
			t.Error(err)
		}
		if f.engines.Add(-1) == 0 && f.strict {
			f.check(t)
		}
	})
	return engine
}

// check reports what the session did to the driver that it must not.
func (f *fake) check(t testing.TB) {
	for _, violation := range f.db.Violations() {
		t.Errorf("the session broke the contract: %s", violation)
	}
	if n := f.db.Counts(); n.Opened != n.Closed {
		t.Errorf("%d connections were opened and %d closed", n.Opened, n.Closed)
	}
}

func (f *fake) cut(phase Phase, text string) <-chan struct{} {
	cuts := map[Phase]fakedriver.Cut{Before: fakedriver.CutUnsent,
		During: fakedriver.CutBefore, After: fakedriver.CutAfter}
	return f.db.Once(text, fakedriver.Reaction{Cut: cuts[phase]})
}

// variants are databases that are legal, the odd ones too.
func variants() map[string]fakedriver.Options {
	without := func(change func(*drivers.Capabilities)) *drivers.Capabilities {
		c := fakedriver.AllCapabilities()
		change(c)
		return c
	}
	local := without(func(c *drivers.Capabilities) { c.Remote, c.SingleWriter = false, true })
	return map[string]fakedriver.Options{
		"the usual": {},
		"without pipelining": {Capabilities: without(func(c *drivers.Capabilities) {
			c.Pipelining = false
		})},
		"a single writer": {Capabilities: local, FailsAlone: true,
			EndsTx: []drivers.Kind{drivers.KindCancelled}},
		"without savepoints": {Capabilities: without(func(c *drivers.Capabilities) {
			c.Savepoints = false
		})},
		"DDL that commits": {Capabilities: without(func(c *drivers.Capabilities) {
			c.TransactionalDDL, c.Pipelining = false, false
		}), FailsAlone: true, EndsTx: []drivers.Kind{drivers.KindDeadlock}},
		"a failed statement fails alone": {FailsAlone: true},
		"text as bytes":                  {TextAsBytes: true},
		"rows that cannot be aborted":    {NoAbort: true},
		"numbered placeholders": {Lexical: drivers.Lexical{
			Placeholder: drivers.Dollar, DollarQuotes: true, NestedComments: true}},
		"nothing optional": {Capabilities: &drivers.Capabilities{MaxArgs: 100}},
	}
}

func TestTheFakePassesWhole(t *testing.T) {
	for name, opts := range variants() {
		t.Run(name, func(t *testing.T) {
			for _, c := range Cases() {
				t.Run(c.Name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { c.Test(t, newFake(opts).harness()) })
				})
			}
		})
	}
}

func TestTheSuiteRunsWithoutFakedTime(t *testing.T) {
	f := newFake(fakedriver.Options{})
	Run(t, f.harness())
}

func TestEveryCaseHasANameOfItsOwnAndARule(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Cases() {
		if c.Name == "" || c.Rule == "" || c.Run == nil || seen[c.Name] {
			t.Errorf("case %q: no name, no rule, nothing to run, or twice", c.Name)
		}
		seen[c.Name] = true
	}
}
