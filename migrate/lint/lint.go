package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// Finding is one warning.
type Finding struct {
	// Rule is the rule's ID.
	Rule string `json:"rule"`
	// File is the file's path.
	File string `json:"file"`
	// Line and Column are where it is in the file, from 1.
	Line int `json:"line"`
	// Column counts characters.
	Column int `json:"column"`
	// Statement is the statement's number in the script, from 1.
	Statement int `json:"statement"`
	// Message says what was found.
	Message string `json:"message"`
	// Reason says why that is dangerous.
	Reason string `json:"reason"`
	// Safe is how to do it safely.
	Safe string `json:"safe"`
}

// String is the finding in one line, without the safe way.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s: %s", f.File, f.Line, f.Column, f.Rule, f.Message, f.Reason)
}

// Options say what rules should take for granted. The zero value takes nothing.
type Options struct {
	// LockTimeout: whoever runs the migrations bounds how long they wait for locks,
	// so that the scripts need not.
	LockTimeout bool
	// Ignore are IDs of rules that are not looked at.
	Ignore []string
}

// Validate refuses rules that there are not.
func (o *Options) Validate() error {
	for _, id := range o.Ignore {
		if !known(id) {
			return fmt.Errorf("lint: there is no rule %q", id)
		}
	}
	return nil
}

// Set returns what is found in the ways up of all migrations. An error is one of the
// files'. At most one opts is given.
func Set(set *source.Set, opts ...Options) ([]Finding, error) {
	var all []Finding
	for _, list := range [][]*source.Migration{set.Baselines, set.Migrations, set.Repeatable} {
		for _, m := range list {
			found, err := Script(m.Up, opts...)
			if err != nil {
				return all, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

// Script returns what is found in a script, in the order of its statements. A
// function in Go has none.
func Script(s *source.Script, opts ...Options) ([]Finding, error) {
	l := linter{file: s.File, created: map[string]bool{}, transaction: !s.NoTransaction}
	if len(opts) > 0 {
		l.opts = opts[0]
	}
	if err := l.opts.Validate(); err != nil {
		return nil, err
	}
	// What Check refuses is a finding here; what cannot be read is an error below.
	if sum, err := s.Check(); err == nil {
		l.transaction = sum.Transaction
	}
	for st, err := range s.Statements() {
		if err != nil {
			return l.found, err
		}
		l.statement(&st)
	}
	return l.found, nil
}

// linter looks at the statements of one script.
type linter struct {
	file        string
	opts        Options
	transaction bool
	created     map[string]bool // tables of this script
	lockTimeout bool            // it has been set
	enums       []string        // values that this script adds to a type
	others      int             // statements that change something
	found       []Finding
}

// statement applies the rules to one statement.
func (l *linter) statement(st *sqlsplit.Statement) {
	v := look(st)
	ignored := suppressed(st)
	for _, id := range ignored {
		if !known(id) && id != "all" {
			l.add(v, &unknownRule, hit{0, fmt.Sprintf("lint:ignore names %q", id)})
		}
	}
	ignored = append(ignored, l.opts.Ignore...)
	for i := range rules {
		if r := &rules[i]; r.applies(st.Dialect) && !slices.Contains(ignored, r.ID) && !slices.Contains(ignored, "all") {
			l.apply(r, v)
		}
	}
	l.remember(v)
}

// apply makes findings of what a rule finds.
func (l *linter) apply(r *Rule, v *view) {
	for _, h := range r.find(l, v) {
		l.add(v, r, h)
	}
}

// add makes a finding of a hit.
func (l *linter) add(v *view, r *Rule, h hit) {
	f := Finding{Rule: r.ID, File: l.file, Statement: v.st.Number, Message: h.message, Reason: r.Reason, Safe: r.Safe}
	f.Line, f.Column = v.st.Position(len([]rune(v.st.SQL[:h.at])))
	l.found = append(l.found, f)
}

// remember keeps what matters to the statements that follow.
func (l *linter) remember(v *view) {
	switch {
	case v.starts("CREATE"):
		if table, ok := v.creates(); ok {
			l.created[table] = true
		}
	case v.starts("SET") || v.starts("ALTER", "ROLE"):
		l.lockTimeout = l.lockTimeout || v.index("LOCK_TIMEOUT") >= 0 || v.index("LOCK_WAIT_TIMEOUT") >= 0
	case v.starts("ALTER", "TYPE") && v.index("VALUE") > 0:
		l.enums = append(l.enums, v.literals()...)
	}
	if !v.starts("SET") {
		l.others++
	}
}

// suppressed are the IDs that comments at the statement name.
func suppressed(st *sqlsplit.Statement) []string {
	var ids []string
	for _, text := range []string{st.Leading, st.Trailing, strings.Join(comments(st), "\n")} {
		for line := range strings.SplitSeq(text, "\n") {
			ids = append(ids, ignoredIn(line)...)
		}
	}
	return ids
}

func ignoredIn(line string) []string {
	_, list, _ := strings.Cut(line, "lint:ignore ")
	list, _, _ = strings.Cut(list, ":")
	list = strings.TrimSuffix(strings.TrimSpace(list), "*/")
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
