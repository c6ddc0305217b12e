package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/session"
)

// State is what a migration is in.
type State string

// The states.
const (
	// StateApplied: it was applied.
	StateApplied State = "applied"
	// StatePending: the next Up applies it.
	StatePending State = "pending"
	// StateRunning: somebody is applying it.
	StateRunning State = "running"
	// StateHalfDone: it failed half-way, outside a transaction.
	StateHalfDone State = "half done"
	// StateEdited: it was applied with another text.
	StateEdited State = "edited"
	// StateOutOfOrder: it is pending below one that was applied.
	StateOutOfOrder State = "out of order"
	// StateMissing: it was applied and its file is missing.
	StateMissing State = "missing"
	// StateUnknown: it was applied, above all versions that are known here.
	StateUnknown State = "unknown"
	// StateBaseline: it was declared to be there.
	StateBaseline State = "baseline"
)

// Entry is one migration in a [Status].
type Entry struct {
	// Source is the name of its source.
	Source string `json:"source"`
	// Version is its version; empty if it is repeatable.
	Version source.Version `json:"version,omitempty"`
	// Name is its name.
	Name string `json:"name"`
	// State is what it is in.
	State State `json:"state"`
	// Repeatable: it runs again when it changes.
	Repeatable bool `json:"repeatable,omitempty"`
	// Record is the line of the history that says so; nil if it is pending.
	Record *Record `json:"record,omitempty"`
}

// InProgress is what somebody is doing now.
type InProgress struct {
	// Source is the name of the source.
	Source string `json:"source"`
	// Version is the migration's; empty if it is repeatable, and between two.
	Version source.Version `json:"version,omitempty"`
	// Name is the migration's; empty between two.
	Name string `json:"name,omitempty"`
	// Kind is what is done.
	Kind Kind `json:"kind,omitempty"`
	// Statement is the number of the one that runs; 0 where the database does not
	// show it.
	Statement int `json:"statement,omitempty"`
	// Statements is how many there are.
	Statements int `json:"statements,omitempty"`
	// By is who does it, as far as it is known.
	By string `json:"by"`
	// Since is when it began, as far as it is known.
	Since time.Time `json:"since,omitzero"`
}

// String is it in one line.
func (p *InProgress) String() string {
	text := "running"
	switch {
	case p.Version != "":
		text += " v" + string(p.Version)
	case p.Name != "":
		text += " " + p.Name
	}
	return text + p.progress() + ", by " + p.By
}

func (p *InProgress) progress() string {
	if p.Statement == 0 {
		return ""
	}
	return fmt.Sprintf(", statement %d/%d", p.Statement, p.Statements)
}

// Status is how the database stands.
type Status struct {
	// Database says which one it is.
	Database string `json:"database"`
	// Entries are all migrations, source by source, in the order of their
	// versions; repeatable ones come last.
	Entries []Entry `json:"entries"`
	// Running is what is going on now.
	Running []InProgress `json:"running,omitempty"`
	// Problems are what does not fit.
	Problems []Problem `json:"problems,omitempty"`
	// Pending is how many migrations the next Up applies.
	Pending int `json:"pending"`
}

// Status tells how the database stands. It reads and does nothing else: it takes
// no lock and waits for nobody, it creates no table, and a user who may only read
// can ask for it.
func (m *Migrator) Status(ctx context.Context) (*Status, error) {
	out := &Status{Database: m.engine.Describe().Address}
	for _, s := range m.series {
		if err := m.addStatus(ctx, s, out); err != nil {
			return out, err
		}
	}
	return out, nil
}

// addStatus adds how one source stands.
func (m *Migrator) addStatus(ctx context.Context, s *series, out *Status) error {
	st, err := m.read(ctx, s)
	if err != nil {
		return err
	}
	steps, problems, err := m.planUp(s, st, UpOptions{})
	if err != nil && !errors.As(err, new(*PlanError)) {
		return err
	}
	now, err := m.inProgress(ctx, s, st, steps)
	if err == nil {
		out.Problems = append(out.Problems, problems...)
		out.Pending += len(steps)
		out.add(now, entries(s, st, problems, now))
	}
	return err
}

func (out *Status) add(now *InProgress, list []Entry) {
	if now != nil {
		out.Running = append(out.Running, *now)
	}
	out.Entries = append(out.Entries, list...)
}

// entries lists the migrations of a source.
func entries(s *series, st *state, problems []Problem, now *InProgress) []Entry {
	kinds := map[source.Version]ProblemKind{}
	for _, p := range problems {
		kinds[p.Version] = p.Kind
	}
	out := s.unknownEntries(st)
	for _, mg := range s.set.Migrations {
		if st.applied[mg.Version] != nil || !below(mg.Version, st) {
			out = append(out, entry(s, st, mg, kinds[mg.Version], now))
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return a.Version.Compare(b.Version) })
	for _, mg := range s.set.Repeatable {
		out = append(out, repeatableEntry(s, st, mg, now))
	}
	return out
}

