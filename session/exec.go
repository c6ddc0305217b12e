package session

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
)

// Result tells what a statement did.
type Result = drivers.Result

// Querier runs statements. *Session, *Savepoint, *SyncConn and
// *scoped.Registry are queriers, so that a repository written once works with
// all of them.
type Querier interface {
	// Query runs a statement and returns its rows, which must be closed.
	Query(ctx context.Context, sql string, args ...any) (*Rows, error)
	// Exec runs a statement and discards its rows.
	Exec(ctx context.Context, sql string, args ...any) (Result, error)
}

// Query runs a statement and returns its rows, which must be closed before the
// session is used again. The context covers the rows too. [Collect], [One] and
// [Each] are easier to use.
//
// Arguments are written as ? on every database; ?? is a literal question mark.
// With a single argument of type [Named] they are written as :name. The
// database's own numbered placeholders work as well.
func (s *Session) Query(ctx context.Context, sql string, args ...any) (*Rows, error) {
	if err := s.guard.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.query(ctx, sql, args)
}

// Exec runs a statement and discards its rows.
func (s *Session) Exec(ctx context.Context, sql string, args ...any) (Result, error) {
	if err := s.guard.enterShallow(); err != nil {
		return Result{}, err
	}
	defer s.leave()
	return s.exec(ctx, sql, args)
}

// ExecText runs a statement as it is, without arguments: a question mark in it
// is the database's own, as in jsonb's operators. It is for statements from
// files.
func (s *Session) ExecText(ctx context.Context, sql string) (Result, error) {
	if err := s.guard.enterShallow(); err != nil {
		return Result{}, err
	}
	defer s.leave()
	if err := checkText(sql); err != nil {
		return Result{}, err
	}
	return s.execStep(ctx, drivers.Step{Op: drivers.OpExec, SQL: sql})
}

// Queue runs a statement whose result nobody waits for: it travels with the
// next statement, or with COMMIT, and takes no round trip of its own. Its error
// surfaces there and says that it was the queued statement's. The arguments
// must not be changed before that. A rollback drops it.
func (s *Session) Queue(sql string, args ...any) error {
	if err := s.guard.enterShallow(); err != nil {
		return err
	}
	defer s.leave()
	return s.queue(sql, args)
}

// QueueText queues a statement as it is, without arguments; see [Session.ExecText]
// and [Session.Queue]. What it did is written to res when it is known, unless res
// is nil; of a statement that was not reached or failed nothing is written.
func (s *Session) QueueText(sql string, res *Result) error {
	if err := s.guard.enterShallow(); err != nil {
		return err
	}
	defer s.leave()
	if err := checkText(sql); err != nil {
		return err
	}
	return s.queueStep(drivers.Step{Op: drivers.OpExec, SQL: sql}, res)
}

func (s *Session) queue(sql string, args []any) error {
	step, err := s.step(drivers.OpExec, sql, args)
	if err != nil {
		return err
	}
	return s.queueStep(step, nil)
}

func (s *Session) queueStep(step drivers.Step, res *Result) error {
	u, err := s.begun()
	if err != nil {
		return err
	}
	s.engine.counts.statements.Add(1)
	u.wait(step)
	u.want(res)
	return nil
}

func (s *Session) query(ctx context.Context, sql string, args []any) (*Rows, error) {
	step, err := s.step(drivers.OpQuery, sql, args)
	if err != nil {
		return nil, err
	}
	u, err := s.begun()
	if err != nil {
		return nil, err
	}
	s.engine.counts.statements.Add(1)
	rows, err := s.send(ctx, step)
	if err != nil {
		s.unbegin(u)
		return nil, err
	}
	u.rows = &Rows{session: s, rows: rows, sql: step.SQL}
	u.lease.rows = rows
	return u.rows, nil
}

func (s *Session) exec(ctx context.Context, sql string, args []any) (Result, error) {
	step, err := s.step(drivers.OpExec, sql, args)
	if err != nil {
		return Result{}, err
	}
	return s.execStep(ctx, step)
}

func (s *Session) execStep(ctx context.Context, step drivers.Step) (Result, error) {
	u, err := s.begun()
	if err != nil {
		return Result{}, err
	}
	s.engine.counts.statements.Add(1)
	if _, err := s.send(ctx, step); err != nil {
		s.unbegin(u)
		return Result{}, err
	}
	return u.result, nil
}

// unbegin makes the session idle again when its first statement never left:
// the error was about the statement, not about a transaction.
func (s *Session) unbegin(u *unit) {
	if u.lease == nil && u.failed == nil && len(u.flight.Steps) == 1 && len(u.saves) == 0 {
		s.unit, s.next = nil, &u.opts
	}
}
