package source

import (
	"slices"
	"strings"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// Summary is what one reading of a script's statements tells.
type Summary struct {
	// Statements is how many there are.
	Statements int
	// Transaction: the script runs in a transaction where the database can roll its
	// statements back. It does not if it says so, or if all that it does is refused
	// inside one, such as CREATE INDEX CONCURRENTLY.
	Transaction bool
	// Copies: the script has rows for COPY … FROM STDIN.
	Copies bool
	// Pragmas: the script has a PRAGMA of SQLite.
	Pragmas bool

	wrapped bool // BEGIN and COMMIT around all of it are left out
}

// Check reads the whole script once and remembers what it found. An [*Error] says
// what would go wrong with it: what cannot be split, what ends the transaction it
// runs in, and what cannot run in one next to what does.
func (s *Script) Check() (Summary, error) {
	s.once.Do(func() { s.summary, s.bad = s.check() })
	return s.summary, s.bad
}

func (s *Script) check() (Summary, error) {
	if s.Func != nil {
		return Summary{Transaction: !s.NoTransaction}, nil
	}
	c, k := checker{script: s}, keeper{}
	for st, err := range s.raw() {
		if err == nil {
			err = s.refuseLocks(&st)
		}
		if err != nil {
			return Summary{}, err
		}
		k.add(st)
		c.see(st)
	}
	s.keep(&k)
	return c.conclude()
}

// refuseLocks refuses a statement that keeps its connection from other tables.
func (s *Script) refuseLocks(st *sqlsplit.Statement) error {
	w := append(st.Words(2), "", "")
	if st.Dialect != sqlsplit.MySQL || w[0] != "LOCK" || w[1] != "TABLES" && w[1] != "TABLE" {
		return nil
	}
	return s.refuse(st, "while tables are locked MySQL lets nobody write the journal of statements; take LOCK TABLES "+
		"and UNLOCK TABLES out (mariadb-dump --skip-add-locks leaves them out)")
}

// checker looks at one statement after the other and remembers what matters: the
// first statement of each sort.
type checker struct {
	script   *Script
	sum      Summary
	outside  *sqlsplit.Statement // cannot run in a transaction
	inside   *sqlsplit.Statement // can, and does something
	control  *sqlsplit.Statement // begins or ends a transaction
	controls int
	first    sqlsplit.Control // what the first and the last statement do
	last     sqlsplit.Control
}

func (c *checker) see(st sqlsplit.Statement) {
	c.sum.Statements++
	c.sum.Copies = c.sum.Copies || st.Data != nil
	c.sum.Pragmas = c.sum.Pragmas || slices.Contains(st.Words(1), "PRAGMA")
	st.Data = nil
	control := st.Control()
	c.follow(control)
	switch {
	case control != sqlsplit.NoControl:
		c.control = earliest(c.control, st)
	case st.OutsideTransaction():
		c.outside = earliest(c.outside, st)
	case !setting(&st):
		c.inside = earliest(c.inside, st)
	}
}

// follow takes note of what a statement does to the transaction.
func (c *checker) follow(control sqlsplit.Control) {
	if c.sum.Statements == 1 {
		c.first = control
	}
	c.last = control
	if control != sqlsplit.NoControl {
		c.controls++
	}
}

func earliest(have *sqlsplit.Statement, st sqlsplit.Statement) *sqlsplit.Statement {
	if have != nil {
		return have
	}
	st.SQL = strings.Clone(st.SQL[:min(len(st.SQL), 200)])
	return &st
}

// setting reports whether a statement only sets something up, in a transaction or
// out of one.
func setting(st *sqlsplit.Statement) bool {
	w := append(st.Words(1), "")
	return w[0] == "SET" || w[0] == "RESET"
}

// conclude decides how the script runs. Where each DDL statement commits by itself,
// there is nothing to refuse.
func (c *checker) conclude() (Summary, error) {
	s := c.script
	c.sum.Transaction = !s.NoTransaction && (c.outside == nil || c.inside != nil)
	wraps := c.controls == 2 && c.first == sqlsplit.Begins && c.last == sqlsplit.Commits
	switch {
	case !c.sum.Transaction || s.dialect == sqlsplit.MySQL || s.dialect == sqlsplit.Oracle:
	case s.rules.asSent && wraps && c.outside == nil:
		c.sum.wrapped = true
		c.sum.Statements -= 2
	case s.rules.asSent:
		c.sum.Transaction = c.control == nil && c.outside == nil
	case c.control != nil:
		return c.sum, s.keepOut(c.control, "%q begins or ends a transaction, and the migration "+
			"runs in one of its own; take it out, or say %q", head(c.control), s.rules.noTransaction)
	case c.outside != nil:
		return c.sum, s.keepOut(c.outside, "%q cannot run in a transaction, and %q in line %d runs "+
			"in one; move it to a migration of its own, or say %q", head(c.outside), head(c.inside), c.inside.Line,
			s.rules.noTransaction)
	}
	return c.sum, nil
}

// head is the beginning of a statement, for messages.
func head(st *sqlsplit.Statement) string {
	const limit = 5
	if fields := strings.Fields(st.SQL); len(fields) > limit {
		return strings.Join(fields[:limit], " ") + " …"
	}
	return strings.Join(strings.Fields(st.SQL), " ")
}
