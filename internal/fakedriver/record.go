package fakedriver

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/sqlscope/sqlscope/drivers"
)

// Counts are the sums since the database was made.
type Counts struct {
	// Opened and Closed count connections.
	Opened, Closed int
	// Flights counts calls of Run, RoundTrips the trips they took and Pings
	// those of verified connections.
	Flights, RoundTrips, Pings int
	// Steps counts the steps that reached the server.
	Steps map[drivers.Op]int
}

// record is what the database remembers of its callers.
type record struct {
	mu         sync.Mutex // guards the fields below
	counts     Counts
	steps      map[drivers.Op]int
	flights    [][]string
	violations []string
}

// Counts returns the sums so far.
func (db *DB) Counts() Counts {
	r := &db.record
	r.mu.Lock()
	defer r.mu.Unlock()
	counts := r.counts
	counts.Steps = maps.Clone(r.steps)
	return counts
}

// Log returns the steps that reached the server since the last [DB.ResetLog],
// such as "begin", "exec INSERT …", "commit".
func (db *DB) Log() []string { return slices.Concat(db.Flights()...) }

// Flights returns the same steps, one slice for each flight.
func (db *DB) Flights() [][]string {
	db.record.mu.Lock()
	defer db.record.mu.Unlock()
	return slices.Clone(db.record.flights)
}

// ResetLog forgets the steps, not the counts.
func (db *DB) ResetLog() {
	db.record.mu.Lock()
	defer db.record.mu.Unlock()
	db.record.flights = nil
}

// Violations returns where callers broke the contract: one sentence each.
func (db *DB) Violations() []string {
	db.record.mu.Lock()
	defer db.record.mu.Unlock()
	return slices.Clone(db.record.violations)
}

func (r *record) violate(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.violations = append(r.violations, fmt.Sprintf(format, args...))
}

func (r *record) count(change func(*Counts)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.counts)
}

// trip counts a trip to the server.
func (r *record) trip() { r.count(func(n *Counts) { n.RoundTrips++ }) }

// flight begins the record of a flight and returns its number.
func (r *record) flight() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts.Flights++
	r.flights = append(r.flights, nil)
	return len(r.flights) - 1
}

func (r *record) step(flight int, step drivers.Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps[step.Op]++
	if flight < len(r.flights) { // the log may have been reset meanwhile
		r.flights[flight] = append(r.flights[flight], Text(step))
	}
}

// Text is a step as it stands in the log.
func Text(step drivers.Step) string {
	switch step.Op {
	case drivers.OpExecMany:
		return fmt.Sprintf("%v %d: %s", step.Op, len(step.Many), step.SQL)
	case drivers.OpExec, drivers.OpQuery:
		return step.Op.String() + " " + step.SQL
	case drivers.OpBegin:
		return "begin" + txText(step.Tx)
	case drivers.OpSavepoint, drivers.OpRollbackTo, drivers.OpRelease:
		return step.Op.String() + " " + step.Name
	}
	return step.Op.String()
}

func txText(o *drivers.TxOptions) string {
	if o == nil {
		return ""
	}
	var b strings.Builder
	if o.Isolation != drivers.DefaultIsolation {
		b.WriteString(" isolation level " + o.Isolation.String())
	}
	if o.ReadOnly {
		b.WriteString(" read only")
	}
	if o.Deferrable {
		b.WriteString(" deferrable")
	}
	if o.StatementTimeout > 0 {
		fmt.Fprintf(&b, " statement timeout %v", o.StatementTimeout)
	}
	if o.LockTimeout > 0 {
		fmt.Fprintf(&b, " lock timeout %v", o.LockTimeout)
	}
	for name, value := range o.Settings.All() {
		fmt.Fprintf(&b, " %s %q", name, value)
	}
	return b.String()
}
