package migratecli

import (
	"encoding/json"
	"errors"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/report"
	"github.com/sqlscope/sqlscope/session"
)

// document is what --json writes.
type document struct {
	Command  string    `json:"command"`
	ExitCode Code      `json:"exit_code"`
	Outcome  string    `json:"outcome"`
	Database *database `json:"database,omitempty"`
	Data     any       `json:"data,omitempty"`
	Error    *failure  `json:"error,omitempty"`
}

// database says which one it is, without a password.
type database struct {
	Driver  string `json:"driver"`
	Address string `json:"address"`
}

// failure is an error.
type failure struct {
	Message   string            `json:"message"`
	Migration *migrate.Error    `json:"migration,omitempty"`
	Statement *statement        `json:"statement,omitempty"`
	Problems  []migrate.Problem `json:"problems,omitempty"`
	Holder    *holder           `json:"holder,omitempty"`
	Kind      string            `json:"kind,omitempty"`
	Code      string            `json:"code,omitempty"`
}

// statement is one that nobody knows the end of.
type statement struct {
	Number int    `json:"number"`
	Of     int    `json:"of"`
	SQL    string `json:"sql"`
}

// document is all that there is to say.
func (c *call) document() *document {
	d := &document{Command: c.command, ExitCode: c.code, Outcome: c.code.String(), Data: c.data}
	if c.engine != nil {
		desc := c.engine.Describe()
		d.Database = &database{Driver: desc.Driver, Address: desc.Address}
	}
	if c.failure != nil && c.failure.Error() != c.code.String() {
		d.Error = c.failureOf(c.failure)
	}
	return d
}

// failureOf takes an error apart.
func (c *call) failureOf(err error) *failure {
	f := &failure{Message: report.Sentence(err, c.filesOf())}
	var (
		plan      *migrate.PlanError
		ambiguous *migrate.AmbiguousError
		locked    *session.LockTimeoutError
		db        *session.Error
	)
	errors.As(err, &f.Migration)
	if errors.As(err, &plan) {
		f.Problems = plan.Problems
	}
	if errors.As(err, &ambiguous) {
		f.Statement = &statement{ambiguous.Statement, ambiguous.Statements, ambiguous.SQL}
	}
	if errors.As(err, &locked) {
		f.Holder = holderOf(locked.Holder)
	}
	if errors.As(err, &db) {
		f.Kind, f.Code = db.Kind.String(), db.Code
	}
	return f
}

// writeJSON writes the document.
func (c *call) writeJSON() error {
	enc := json.NewEncoder(c.std.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(c.document())
}
