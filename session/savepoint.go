package session

import (
	"context"
	"iter"
	"sync/atomic"

	"github.com/sqlscope/sqlscope/drivers"
)

// Savepoint is a part of a transaction that can fail alone. It is used instead
// of its session until it is released or rolled back; savepoints inside it end
// with it. Like its session it is not for concurrent use.
type Savepoint struct {
	session *Session
	unit    *unit
	name    string
	level   int  // 1 for the outermost
	sent    bool // the server has it
	ended   atomic.Bool
	refused atomic.Bool     // its end was refused to a second goroutine
	hooks   int             // number of hooks when it was opened
	ctx     context.Context // of SavepointFor, else nil
}

// Savepoint opens a savepoint, beginning a transaction if there is none. It
// sends nothing: SAVEPOINT travels with the next statement.
func (s *Session) Savepoint() (*Savepoint, error) {
	if err := s.guard.enterShallow(); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.savepoint()
}

func (s *Session) savepoint() (*Savepoint, error) {
	if err := supportsSavepoints(s.engine.desc); err != nil {
		return nil, err
	}
	u, err := s.begun()
	if err != nil {
		return nil, err
	}
	sp := &Savepoint{session: s, unit: u, name: u.nextName(),
		level: len(u.saves) + 1, hooks: s.hooks.count()}
	u.saves = append(u.saves, sp)
	u.wait(drivers.Step{Op: drivers.OpSavepoint, Name: sp.name})
	// If SAVEPOINT itself fails it is the level around it that has failed.
	u.levels[len(u.levels)-1] = sp.level - 1
	return sp, nil
}

// Nested runs fn in a savepoint. It releases it when fn returns nil and rolls
// back to it when fn returns an error or panics; the error is returned, the
// panic goes on. The transaction around it goes on either way.
func (s *Session) Nested(ctx context.Context, fn func(context.Context, *Savepoint) error) error {
	sp, err := s.Savepoint()
	if err != nil {
		return err
	}
	return sp.run(ctx, fn)
}

func (sp *Savepoint) run(ctx context.Context, fn func(context.Context, *Savepoint) error) error {
	returned := false
	defer func() {
		if !returned {
			_ = sp.Rollback() // the panic says more
		}
	}()
	err := fn(ctx, sp)
	returned = true
	return sp.End(err)
}

// End ends the savepoint as Nested does: it releases it if err is nil, and
// rolls back to it if not, or if it could not be released. It returns err, or
// why it could not be released. If the savepoint has ended already, with its
// transaction say, that is no error, unless it is one of SavepointFor.
func (sp *Savepoint) End(err error) error {
	if err == nil && (sp.ctx != nil || !sp.ended.Load()) {
		err = sp.Release()
	}
	if err != nil {
		_ = sp.Rollback()
	}
	return err
}

// Name is the savepoint's name on the server.
func (sp *Savepoint) Name() string { return sp.name }

// enter lets the caller in if the savepoint is still open.
func (sp *Savepoint) enter() error {
	if err := sp.session.guard.enter(); err != nil {
		return err
	}
	sp.session.expire()
	if sp.ended.Load() {
		sp.session.leave()
		return errSavepointEnded(sp)
	}
	sp.session.spared = true
	return nil
}

// leave lets the next one in.
func (sp *Savepoint) leave() {
	sp.session.spared = false
	sp.session.leave()
}

// enterToEnd lets the caller in to end the savepoint and notes if it cannot.
func (sp *Savepoint) enterToEnd() error {
	err := sp.session.guard.enterShallow()
	if err != nil {
		sp.refused.Store(true)
	}
	return err
}

func errSavepointEnded(sp *Savepoint) error {
	if sp.ctx != nil && sp.ctx.Err() != nil {
		return &failure{is: ErrClosed, text: "the savepoint " + sp.name + " has ended with its context",
			cause: sp.ctx.Err()}
	}
	return refuse(ErrClosed, "the savepoint %s has ended", sp.name)
}

// Ended reports whether the savepoint has been released or rolled back, by
// itself or with what is around it. It may be called by any goroutine.
func (sp *Savepoint) Ended() bool { return sp.ended.Load() }

// Query runs a statement and returns its rows; see [Session.Query].
func (sp *Savepoint) Query(ctx context.Context, sql string, args ...any) (*Rows, error) {
	if err := sp.enter(); err != nil {
		return nil, err
	}
	defer sp.leave()
	return sp.session.query(ctx, sql, args)
}

