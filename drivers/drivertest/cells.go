package drivertest

import (
	"fmt"

	"github.com/sqlscope/sqlscope/session"
)

// cell is one field of the state table: what an operation does in a state.
type cell struct {
	in    session.State
	op    string
	is    error // nil: it succeeds
	after session.State
	kept  bool // the row inserted before is there afterwards, the session closed
}

// cells is the state table of a session, row by row.
var cells = []cell{
	{session.StateIdle, "Exec", nil, session.StateActive, false},
	{session.StateIdle, "Query", nil, session.StateActive, false},
	{session.StateIdle, "Begin", nil, session.StateIdle, false},
	{session.StateIdle, "Savepoint", nil, session.StateActive, false},
	{session.StateIdle, "Commit", nil, session.StateIdle, false},
	{session.StateIdle, "Rollback", nil, session.StateIdle, false},
	{session.StateIdle, "Close", nil, session.StateClosed, false},

	{session.StateActive, "Exec", nil, session.StateActive, false},
	{session.StateActive, "Query", nil, session.StateActive, false},
	{session.StateActive, "Begin", nil, session.StateActive, false},
	{session.StateActive, "Begin otherwise", session.ErrTxBegun, session.StateActive, false},
	{session.StateActive, "Savepoint", nil, session.StateActive, false},
	{session.StateActive, "Commit", nil, session.StateIdle, true},
	{session.StateActive, "Rollback", nil, session.StateIdle, false},
	{session.StateActive, "Close", nil, session.StateClosed, false},

	{session.StateFailed, "Exec", session.ErrTxFailed, session.StateFailed, false},
	{session.StateFailed, "Query", session.ErrTxFailed, session.StateFailed, false},
	{session.StateFailed, "Begin", session.ErrTxFailed, session.StateFailed, false},
	{session.StateFailed, "Savepoint", session.ErrTxFailed, session.StateFailed, false},
	{session.StateFailed, "Commit", session.ErrTxFailed, session.StateIdle, false},
	{session.StateFailed, "Rollback", nil, session.StateIdle, false},
	{session.StateFailed, "Close", nil, session.StateClosed, false},

	{session.StateClosed, "Exec", session.ErrClosed, session.StateClosed, false},
	{session.StateClosed, "Query", session.ErrClosed, session.StateClosed, false},
	{session.StateClosed, "Begin", session.ErrClosed, session.StateClosed, false},
	{session.StateClosed, "Savepoint", session.ErrClosed, session.StateClosed, false},
	{session.StateClosed, "Commit", session.ErrClosed, session.StateClosed, false},
	{session.StateClosed, "Rollback", nil, session.StateClosed, false},
	{session.StateClosed, "Close", nil, session.StateClosed, false},
}

func cellCases() []Case {
	cases := make([]Case, len(cells))
	for i, c := range cells {
		outcome := "succeeds"
		if c.is != nil {
			outcome = "is refused"
		}
		cases[i] = Case{
			Name: fmt.Sprintf("When %v %s %s and the session is %v", c.in, c.op, outcome, c.after),
			Rule: fmt.Sprintf("The state table: %s of a session that is %v returns %v and leaves "+
				"it %v.", c.op, c.in, c.is, c.after),
			Run: c.run,
		}
		if c.op == "Savepoint" {
			cases[i].Needs = savepoints
		}
	}
	return cases
}

func (c cell) run(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	s := t.Session()
	c.bring(t, s, table)
	t.StateIs(s, c.in)
	err := c.operate(t, s)
	if c.is == nil {
		t.NoErr(c.op, err)
	} else {
		t.ErrIs(c.op, err, c.is)
	}
	t.StateIs(s, c.after)
	t.NoErr("Close", s.Close())
	t.AllBack()
	if c.kept {
		t.Holds(table, 1, 2)
	} else {
		t.Holds(table, 1)
	}
}

// bring brings the session into the state.
func (c cell) bring(t *T, s *session.Session, table string) {
	if c.in == session.StateIdle {
		return
	}
	t.Insert(s, table, 2)
	switch c.in {
	case session.StateFailed:
		_ = t.Break(s, table, 1)
	case session.StateClosed:
		t.NoErr("Close", s.Close())
	}
}

func (c cell) operate(t *T, s *session.Session) error {
	switch c.op {
	case "Exec":
		_, err := s.Exec(t.Context(), "SELECT 1")
		return err
	case "Query":
		_, err := session.Collect[int64](t.Context(), s, "SELECT 1")
		return err
	case "Begin":
		return s.Begin(session.TxOptions{})
	case "Begin otherwise":
		return s.Begin(t.otherwise())
	case "Savepoint":
		_, err := s.Savepoint()
		return err
	case "Commit":
		return s.Commit(t.Context())
	case "Rollback":
		return s.Rollback(t.Context())
	}
	return s.Close()
}

// otherwise returns options that are not the default and that the driver knows,
// or skips the case.
func (t *T) otherwise() session.TxOptions {
	switch {
	case t.Caps.ReadOnly:
		return session.TxOptions{ReadOnly: true}
	case len(t.Caps.Isolation) > 0:
		return session.TxOptions{Isolation: t.Caps.Isolation[0]}
	}
	t.Skip("the driver knows no options")
	return session.TxOptions{}
}
