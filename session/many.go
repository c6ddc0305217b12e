package session

import (
	"context"
	"fmt"
	"iter"

	"github.com/sqlscope/sqlscope/drivers"
)

// ManyExecer is a [Querier] with a way of its own to run a statement for many
// rows. *Session, *Savepoint, *SyncConn and *scoped.Registry are.
type ManyExecer interface {
	// ExecMany runs a statement once for each row; see [Session.ExecMany].
	ExecMany(ctx context.Context, sql string, rows iter.Seq[[]any]) (Result, error)
}

// ExecMany runs a statement once for each row of arguments, on any [Querier];
// see [Session.ExecMany]. One that is no [ManyExecer] gets as many calls of
// Exec, and rows that were done before one failed are then its own to undo.
func ExecMany(ctx context.Context, q Querier, sql string, rows iter.Seq[[]any]) (Result, error) {
	if m, ok := q.(ManyExecer); ok {
		return m.ExecMany(ctx, sql, rows)
	}
	var sum Result
	n := 0
	for row := range rows {
		n++
		res, err := q.Exec(ctx, sql, row...)
		if err != nil {
			return Result{}, fmt.Errorf("session: row %d: %w", n, err)
		}
		sum.RowsAffected += res.RowsAffected
	}
	return sum, nil
}

// ExecMany runs a statement once for each row of arguments, in order, in the
// fastest way that the driver has. Rows in a slice are given as
// slices.Values(rows); rows that are made one after the other need never be in
// memory at the same time: they are sent in parts of at most 1000 rows and
// about a megabyte. A row may be a single [Named]; then all must be.
//
// Either all rows are done or the error fails the transaction, or the innermost
// savepoint, as that of any statement does; it names the rows of the part that
// failed. A row whose arguments do not fit is [ErrArguments] and named; if
// nothing was sent before it, nothing has changed. Result.RowsAffected is the
// sum, Result.LastInsertID 0. Without rows nothing is sent.
//
// The slice of a row may be used again for the next one; what it holds must not
// be changed before ExecMany returns. The iterator may use the session, as long
// as it closes its rows. One that cannot go on stops, and its owner
// returns an error instead of committing.
func (s *Session) ExecMany(ctx context.Context, sql string, rows iter.Seq[[]any]) (Result, error) {
	m := &many{session: s, enter: s.guard.enter, sql: sql}
	return m.run(ctx, rows)
}

// The size of a part: what is worth a trip, and what nobody misses in memory.
const (
	maxPartRows  = 1000
	maxPartSteps = 100 // rows that travel as steps of their own
	maxPartBytes = 1 << 20
)

// many is one ExecMany.
type many struct {
	session *Session
	enter   func() error // lets the caller into the session
	sql     string

	text  string // the statement as the database gets it, once there was a row
	want  int    // its number of arguments
	named bool   // the rows are Named

	part   [][]any
	values []any // what the rows of the part hold
	bytes  int
	sent   int  // rows in earlier parts
	began  bool // a transaction for these rows alone
	done   bool
	sum    Result
}

func (m *many) run(ctx context.Context, rows iter.Seq[[]any]) (_ Result, err error) {
	if err := m.inside(m.session.usable); err != nil {
		return Result{}, err
	}
	defer func() { m.settle(err) }()
	for row := range rows {
		if err := m.add(row); err != nil {
			return Result{}, err
		}
		if m.full() {
			if err := m.flush(ctx); err != nil {
				return Result{}, err
			}
		}
	}
	if err := m.flush(ctx); err != nil {
		return Result{}, err
	}
	if err := m.commit(ctx); err != nil {
		return Result{}, err
	}
	m.done = true
	return m.sum, nil
}

// inside runs f in the session. The iterator runs outside, so that it may use
// the session too.
func (m *many) inside(f func() error) error {
	if err := m.enter(); err != nil {
		return err
	}
	defer m.session.leave()
	return f()
}

