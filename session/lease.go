package session

import (
	"context"
	"runtime"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// lease is a connection in the hands of one session. The session gives it
// back once; nothing refers to the session from here, so that a session that
// was forgotten can be noticed.
type lease struct {
	engine *Engine
	gate   *gate
	conn   drivers.Conn
	asked  time.Time // when it was asked for
	since  time.Time // when it was admitted
	owner  *owner
	site   site
	rows   drivers.Rows // those that are open on conn
	broken bool         // a RunSync has it that cannot go on
	claim  *claim       // what a RunSync's lock is, where it is a row of a table

	prev, next *lease // gate.holders
}

// acquire admits a transaction with options o and gives it a connection. at is
// the place that others are told of.
func (e *Engine) acquire(ctx context.Context, o *TxOptions, own *owner, at site, verified bool) (*lease, error) {
	l := &lease{engine: e, gate: e.gateFor(o), owner: own, asked: time.Now(), site: at}
	err := e.admit(ctx, l)
	if err == nil {
		if err = e.connect(ctx, l, drivers.Need{ReadOnly: o.ReadOnly, Verified: verified}); err != nil {
			l.gate.leave(l)
		}
	}
	e.acquired(ctx, l.asked, err)
	if err != nil {
		return nil, err
	}
	return l, nil
}

func (e *Engine) admit(ctx context.Context, l *lease) error {
	waited, err := l.gate.enter(ctx, l, e.opts.AcquireTimeout)
	if waited {
		e.counts.waits.Add(1)
		if !l.since.IsZero() {
			e.counts.waitTime.Add(int64(l.since.Sub(l.asked)))
		}
	}
	if isContext(err) {
		return e.wrap("wait for a connection", "", err)
	}
	return err
}

// connect takes a connection from the pool. Who is inside the gate never waits
// for another session there, unless the pool is shared with others.
func (e *Engine) connect(ctx context.Context, l *lease, need drivers.Need) error {
	if e.opts.AcquireTimeout >= 0 && sharesPool(e.pool) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, e.opts.AcquireTimeout, ErrPoolTimeout)
		defer cancel()
	}
	conn, err := e.pool.Acquire(ctx, need)
	if err == nil {
		l.conn = conn
		return nil
	}
	if context.Cause(ctx) == ErrPoolTimeout { //nolint:errorlint // set above, as it is
		return &failure{is: ErrPoolTimeout, text: "the pool that was handed in is used up by others", cause: err}
	}
	return e.wrap("connect", "", err)
}

// giveBack returns l's connection to the pool, which closes it unless it is
// clean, and lets the next session in.
func (e *Engine) giveBack(l *lease) {
	l.conn.Release()
	l.gate.leave(l)
}

// clean rolls back what is open on l and gives it back, without making the
// caller wait for a server. Rows that are open are given up.
func (e *Engine) clean(l *lease) {
	if !e.desc.Capabilities.Remote || l.conn.State() == drivers.TxLost {
		e.cleanNow(l)
		return
	}
	e.cleaners.Add(1)
	go func() {
		defer e.cleaners.Done()
		e.cleanNow(l)
	}()
}

func (e *Engine) cleanNow(l *lease) {
	if l.rows != nil && !giveUpRows(e.desc, l.rows) || !e.rollBack(l) {
		l.conn.Destroy()
		l.gate.leave(l)
		return
	}
	e.giveBack(l)
}

// cleanHome rolls back what is open on the connection of a RunSync, which goes
// on with it or, when that cannot be, ends.
func (e *Engine) cleanHome(l *lease) {
	if l.rows != nil && !giveUpRows(e.desc, l.rows) || !e.rollBack(l) {
		l.broken = true
	}
	l.rows = nil
}

// usable fails when the connection of a RunSync cannot be used any more.
func (l *lease) usable() error {
	if l.broken || l.conn.State() == drivers.TxLost {
		return refuse(ErrLockLost, "the connection is gone, and nothing more is run")
	}
	return nil
}

// rollBack sends ROLLBACK, if there is something to roll back, within a time of
// its own. It returns false when the connection cannot be used any more.
func (e *Engine) rollBack(l *lease) bool {
	if st := l.conn.State(); st != drivers.TxActive && st != drivers.TxFailed {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), e.opts.EndTimeout)
	defer cancel()
	f := drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpRollback}}}
	_, err := e.fly(ctx, l.conn, &f)
	if err != nil {
		e.opts.Logger.Warn("session: rollback failed; closing the connection", "error", err)
	}
	return err == nil
}

// watch reports s when it is dropped while it holds l.
func (s *Session) watch(l *lease) {
	s.cleanup = runtime.AddCleanup(s, forgotten, l)
}

// forgotten is called by the runtime for a session that nobody can end any
// more.
func forgotten(l *lease) {
	e := l.engine
	e.counts.forgotten.Add(1)
	e.opts.Logger.Error("session: a session was dropped without Close; rolling it back",
		"held", time.Since(l.since).Round(time.Millisecond), "opened", l.site.String())
	e.cleaners.Add(1)
	go func() {
		defer e.cleaners.Done()
		e.cleanNow(l)
	}()
}
