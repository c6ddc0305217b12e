package source

import (
	"context"
	"fmt"
	"io"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// Func is a migration, or the way back from one, written in Go. It runs on the
// connection, and in the transaction, that a script would run in.
type Func func(ctx context.Context, q session.Querier) error

// Script is what takes a schema from one version to another: SQL, or a function.
type Script struct {
	// File is the file's path, or says which function it is.
	File string
	// Line is where the script begins in the file, from 1; 0 for a function.
	Line int
	// NoTransaction: the file says that the script must not run in a transaction.
	// [Script.Check] knows of scripts that cannot, too.
	NoTransaction bool
	// Func is the script if it is written in Go. It has no statements then.
	Func Func

	rules   *rules
	dialect sqlsplit.Dialect
	edge    func(string) sqlsplit.Edge
	open    func() (io.ReadCloser, error)

	once    sync.Once
	summary Summary
	bad     error
	kept    atomic.Pointer[[]sqlsplit.Statement] // of a short script, once it was checked
}

// script makes a script of a file's section.
func (l *loader) script(file string, s *section, goes direction, o *outline, c config) *Script {
	if s == nil {
		return nil
	}
	script := &Script{File: file, Line: s.line, NoTransaction: s.outside || c.outside, rules: l.rules,
		dialect: l.o.Dialect, edge: l.edge()}
	expand := l.expander(o)
	script.open = func() (io.ReadCloser, error) {
		r, err := l.text(file, o)
		if err != nil {
			return nil, err
		}
		return &sectionReader{lines: newLines(r), rules: l.rules, want: goes, at: o.start, expand: expand,
			on: l.set.Format != Goose, closer: r}, nil
	}
	return script
}

// expander puts the values of variables into a text; nil if nothing has to be done.
func (l *loader) expander(o *outline) func(string) (string, error) {
	switch {
	case l.set.Format == Goose:
		return environment{l.lookup}.expand
	case l.rules.braced && len(o.used) > 0:
		return replacer(l.o.Variables, !l.rules.declared)
	}
	return nil
}

// text opens a file.
func (l *loader) text(file string, o *outline) (io.ReadCloser, error) {
	if o.templated {
		return l.evaluate(file)
	}
	return l.fsys.Open(file)
}

func (l *loader) lookup(name string) (string, bool) {
	if value, ok := l.o.Variables[name]; ok || l.o.Environment == nil {
		return value, ok
	}
	return l.o.Environment(name)
}

// edge tells the splitter where blocks are. Where it knows what is inside them, and
// the database takes one statement at a time, goose's blocks are split as well.
func (l *loader) edge() func(string) sqlsplit.Edge {
	switch {
	case l.set.Format == Plain:
		return plainEdge
	case l.set.Format != Goose:
		return nil
	}
	switch l.o.Dialect {
	case sqlsplit.Postgres, sqlsplit.MySQL, sqlsplit.SQLite:
		return softEdge
	}
	return gooseEdge
}

// Statements reads the script's statements, one after the other. Each loop reads
// the file anew and holds one statement at a time, but for a short script that was
// checked, whose statements are kept. An error is an [*Error], and nothing follows it.
func (s *Script) Statements() iter.Seq2[sqlsplit.Statement, error] {
	return func(yield func(sqlsplit.Statement, error) bool) {
		wrapped, err := s.wrapped()
		switch {
		case err != nil:
			yield(sqlsplit.Statement{}, err)
		case wrapped:
			s.unwrapped()(yield)
		case s.Func == nil:
			s.raw()(yield)
		}
	}
}

// wrapped reports whether BEGIN and COMMIT around the script are left out.
func (s *Script) wrapped() (bool, error) {
	if s.Func != nil || !s.rules.asSent {
		return false, nil
	}
	sum, err := s.Check()
	return sum.wrapped, err
}

// unwrapped are the statements between BEGIN and COMMIT.
func (s *Script) unwrapped() iter.Seq2[sqlsplit.Statement, error] {
	return func(yield func(sqlsplit.Statement, error) bool) {
		for st, err := range s.raw() {
			st.Number--
			if (err != nil || st.Control() == sqlsplit.NoControl) && !yield(st, err) {
				return
			}
		}
	}
}

// raw are the statements as the file has them.
func (s *Script) raw() iter.Seq2[sqlsplit.Statement, error] {
	if kept, ok := s.fromKept(); ok {
		return kept
	}
	return func(yield func(sqlsplit.Statement, error) bool) {
		r, err := s.open()
		if err != nil {
			yield(sqlsplit.Statement{}, in(s.File, err))
			return
		}
		defer r.Close()
		for st, err := range sqlsplit.Split(r, s.dialect, sqlsplit.Options{Edge: s.edge}) {
			if !yield(st, in(s.File, err)) {
				return
			}
		}
	}
}

// refuse says what is wrong with a statement.
func (s *Script) refuse(st *sqlsplit.Statement, format string, args ...any) error {
	return &Error{File: s.File, Line: st.Line, Column: st.Column, Err: fmt.Errorf(format, args...)}
}

// keepOut refuses a statement that the script's transaction cannot hold.
func (s *Script) keepOut(st *sqlsplit.Statement, format string, args ...any) error {
	return &Error{File: s.File, Line: st.Line, Column: st.Column,
		Err: transactionError{fmt.Errorf(format, args...)}}
}