// add appends a row to the part.
func (m *many) add(row []any) error {
	args, err := m.args(row)
	if err != nil {
		return fmt.Errorf("session: row %d: %w", m.sent+len(m.part)+1, err)
	}
	from := len(m.values)
	m.values = append(m.values, args...)
	m.part = append(m.part, m.values[from:len(m.values):len(m.values)])
	for _, arg := range args {
		m.bytes += sizeOf(arg)
	}
	return nil
}

// args are a row's arguments, found to fit the statement.
func (m *many) args(row []any) ([]any, error) {
	named := len(row) == 1 && isNamed(row[0])
	switch s := m.session; {
	case m.text != "" && named != m.named:
		return nil, refuse(ErrArguments, "rows with and without names")
	case m.text == "" || named:
		step, err := s.step(drivers.OpExecMany, m.sql, row)
		m.text, m.want, m.named = step.SQL, len(step.Args), named
		return step.Args, err
	case len(row) != m.want:
		return nil, countError(m.want, row, m.sql, s.engine.desc)
	default:
		return row, s.engine.checkValues(row)
	}
}

func isNamed(arg any) bool {
	_, ok := arg.(Named)
	return ok
}

// sizeOf is about what an argument takes on the wire.
func sizeOf(arg any) int {
	switch v := arg.(type) {
	case string:
		return len(v) + 8
	case []byte:
		return len(v) + 8
	}
	return 16
}

func (m *many) full() bool {
	most := maxPartRows
	if !takesMany(m.session.engine.desc) {
		most = maxPartSteps
	}
	return len(m.part) >= most || m.bytes >= maxPartBytes
}

// flush sends the part.
func (m *many) flush(ctx context.Context) error {
	n := len(m.part)
	if n == 0 {
		return nil
	}
	if err := m.inside(func() error { return m.send(ctx) }); err != nil {
		return fmt.Errorf("session: rows %d to %d: %w", m.sent+1, m.sent+n, err)
	}
	m.sent += n
	clear(m.part)
	clear(m.values)
	m.part, m.values, m.bytes = m.part[:0], m.values[:0], 0
	return nil
}

func (m *many) send(ctx context.Context) error {
	s := m.session
	u, err := s.begun()
	if err != nil {
		return err
	}
	begins := u.autocommit && (u.lease == nil || u.lease.conn.State() == drivers.TxIdle)
	s.engine.counts.statements.Add(int64(len(m.part)))
	if _, err := s.send(ctx, m.steps(u, begins)...); err != nil {
		s.unbegin(u)
		return err
	}
	m.began = m.began || begins
	m.sum.RowsAffected += u.result.RowsAffected
	return nil
}

// steps are the part as the driver can take it.
func (m *many) steps(u *unit, begins bool) (steps []drivers.Step) {
	if begins {
		steps = append(steps, drivers.Step{Op: drivers.OpBegin, Tx: (*drivers.TxOptions)(&u.opts)})
	}
	if takesMany(m.session.engine.desc) {
		return append(steps, drivers.Step{Op: drivers.OpExecMany, SQL: m.text, Many: m.part})
	}
	for _, row := range m.part {
		steps = append(steps, drivers.Step{Op: drivers.OpExec, SQL: m.text, Args: row})
	}
	return steps
}

// commit ends the transaction that was begun for these rows alone.
func (m *many) commit(ctx context.Context) error {
	if !m.began {
		return nil
	}
	return m.inside(func() error {
		s, u := m.session, m.session.unit
		if err := s.usable(); err != nil {
			return err
		}
		commit, cancel := s.commitContext(ctx, u)
		defer cancel()
		if _, err := s.send(commit, drivers.Step{Op: drivers.OpCommit}); err != nil {
			return s.commitError(u, err)
		}
		return nil
	})
}

// settle fails what some of the rows were done in when others were not: their
// arguments did not fit, the context ended, the iterator panicked.
func (m *many) settle(err error) {
	if m.done || m.sent == 0 {
		return
	}
	s := m.session
	if s.guard.enter() != nil { // the savepoint of the rows may have ended
		return // another goroutine has it, whose misuse has been told
	}
	defer s.leave()
	if u := s.unit; u != nil {
		u.fail(len(u.saves), orElse(err, "the rows of ExecMany ended in a panic"))
	}
}
