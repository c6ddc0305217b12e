package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
)

// Commit commits the transaction, and with it the savepoints that are still
// open. Without a transaction it does nothing; with one that sent nothing it
// sends nothing.
//
// COMMIT does not depend on ctx once it is on its way: it has
// Options.EndTimeout. Queued statements that travel with it do: when ctx ends
// they are cancelled on the server, and the error says truthfully what became
// of the transaction. If ctx ended before, the transaction is rolled back and
// ctx's error returned. A failed transaction is rolled back and returns
// [ErrTxFailed]; so is one in which a savepoint of [Session.SavepointFor] was
// left open, with [ErrSavepointOpen]. [ErrCommitUnknown] means that the connection was lost between
// COMMIT and its answer; every other error means that nothing was committed.
//
// The session is idle afterwards in every case but [ErrRowsOpen] and
// [ErrConcurrentUse], which change nothing.
func (s *Session) Commit(ctx context.Context) error {
	hooks, err := s.commit(ctx)
	hooks.run(ctx, s.engine, err == nil)
	return err
}

// commit returns the hooks to run, since they must find the session idle and
// unguarded.
func (s *Session) commit(ctx context.Context) (*hooks, error) {
	if err := s.guard.enterShallow(); err != nil {
		return nil, err
	}
	defer s.leave()
	s.expire()
	u := s.unit
	u.spoil()
	switch {
	case s.closed:
		return nil, errSessionClosed()
	case u == nil:
		return s.takeHooks(), nil
	case u.occupied():
		return nil, refuse(ErrRowsOpen, "close those of %q before Commit", abridge(u.rows.sql))
	}
	if err := u.cannotKeep(0); err != nil {
		return s.undo(), err
	}
	switch {
	case ctx.Err() != nil:
		err := s.engine.wrap("commit", "", fmt.Errorf("not sent, rolled back: %w", ctx.Err()))
		return s.undo(), err
	case u.lease == nil && !u.waits():
		s.end(u)
		return s.takeHooks(), nil
	}
	return s.commitNow(ctx, u)
}

func (s *Session) commitNow(ctx context.Context, u *unit) (*hooks, error) {
	u.dropReleases()
	commit, cancel := s.commitContext(ctx, u)
	defer cancel()
	if err := s.fence(commit, u); err != nil {
		return s.undo(), err
	}
	if _, err := s.sendNow(commit, drivers.Step{Op: drivers.OpCommit}); err != nil {
		err = s.commitError(u, err)
		return s.undo(), err
	}
	s.engine.counts.commits.Add(1)
	s.committed = true
	s.end(u)
	return s.takeHooks(), nil
}

// fence makes the commit depend on a lock that is a lease.
func (s *Session) fence(ctx context.Context, u *unit) error {
	if s.home == nil || s.home.claim == nil || u.autocommit || u.opts.ReadOnly {
		return nil
	}
	return s.home.claim.fence(ctx, s, u)
}

// commitContext detaches COMMIT from the caller's context. Queued statements
// that travel with it can still be cancelled: the driver cancels on the server
// and waits for the answer, so the outcome is known all the same.
func (s *Session) commitContext(ctx context.Context, u *unit) (context.Context, context.CancelFunc) {
	if u.waits() {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), s.engine.opts.EndTimeout)
}

// commitError says whether a COMMIT that failed may have happened: it was on
// its way, and the database says that it cannot tell, or the connection is gone
// and the server did not say that an earlier step of the flight failed. The
// counters still tell how far the flight came.
func (s *Session) commitError(u *unit, err error) error {
	if u.lease == nil || u.flight.Sent < u.flown {
		return err
	}
	var e *Error
	_ = errors.As(err, &e)
	reached := u.flight.Done >= u.flown-1
	switch {
	case reached && e != nil && e.Kind == KindOutcomeUnknown:
	case u.lease.conn.State() != drivers.TxLost, !reached && e != nil && e.isAnswer():
		return err
	}
	u.unknown = true
	s.engine.counts.unknown.Add(1)
	return &failure{is: ErrCommitUnknown, cause: err}
}

// isAnswer reports whether it is the server that said so.
func (e *Error) isAnswer() bool {
	return e.Code != "" && e.Kind != KindConnLost && e.Kind != KindCancelled
}

// end gives the connection back after the transaction has ended on the server,
// or never began there.
func (s *Session) end(u *unit) {
	s.detach(u)
	if u.lease != nil && s.home == nil {
		s.cleanup.Stop()
		s.engine.giveBack(u.lease)
	}
}

// detach makes the session idle.
func (s *Session) detach(u *unit) {
	for _, sp := range u.saves {
		sp.ended.Store(true)
	}
	s.unit = nil
}

// undo ends the transaction without its effects, not waiting for the server
// unless somebody wants to know when it is over.
func (s *Session) undo() *hooks {
	u := s.unit
	if u == nil {
		return s.takeHooks()
	}
	h := s.takeHooks()
	s.abandon(u, h.waitsForRollback())
	return h
}

// abandon lets go of u's connection and has it cleaned.
func (s *Session) abandon(u *unit, wait bool) {
	s.detach(u)
	if u.lease == nil {
		return
	}
	if !u.unknown {
		s.engine.counts.rollbacks.Add(1)
	}
	s.cleanup.Stop()
	if u.rows != nil {
		u.rows.orphan()
	}
	if s.home != nil {
		s.engine.cleanHome(u.lease)
	} else if wait {
		s.engine.cleanNow(u.lease)
	} else {
		s.engine.clean(u.lease)
	}
}

// Rollback undoes the transaction and waits until the server has done so, for
// at most Options.EndTimeout, and on a server that says nothing for
// Options.CancelGrace more; it does not depend on ctx's end. It returns nil
// unless the session is used by another goroutine: a connection that cannot
// roll back any more is closed, and the server rolls back.
func (s *Session) Rollback(ctx context.Context) error {
	if err := s.guard.enterShallow(); err != nil {
		return err
	}
	h := s.takeHooks()
	if u := s.unit; u != nil {
		s.abandon(u, true)
	}
	s.leave()
	h.run(ctx, s.engine, false)
	return nil
}

// Close ends the session and rolls back what is open. It does not make its
// caller wait for the server: the engine cleans the connection before it is
// handed out again. It may be called more than once. While another goroutine
// uses the session it returns [ErrConcurrentUse], and that goroutine closes it
// when it is done.
func (s *Session) Close() error {
	if err := s.guard.enterBriefly(); err != nil {
		s.guard.closing.Store(true)
		if !s.guard.busy.CompareAndSwap(false, true) {
			return err
		}
	}
	if s.unit != nil {
		s.guard.note(3, 3) // it may have to wait after all
	}
	s.closeInside()
	return nil
}

// closeInside closes the session for a caller that is inside it, and lets the
// caller out.
func (s *Session) closeInside() {
	h := s.undo()
	s.closed = true
	s.guard.closing.Store(false)
	s.guard.leave()
	h.run(context.Background(), s.engine, false)
}
