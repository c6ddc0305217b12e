package migrate

import "time"

// EventKind is what an [Event] tells.
type EventKind uint8

// The kinds of events.
const (
	// LockWaiting: others may be migrating; the lock is asked for.
	LockWaiting EventKind = iota
	// LockTaken: the lock is held and the plan was made anew; Of is the number of
	// steps.
	LockTaken
	// StepBegins: a migration begins; Of is the number of its statements.
	StepBegins
	// StatementBegins: statement Number of Of begins.
	StatementBegins
	// StatementEnds: statement Number has ended, with Rows and Elapsed.
	StatementEnds
	// StepEnds: the migration has ended, with Elapsed and, if it failed, Err.
	StepEnds
	// Retrying: a lock was not to be had in time; it is tried again after
	// Elapsed. Number counts the tries.
	Retrying
	// Warning: Text is something to look at.
	Warning
)

var eventNames = [...]string{"lock waiting", "lock taken", "step begins", "statement begins",
	"statement ends", "step ends", "retrying", "warning"}

// String returns the kind in words.
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return "unknown"
}

// Event tells what goes on.
type Event struct {
	// Kind says which of the other fields count.
	Kind EventKind
	// Source is the name of the source.
	Source string
	// Step is the migration, if it is about one.
	Step *Step
	// Number and Of: statement Number of Of.
	Number, Of int
	// SQL is the statement.
	SQL string
	// Rows is how many rows the statement touched.
	Rows int64
	// Elapsed is how long it took.
	Elapsed time.Duration
	// Text is a warning.
	Text string
	// Err is why it failed.
	Err error
}

func (m *Migrator) emit(e Event) {
	if m.opts.OnEvent != nil {
		m.opts.OnEvent(e)
	}
}

// warn tells of problems that do not stop a run: in the result, in the log, and with an
// event for each.
func (m *Migrator) warn(s *series, problems []Problem, result *Result) {
	result.Warnings = append(result.Warnings, problems...)
	for _, p := range problems {
		m.opts.Logger.Warn("migrate: "+p.Message, "source", s.name, "version", string(p.Version))
		m.emit(Event{Kind: Warning, Source: s.name, Text: p.Message})
	}
}
