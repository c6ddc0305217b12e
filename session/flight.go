package session

import (
	"cmp"
	"context"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
)

// send sends what waits and, after it, the steps given; it is the only way to
// the server for everything but the cleaning of a connection. On success
// nothing waits any more. On failure the level of the failing step has failed,
// unless nothing was sent: then nothing has changed.
func (s *Session) send(ctx context.Context, steps ...drivers.Step) (drivers.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, s.engine.wrap("not sent", "", err)
	}
	if err := s.confirm(ctx); err != nil {
		return nil, err
	}
	return s.sendNow(ctx, steps...)
}

// confirm fails when a RunSync has lost a lock that is a lease.
func (s *Session) confirm(ctx context.Context) error {
	if s.home == nil || s.home.claim == nil {
		return nil
	}
	return s.home.claim.confirm(ctx)
}

// sendNow is send, whoever has the lock.
func (s *Session) sendNow(ctx context.Context, steps ...drivers.Step) (drivers.Rows, error) {
	u := s.unit
	waiting := len(u.flight.Steps)
	for _, step := range steps {
		u.wait(step)
	}
	rows, err := s.run(ctx, u)
	if err == nil {
		last := &u.flight.Steps[len(u.flight.Steps)-1]
		op, sql := last.Op, last.SQL
		u.result = u.resultFrom(waiting)
		u.established()
		u.truncate(0)
		return rows, s.ended(u, rows, op, sql)
	}
	return nil, s.failed(u, waiting, err)
}

// ended reports a statement that ended the transaction by itself: a COMMIT
// written by hand, or DDL on a database that commits before it.
func (s *Session) ended(u *unit, rows drivers.Rows, last drivers.Op, sql string) error {
	if rows != nil || u.autocommit || last == drivers.OpCommit ||
		u.lease.conn.State() == drivers.TxActive {
		return nil
	}
	s.settle(u, fmt.Sprintf("the statement %q", abridge(sql)), nil)
	return u.refuse()
}

// run sends the flight, on a new connection if there is none, and once more if
// it turns out that the connection had died in the pool.
func (s *Session) run(ctx context.Context, u *unit) (drivers.Rows, error) {
	first := u.lease == nil
	if first {
		if err := s.take(ctx, u, false); err != nil {
			return nil, err
		}
	}
	rows, err := s.fly(ctx, u)
	if err != nil && first && s.home == nil && diedInPool(u) && ctx.Err() == nil {
		s.drop(u)
		if err := s.take(ctx, u, true); err != nil {
			return nil, err
		}
		s.engine.counts.replays.Add(1)
		rows, err = s.fly(ctx, u)
	}
	if err != nil && first && u.flight.Sent == 0 {
		s.drop(u) // a session that has not begun holds nothing
	}
	return rows, err
}

// diedInPool reports whether the connection was found dead before anything was
// sent. Nothing else is ever sent twice: a flight of which a byte has gone out
// may have been executed.
func diedInPool(u *unit) bool {
	return u.flight.Sent == 0 && u.lease.conn.State() == drivers.TxLost
}

// take gets a connection for u.
func (s *Session) take(ctx context.Context, u *unit, verified bool) error {
	if s.home != nil {
		u.lease = s.home
		return s.home.usable()
	}
	at := s.guard.site()
	if s.opened != nil {
		at = *s.opened
	}
	l, err := s.engine.acquire(ctx, &u.opts, s.owner, at, verified)
	if err != nil {
		return err
	}
	u.lease = l
	s.watch(l)
	return nil
}

// drop gives the connection back before anything has begun on it.
func (s *Session) drop(u *unit) {
	if s.home == nil {
		s.cleanup.Stop()
		s.engine.giveBack(u.lease)
	}
	u.lease = nil
}

// fly is one flight on u's connection.
func (s *Session) fly(ctx context.Context, u *unit) (drivers.Rows, error) {
	f := &u.flight
	f.Sent, f.Done, u.flown = 0, 0, len(f.Steps)
	return s.engine.fly(ctx, u.lease.conn, f)
}

func (e *Engine) fly(ctx context.Context, c drivers.Conn, f *drivers.Flight) (drivers.Rows, error) {
	e.counts.flights.Add(1)
	if !e.observed() {
		return c.Run(ctx, f)
	}
	return e.observeFlight(ctx, c, f)
}

// failed makes of a flight's error what the caller gets, and changes u's state
// as far as the server did. waiting is the number of steps that waited before
// the call.
func (s *Session) failed(u *unit, waiting int, err error) error {
	if u.lease == nil || u.flight.Sent == 0 && u.lease.conn.State() != drivers.TxLost {
		u.truncate(waiting)
		switch err.(type) { //nolint:errorlint // only the outermost says who made it
		case *failure, *Error:
			return err
		}
		return s.engine.wrap("prepare", "", err)
	}
	at := min(u.flight.Done, len(u.flight.Steps)-1)
	step := &u.flight.Steps[at]
	err = s.engine.wrap(step.Op.String(), step.SQL, err)
	u.established()
	err = s.implicit(u, at, err)
	if at < waiting && step.Op == drivers.OpExec {
		err = fmt.Errorf("session: a queued statement failed: %w", err)
	}
	if isContext(err) {
		s.engine.counts.cancelled.Add(1)
	}
	u.fail(s.spread(u, at, err))
	u.truncate(0)
	return err
}

// spread is the level that a failure of step at makes useless, and its cause.
// Some databases end the whole transaction without being asked; then it is the
// outermost.
func (s *Session) spread(u *unit, at int, err error) (int, error) {
	switch u.lease.conn.State() {
	case drivers.TxIdle:
		return 0, err
	case drivers.TxLost:
		return 0, lossBehind(err, u.levels[at])
	}
	return u.levels[at], err
}

// lossBehind is why a transaction is gone whose connection was lost behind the
// answer to a statement. The answer alone would have failed a savepoint.
func lossBehind(err error, level int) error {
	if level == 0 || err == nil || KindOf(err) == KindConnLost || isContext(err) {
		return err
	}
	return &Error{Kind: KindConnLost, Op: "connection", Err: fmt.Errorf("lost behind the answer: %w", err)}
}

// settle looks at the connection after something other than a flight has used
// it: the reading of rows, or native code.
func (s *Session) settle(u *unit, what string, err error) {
	state := u.lease.conn.State()
	if state == drivers.TxLost {
		err = lossBehind(err, len(u.saves))
	}
	switch state {
	case drivers.TxActive:
		if err != nil {
			u.fail(len(u.saves), err)
		}
	case drivers.TxFailed:
		u.fail(len(u.saves), orElse(err, what+" failed"))
	default:
		if !u.autocommit || err != nil {
			u.fail(0, cmp.Or(err, refuse(ErrTxEnded, "%s ended the transaction", what)))
		}
	}
}

func orElse(err error, text string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("session: %s", text)
}
