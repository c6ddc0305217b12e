package migrate

import (
	"slices"
	"time"

	"github.com/sqlscope/sqlscope/migrate/source"
)

// Kind is what a [Record] is about.
type Kind string

// The kinds of records.
const (
	// KindUp: a migration to its version.
	KindUp Kind = "up"
	// KindDown: the way back from a version.
	KindDown Kind = "down"
	// KindRepeatable: a repeatable migration; Version is empty.
	KindRepeatable Kind = "repeatable"
	// KindBaseline: the version was declared to be there, or a baseline script
	// made it.
	KindBaseline Kind = "baseline"
	// KindImport: the version was taken over from the history of another tool.
	KindImport Kind = "import"
	// KindAccept: the new text of an applied migration was accepted.
	KindAccept Kind = "accept"
)

// Outcome is what became of it.
type Outcome string

// The outcomes.
const (
	// Done: it took effect.
	Done Outcome = "done"
	// Running: it began, outside a transaction. If nobody has the lock, it was
	// interrupted.
	Running Outcome = "running"
	// Failed: it failed half-way, outside a transaction: the statements before
	// the failed one took effect. The next run goes on behind them.
	Failed Outcome = "failed"
	// RolledBack: it failed in a transaction and left nothing.
	RolledBack Outcome = "rolled back"
)

// Record is one line of the history. The history is a log: what is applied
// follows from its records in the order of their numbers.
type Record struct {
	// Source is the name of the source.
	Source string `json:"source"`
	// Seq numbers the records of a source from 1.
	Seq int64 `json:"seq"`
	// Version is the migration's; empty if it is repeatable.
	Version source.Version `json:"version,omitempty"`
	// Name is the migration's.
	Name string `json:"name"`
	// Kind is what was done.
	Kind Kind `json:"kind"`
	// Checksum is that of the migration's text at the time.
	Checksum string `json:"checksum,omitempty"`
	// Started is when it began, by the clock of the machine that did it.
	Started time.Time `json:"started"`
	// Finished is when it ended; zero while it runs.
	Finished time.Time `json:"finished,omitzero"`
	// Duration is how long it took.
	Duration time.Duration `json:"duration"`
	// AppliedBy is who did it; see [Options].
	AppliedBy string `json:"applied_by"`
	// StatementsDone is how many statements took effect.
	StatementsDone int `json:"statements_done"`
	// Statements is how many there are.
	Statements int `json:"statements"`
	// Outcome is what became of it.
	Outcome Outcome `json:"outcome"`
	// Error is why it failed.
	Error string `json:"error,omitempty"`
}

// undone reports whether the record is of a migration that is half done.
func (r *Record) undone() bool { return r.Outcome == Running || r.Outcome == Failed }

// state is what follows from the records of a source.
type state struct {
	exists  bool // the table of the history
	records []*Record
	seq     int64 // the last one
	applied map[source.Version]*Record
	order   []source.Version // as applied, the last at the end
	repeats map[string]*Record
	open    map[string]*Record // half-done ones, by key
}

func newState(records []*Record) *state {
	st := &state{exists: true, records: records, applied: map[source.Version]*Record{},
		repeats: map[string]*Record{}, open: map[string]*Record{}}
	for _, r := range records {
		st.add(r)
	}
	return st
}

// key tells half-done migrations apart.
func key(kind Kind, v source.Version, name string) string {
	if v == "" {
		return string(kind) + " " + name
	}
	return string(kind) + " " + string(v)
}

// add takes over a record that is newer than all others.
func (st *state) add(r *Record) {
	st.seq = max(st.seq, r.Seq)
	switch {
	case r.undone():
		st.open[key(r.Kind, r.Version, r.Name)] = r
	case r.Outcome == Done:
		delete(st.open, key(r.Kind, r.Version, r.Name))
		st.did(r)
	}
}

// did follows a record of something that took effect.
func (st *state) did(r *Record) {
	switch r.Kind {
	case KindUp, KindBaseline, KindImport:
		st.drop(r.Version)
		st.applied[r.Version] = r
		st.order = append(st.order, r.Version)
	case KindDown:
		st.drop(r.Version)
	case KindRepeatable:
		st.repeats[r.Name] = r
	case KindAccept:
		st.accept(r)
	}
}

// drop takes a version out of those that are applied.
func (st *state) drop(v source.Version) {
	if st.applied[v] == nil {
		return
	}
	delete(st.applied, v)
	i := slices.Index(st.order, v)
	st.order = append(st.order[:i:i], st.order[i+1:]...)
}

// accept gives an applied migration the checksum of its new text.
func (st *state) accept(r *Record) {
	if old := st.applied[r.Version]; old != nil {
		changed := *old
		changed.Checksum = r.Checksum
		st.applied[r.Version] = &changed
	}
}

// highest is the highest version that is applied; "" if none is.
func (st *state) highest() source.Version {
	var top source.Version
	for v := range st.applied {
		if top == "" || v.Compare(top) > 0 {
			top = v
		}
	}
	return top
}
