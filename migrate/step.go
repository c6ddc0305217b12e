package migrate

import (
	"fmt"
	"iter"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// Step is one migration that is to be run, in one direction.
type Step struct {
	// Source is the name of its source.
	Source string `json:"source"`
	// Version is the migration's; empty if it is repeatable.
	Version source.Version `json:"version,omitempty"`
	// Name is the migration's.
	Name string `json:"name"`
	// Kind is what is done.
	Kind Kind `json:"kind"`
	// File is the file's path, or says which function it is.
	File string `json:"file"`
	// Transaction: all of it happens in one transaction. Otherwise each
	// statement takes effect by itself.
	Transaction bool `json:"transaction"`
	// Count is how many statements there are; 0 for a function in Go.
	Count int `json:"statements"`
	// Resumed is how many of them took effect in an earlier run.
	Resumed int `json:"resumed,omitempty"`
	// Go: it is a function in Go.
	Go bool `json:"go,omitempty"`

	script   *source.Script
	checksum string
	pragmas  bool    // it has some
	open     *Record // of the earlier run that it goes on with
}

// Statements reads the statements, which are numbered from 1. What an earlier
// run did is among them.
func (s *Step) Statements() iter.Seq2[sqlsplit.Statement, error] {
	return func(yield func(sqlsplit.Statement, error) bool) {
		n := 0
		for st, err := range s.script.Statements() {
			n++
			st.Number = n
			if !yield(st, err) {
				return
			}
		}
	}
}

// Script is what is run.
func (s *Step) Script() *source.Script { return s.script }

// String names the step in one line.
func (s *Step) String() string {
	what := string(s.Version)
	if what == "" {
		what = string(s.Kind)
	} else if s.Kind != KindUp {
		what += " (" + string(s.Kind) + ")"
	}
	return fmt.Sprintf("%s: %s %s", s.Source, what, s.Name)
}

// step makes a step of a script.
func (m *Migrator) step(s *series, st *state, kind Kind, mg *source.Migration, script *source.Script) Step {
	return Step{Source: s.name, Version: mg.Version, Name: mg.Name, Kind: kind, File: script.File,
		Go: script.Func != nil, script: script, checksum: mg.Checksum,
		open: st.open[key(kind, mg.Version, mg.Name)]}
}

// examine reads every script once, so that what is wrong with one is known before
// anything has been done.
func (m *Migrator) examine(steps []Step) error {
	for i := range steps {
		if err := steps[i].examine(m.engine.Describe().Capabilities.TransactionalDDL); err != nil {
			return err
		}
	}
	return nil
}

func (s *Step) examine(transactional bool) error {
	sum, err := s.script.Check()
	if err != nil {
		return &Error{Source: s.Source, Version: s.Version, Name: s.Name, Kind: s.Kind, Err: err}
	}
	s.Count, s.pragmas = sum.Statements, sum.Pragmas
	s.Transaction = sum.Transaction && transactional && s.open == nil
	if s.open != nil {
		s.Resumed = s.open.StatementsDone
	}
	return nil
}
