package drivertest

import (
	"slices"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session"
)

// Case checks one rule.
type Case struct {
	// Name is a sentence. No two cases share one.
	Name string
	// Rule is what holds on every database, in a sentence or two. It is
	// printed when the case fails.
	Rule string
	// Needs tells whether the case applies; nil: to every driver.
	Needs func(*drivers.Capabilities) bool
	// Options are those of the engine that the case gets.
	Options session.Options
	// Run fails t when the rule is broken. It may leave sessions open that it
	// got from t.
	Run func(t *T)
}

// Cases returns every case, in the order in which they run.
func Cases() []Case {
	return slices.Concat(
		lifecycleCases, queryCases, nativeCases,
		txCases, cellCases(), savepointCases, optionCases, settingCases, isolationCases(),
		queueCases, manyCases, cancelCases, errorCases, deadlockCases, retryCases, sandboxCases,
		typeCases(), valueCases, shapeCases(), driverValueCases, argCases,
		concurrencyCases, ddlCases, changedCases(), lockCases, examineCases, hygieneCases, walkCases,
		faultCases, cutCases(), tripCases)
}

// Run runs every case as a subtest.
func Run(t *testing.T, h Harness) {
	t.Helper()
	cases := Cases()
	for name := range h.Known {
		if !slices.ContainsFunc(cases, func(c Case) bool { return c.Name == name }) {
			t.Errorf("Harness.Known: there is no case %q", name)
		}
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) { c.Test(t, h) })
	}
}

// Test runs one case on a database of h. It can be given any testing.TB, so
// that a case that must fail can be watched.
func (c Case) Test(tb testing.TB, h Harness) {
	tb.Helper()
	if reason, known := h.Known[c.Name]; known {
		tb.Skip("known: " + reason)
	}
	defer func() {
		if tb.Failed() {
			tb.Logf("the rule: %s", c.Rule)
		}
	}()
	opts := c.Options
	opts.LeakStacks = true
	t := newT(tb, h, opts)
	if c.Needs != nil && !c.Needs(t.Caps) {
		tb.Skip("the driver does not promise what this case checks")
	}
	c.Run(t)
}

// The conditions of Case.Needs.

func all(needs ...func(*drivers.Capabilities) bool) func(*drivers.Capabilities) bool {
	return func(c *drivers.Capabilities) bool {
		for _, need := range needs {
			if !need(c) {
				return false
			}
		}
		return true
	}
}

func not(need func(*drivers.Capabilities) bool) func(*drivers.Capabilities) bool {
	return func(c *drivers.Capabilities) bool { return !need(c) }
}

func savepoints(c *drivers.Capabilities) bool       { return c.Savepoints }
func transactionalDDL(c *drivers.Capabilities) bool { return c.TransactionalDDL }
func returning(c *drivers.Capabilities) bool        { return c.Returning }
func lastInsertID(c *drivers.Capabilities) bool     { return c.LastInsertID }
func readOnly(c *drivers.Capabilities) bool         { return c.ReadOnly }
func deferrable(c *drivers.Capabilities) bool       { return c.Deferrable }
func statementTimeout(c *drivers.Capabilities) bool { return c.StatementTimeout }
func lockTimeout(c *drivers.Capabilities) bool      { return c.LockTimeout }
func pipelining(c *drivers.Capabilities) bool       { return c.Pipelining }
func locks(c *drivers.Capabilities) bool            { return c.Locks.Conn }
func settings(c *drivers.Capabilities) bool         { return c.Settings }
func remote(c *drivers.Capabilities) bool           { return c.Remote }
func singleWriter(c *drivers.Capabilities) bool     { return c.SingleWriter }