// unknownEntries are the versions that were applied and have no file.
func (s *series) unknownEntries(st *state) []Entry {
	var out []Entry
	for v, r := range st.applied {
		if s.byVersion[v] == nil {
			out = append(out, Entry{Source: s.name, Version: v, Name: r.Name, State: s.without(v, st), Record: r})
		}
	}
	return out
}

// without is the state of a version that has no file.
func (s *series) without(v source.Version, st *state) State {
	if s.covered(v, st) {
		return StateBaseline
	}
	if s.newer(v) {
		return StateUnknown
	}
	return StateMissing
}

func entry(s *series, st *state, mg *source.Migration, problem ProblemKind, now *InProgress) Entry {
	e := Entry{Source: s.name, Version: mg.Version, Name: mg.Name, Record: st.applied[mg.Version]}
	open := st.open[key(KindUp, mg.Version, mg.Name)]
	switch {
	case now != nil && now.Version == mg.Version:
		e.State = StateRunning
	case e.Record != nil:
		e.State = appliedState(e.Record, problem)
	case open != nil:
		e.State, e.Record = StateHalfDone, open
	case problem == OutOfOrder:
		e.State = StateOutOfOrder
	default:
		e.State = StatePending
	}
	return e
}

func appliedState(r *Record, problem ProblemKind) State {
	switch {
	case problem == Edited:
		return StateEdited
	case r.Kind == KindBaseline:
		return StateBaseline
	}
	return StateApplied
}

func repeatableEntry(s *series, st *state, mg *source.Migration, now *InProgress) Entry {
	e := Entry{Source: s.name, Name: mg.Name, Repeatable: true, State: StatePending, Record: st.repeats[mg.Name]}
	switch {
	case now != nil && now.Version == "" && now.Name == mg.Name:
		e.State = StateRunning
	case e.Record != nil && e.Record.Checksum == mg.Checksum:
		e.State = StateApplied
	case st.open[key(KindRepeatable, "", mg.Name)] != nil:
		e.State, e.Record = StateHalfDone, st.open[key(KindRepeatable, "", mg.Name)]
	}
	return e
}

// inProgress finds out what is going on: who has the lock, and what the holder's
// connection calls itself, or what the journal says.
func (m *Migrator) inProgress(ctx context.Context, s *series, st *state, steps []Step) (*InProgress, error) {
	h, err := m.engine.SyncHolder(ctx, m.lockName(s), m.syncOptions())
	if errors.Is(err, session.ErrUnsupported) {
		return nil, nil
	}
	if err != nil || h == nil {
		return nil, err
	}
	now := &InProgress{Source: s.name, By: by(h), Since: h.Since}
	if now.parse(h.Application) {
		return now, nil
	}
	if r := st.running(); r != nil {
		now.read(r)
		now.Statement, err = m.atStatement(ctx, s, r)
		return now, err
	}
	if len(steps) > 0 { // what is committed is known, so it is at the next one
		now.Version, now.Name, now.Kind = steps[0].Version, steps[0].Name, steps[0].Kind
	}
	return now, nil
}

// running is the record of what runs outside a transaction; nil if nothing does.
func (st *state) running() *Record {
	for _, r := range st.open {
		if r.Outcome == Running {
			return r
		}
	}
	return nil
}

// read takes over what a record of something that runs says.
func (p *InProgress) read(r *Record) {
	p.Version, p.Name, p.Kind, p.Statements = r.Version, r.Name, r.Kind, r.Statements
	p.By, p.Since = r.AppliedBy, r.Started
}

func by(h *session.LockHolder) string {
	parts := []string{}
	for _, part := range []struct{ format, value string }{{"connection or process %s", h.Connection},
		{"user %s", h.User}, {"host %s", h.Host}} {
		if part.value != "" {
			parts = append(parts, fmt.Sprintf(part.format, part.value))
		}
	}
	return strings.Join(parts, ", ")
}

// parse reads what a connection calls itself while it runs a statement.
func (p *InProgress) parse(name string) bool {
	rest, ok := strings.CutPrefix(name, markPrefix)
	fields := strings.SplitN(rest, " ", 4)
	if !ok || len(fields) < 3 {
		return false
	}
	if _, err := fmt.Sscanf(fields[2], "%d/%d", &p.Statement, &p.Statements); err != nil {
		return false
	}
	p.what(Kind(fields[0]), fields[1])
	if len(fields) == 4 {
		p.By = strings.TrimSuffix(fields[3], "…") + ", " + p.By
	}
	return true
}

func (p *InProgress) what(kind Kind, id string) {
	p.Kind = kind
	if kind == KindRepeatable {
		p.Name = id
	} else {
		p.Version = source.Version(id)
	}
}

// atStatement is the number of the statement that a running record is at.
func (m *Migrator) atStatement(ctx context.Context, s *series, r *Record) (int, error) {
	sess := m.engine.Session(session.TxOptions{ReadOnly: m.engine.Describe().Capabilities.SingleWriter})
	defer sess.Close()
	j, err := m.unqualified(s).openJournal(ctx, sess, r.Seq)
	if err != nil {
		return 0, err
	}
	at := 0
	for number := range j.entries {
		at = max(at, number)
	}
	return at, nil
}