// Exec runs a statement and discards its rows; see [Session.Exec].
func (sp *Savepoint) Exec(ctx context.Context, sql string, args ...any) (Result, error) {
	if err := sp.enter(); err != nil {
		return Result{}, err
	}
	defer sp.leave()
	return sp.session.exec(ctx, sql, args)
}

// ExecMany runs a statement once for each row; see [Session.ExecMany].
func (sp *Savepoint) ExecMany(ctx context.Context, sql string, rows iter.Seq[[]any]) (Result, error) {
	m := &many{session: sp.session, enter: sp.enter, sql: sql}
	return m.run(ctx, rows)
}

// Queue queues a statement; see [Session.Queue]. It belongs to this savepoint:
// its failure fails the savepoint, if it is still open then.
func (sp *Savepoint) Queue(sql string, args ...any) error {
	if err := sp.enter(); err != nil {
		return err
	}
	defer sp.leave()
	return sp.session.queue(sql, args)
}

// Savepoint opens a savepoint inside this one.
func (sp *Savepoint) Savepoint() (*Savepoint, error) {
	if err := sp.enter(); err != nil {
		return nil, err
	}
	defer sp.leave()
	return sp.session.savepoint()
}

// Nested runs fn in a savepoint inside this one; see [Session.Nested].
func (sp *Savepoint) Nested(ctx context.Context, fn func(context.Context, *Savepoint) error) error {
	inner, err := sp.Savepoint()
	if err != nil {
		return err
	}
	return inner.run(ctx, fn)
}

// Release ends the savepoint and keeps what was done in it. It sends nothing:
// RELEASE travels with the next flight, and is left out before COMMIT, which
// does the same. A savepoint that has failed is rolled
// back instead, and the error is [ErrTxFailed].
func (sp *Savepoint) Release() error {
	if err := sp.enterToEnd(); err != nil {
		return err
	}
	defer sp.session.leave()
	sp.session.expire()
	u := sp.unit
	if sp.ended.Load() {
		return errSavepointEnded(sp)
	}
	if u.occupied() {
		return refuse(ErrRowsOpen, "close those of %q before Release", abridge(u.rows.sql))
	}
	if err := u.cannotKeep(sp.level); err != nil {
		_ = sp.undo() // says no more
		return err
	}
	sp.end()
	if at := sp.waitingAt(); at >= 0 && at == len(u.flight.Steps)-1 {
		u.truncate(at) // nothing has happened in it
		return nil
	}
	// What still waits inside it can from now on only fail what is around it.
	for i, level := range u.levels {
		u.levels[i] = min(level, len(u.saves))
	}
	u.wait(drivers.Step{Op: drivers.OpRelease, Name: sp.name})
	return nil
}

// Rollback undoes what was done since the savepoint and ends it; the
// transaction around it goes on. It sends nothing: ROLLBACK TO travels with the
// next flight. It does nothing if the savepoint has ended. When the transaction
// around it has failed too the error is [ErrTxFailed].
func (sp *Savepoint) Rollback() error {
	if err := sp.enterToEnd(); err != nil {
		return err
	}
	defer sp.session.leave()
	if sp.ended.Load() {
		return nil
	}
	if u := sp.unit; u.rows != nil {
		_ = u.rows.close() // its error is what is being rolled back
	}
	return sp.undo()
}

// undo rolls back to the savepoint and ends it.
func (sp *Savepoint) undo() error {
	u := sp.unit
	sp.end()
	sp.session.hooks.keep(sp.hooks)
	if u.failed != nil && u.failedAt < sp.level {
		return u.refuse()
	}
	u.failed = nil
	if at := sp.waitingAt(); at >= 0 {
		u.truncate(at)
		return nil
	}
	if !sp.sent {
		return nil // it was dropped with the flight that failed before it
	}
	u.truncate(0) // what waits was queued inside it
	u.wait(drivers.Step{Op: drivers.OpRollbackTo, Name: sp.name})
	u.wait(drivers.Step{Op: drivers.OpRelease, Name: sp.name})
	return nil
}

// end ends the savepoint and those inside it.
func (sp *Savepoint) end() {
	u := sp.unit
	for _, in := range u.saves[sp.level-1:] {
		in.ended.Store(true)
	}
	u.saves = u.saves[:sp.level-1]
}

// waitingAt is where SAVEPOINT still waits to be sent, or -1.
func (sp *Savepoint) waitingAt() int {
	if sp.sent {
		return -1
	}
	for i := range sp.unit.flight.Steps {
		if st := &sp.unit.flight.Steps[i]; st.Op == drivers.OpSavepoint && st.Name == sp.name {
			return i
		}
	}
	return -1
}
