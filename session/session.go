package session

import (
	"runtime"

	"github.com/sqlscope/sqlscope/drivers"
)

// State is what a session can do next.
type State uint8

// The states of a session.
const (
	// StateIdle: no transaction; the session holds nothing.
	StateIdle State = iota
	// StateActive: a transaction has begun, on the server or in waiting.
	StateActive
	// StateFailed: a statement failed; only a rollback is left.
	StateFailed
	// StateClosed: the session has ended.
	StateClosed
)

// String returns the state in one word.
func (s State) String() string {
	return [...]string{"idle", "active", "failed", "closed"}[s&3]
}

// Session is one unit of work, usually one transaction. It is not for
// concurrent use; a second goroutine is refused with [ErrConcurrentUse]. It
// must be closed.
type Session struct {
	engine *Engine
	guard  guard
	closed bool
	// committed: a transaction of this session was.
	committed bool
	// spared: a savepoint that was found open is not ended by its context before
	// the call is over, so that its statement cannot run outside of it.
	spared bool
	unit   *unit      // the transaction, nil while idle
	base   *TxOptions // options of every transaction, nil for the engine's
	next   *TxOptions // options of the next transaction only, given to Begin
	owner  *owner
	opened *site // where it was opened, with Options.LeakStacks
	hooks  *hooks
	home   *lease // the connection of the RunSync that it is a part of, which it does not own

	cleanup runtime.Cleanup // reports a session that is dropped with a connection
}

// Session opens a session. It takes no connection, sends nothing and never
// fails: an engine that is closed and options that the database does not know
// are reported by the first statement. At most one opts is given; it holds for
// every transaction of the session, instead of Options.Tx.
func (e *Engine) Session(opts ...TxOptions) *Session {
	s := &Session{engine: e}
	if len(opts) > 0 {
		s.base = &opts[0]
	}
	if e.opts.LeakStacks {
		at := here(0)
		s.opened = &at
	}
	e.counts.sessions.Add(1)
	return s
}

// leave lets the next one in. A Close that was refused meanwhile is made up for.
func (s *Session) leave() {
	s.guard.leave()
	if s.guard.closing.Load() && s.guard.busy.CompareAndSwap(false, true) {
		s.closeInside()
	}
}

// State tells what the session can do next.
func (s *Session) State() State {
	switch {
	case s.closed:
		return StateClosed
	case s.unit == nil:
		return StateIdle
	case s.unit.failed != nil:
		return StateFailed
	}
	return StateActive
}

// Begin sets the options of the next transaction. It sends nothing. In a
// transaction that has begun it is refused with [ErrTxBegun], unless the
// options are the same.
func (s *Session) Begin(opts TxOptions) error {
	if err := s.guard.enterBriefly(); err != nil {
		return err
	}
	defer s.leave()
	if s.closed {
		return errSessionClosed()
	}
	if err := s.engine.checkTx(&opts); err != nil {
		return err
	}
	if u := s.unit; u != nil {
		if u.failed != nil {
			return u.refuse()
		}
		if u.opts != opts {
			return refuse(ErrTxBegun, "with %+v; asked for %+v", u.opts, opts)
		}
		return nil
	}
	s.next = &opts
	return nil
}

// options are those of the transaction that begins now.
func (s *Session) options() *TxOptions {
	switch {
	case s.next != nil:
		return s.next
	case s.base != nil:
		return s.base
	}
	return &s.engine.opts.Tx
}

// begun returns the session's transaction, beginning one in waiting if there
// is none.
func (s *Session) begun() (*unit, error) {
	if err := s.usable(); err != nil || s.unit != nil {
		return s.unit, err
	}
	opts := s.options()
	if err := s.engine.checkTx(opts); err != nil {
		return nil, err
	}
	s.unit, s.next = newUnit(*opts), nil
	return s.unit, nil
}

// usable makes the session ready for the next statement, or says why it cannot
// have one.
func (s *Session) usable() error {
	if s.closed {
		return errSessionClosed()
	}
	s.expire()
	u := s.unit
	if u == nil {
		return nil
	}
	if err := u.makeRoom(); err != nil {
		return err
	}
	// While something waits it may be what puts the connection right.
	if u.exposed && u.failed == nil && len(u.flight.Steps) == 0 && u.lease.conn.State() != drivers.TxActive {
		s.settle(u, "native code", nil)
	}
	if u.failed != nil {
		return u.refuse()
	}
	return nil
}

func errSessionClosed() error { return refuse(ErrClosed, "the session is closed") }

// checkTx checks options against what is possible anywhere and here.
func (e *Engine) checkTx(o *TxOptions) error {
	if *o == (TxOptions{}) {
		return nil
	}
	if err := validateTx(o); err != nil {
		return err
	}
	return supports(e.desc, o)
}
