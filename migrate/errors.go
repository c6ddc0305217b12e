package migrate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/session"
)

// Error says which migration failed, and where in it.
type Error struct {
	// Source is the name of the migration's source.
	Source string `json:"source"`
	// Version is the migration's; empty if it is repeatable.
	Version source.Version `json:"version,omitempty"`
	// Name is the migration's.
	Name string `json:"name"`
	// Kind is what was being done.
	Kind Kind `json:"kind"`
	// File is the file's path.
	File string `json:"file"`
	// Statement is the number of the statement that failed, from 1; 0 if it is not
	// about a statement.
	Statement int `json:"statement,omitempty"`
	// Statements is how many there are.
	Statements int `json:"statements,omitempty"`
	// Line is where in the file the trouble is, from 1: where the server saw it,
	// if it says so, and else where the statement begins.
	Line int `json:"line,omitempty"`
	// Column is where in that line, in characters from 1.
	Column int `json:"column,omitempty"`
	// SQL is the statement.
	SQL string `json:"sql,omitempty"`
	// Code is the database's own code.
	Code string `json:"code,omitempty"`
	// Done is how many statements of the migration took effect and stay. It is
	// 0 if it was rolled back.
	Done int `json:"done"`
	// RolledBack: the migration left nothing.
	RolledBack bool `json:"rolled_back"`
	// Stack is where a function in Go panicked.
	Stack string `json:"stack,omitempty"`
	// Err is the cause.
	Err error `json:"-"`
}

// Error says where, what, and what is left of it.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("migrate: ")
	b.WriteString(e.place())
	if e.Statement > 0 {
		fmt.Fprintf(&b, ": statement %d of %d", e.Statement, e.Statements)
	}
	fmt.Fprintf(&b, ": %v%s", e.Err, e.left())
	if e.Stack != "" {
		b.WriteString("\n" + e.Stack)
	}
	return b.String()
}

// left is what the migration left.
func (e *Error) left() string {
	switch {
	case e.RolledBack:
		return "; the migration was rolled back"
	case errors.Is(e.Err, session.ErrCommitUnknown):
		return "; whether it took effect is not known here, and the next run reads it in the history"
	case e.Done > 0:
		return fmt.Sprintf("; %d of %d statements took effect, and the next run goes on behind them",
			e.Done, e.Statements)
	}
	return ""
}

// place is the file with line and column, or the migration.
func (e *Error) place() string {
	switch {
	case e.File == "":
		return fmt.Sprintf("%s %s %s", e.Source, e.Version, e.Name)
	case e.Line > 0:
		return fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
	}
	return e.File
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// What a run refuses. Test with [errors.Is].
var (
	// ErrAmbiguous: a statement was sent, and nobody knows whether it took
	// effect. The [*AmbiguousError] says which one.
	ErrAmbiguous = errors.New("a person must decide")
	// ErrRefused: the history, the files and what was asked for do not fit; a
	// [*PlanError] says where.
	ErrRefused = errors.New("migrate: the history and the migrations do not fit")
	// ErrNotEmpty: there is no history, and there are tables.
	ErrNotEmpty = errors.New("migrate: the database has tables and no history")
	// ErrInTransaction: a script that runs in a transaction begins or ends one, or
	// has a statement that cannot run in one.
	ErrInTransaction = source.ErrInTransaction
	// ErrNoDown: there is no way back from a version.
	ErrNoDown = errors.New("there is no way back")
)

// refusal is an ErrRefused without a list of problems.
type refusal string

func (r refusal) Error() string { return string(r) }

func (r refusal) Is(target error) bool { return target == ErrRefused }

// refuse makes a refusal.
func refuse(format string, args ...any) error {
	return refusal("migrate: " + fmt.Sprintf(format, args...))
}

// AmbiguousError is about a statement outside a transaction that was sent and
// whose end was not written down: the process or its connection ended in
// between. It must not be repeated blindly. Look into the database whether it
// took effect, and tell [Migrator.Resolve].
type AmbiguousError struct {
	// Statement is its number, and Statements how many there are.
	Statement, Statements int
	// SQL is its text, as it was sent; long ones are shortened.
	SQL string
}

// Error says what to decide, and how.
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("statement %d of %d was sent and may or may not have taken effect: %s\n%v: look "+
		"whether it did, and say so with Resolve (on the command line: resolve --happened or --not-happened)",
		e.Statement, e.Statements, strings.Join(strings.Fields(e.SQL), " "), ErrAmbiguous)
}

// Is makes it ErrAmbiguous.
func (e *AmbiguousError) Is(target error) bool { return target == ErrAmbiguous }

// ProblemKind is what does not fit.
type ProblemKind string

// The kinds of problems.
const (
	// Edited: the migration's text is not what was applied.
	Edited ProblemKind = "edited"
	// MissingFile: the version was applied and is not known here.
	MissingFile ProblemKind = "missing"
	// AheadOfBinary: the version was applied and is above all that are known here.
	AheadOfBinary ProblemKind = "ahead"
	// OutOfOrder: the version is lower than one that was applied.
	OutOfOrder ProblemKind = "out of order"
	// HalfDone: a migration is half done and its file is missing.
	HalfDone ProblemKind = "half done"
	// Empty: the file has no statement.
	Empty ProblemKind = "empty"
)

// Problem is something that does not fit.
type Problem struct {
	// Kind is what it is.
	Kind ProblemKind `json:"kind"`
	// Source is the name of the source that it is about.
	Source string `json:"source"`
	// Version is the migration that it is about; empty if it is about another
	// thing.
	Version source.Version `json:"version,omitempty"`
	// Name is the migration's.
	Name string `json:"name,omitempty"`
	// Message says what is wrong, and what can be done.
	Message string `json:"message"`
	// Fatal: a run is refused.
	Fatal bool `json:"fatal"`
}

// PlanError is why a run was refused before anything was done.
type PlanError struct {
	// Problems are all that were found, those that are not fatal too.
	Problems []Problem
}

// Error lists the fatal problems.
func (e *PlanError) Error() string {
	text := ErrRefused.Error()
	for _, p := range e.Problems {
		if p.Fatal {
			text += "\n  " + p.Message
		}
	}
	return text
}

// Is makes it ErrRefused.
func (e *PlanError) Is(target error) bool { return target == ErrRefused }
