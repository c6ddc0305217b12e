package session

import (
	"context"
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session/internal/sandbox"
)

// SandboxOptions are the options of [Engine.Sandbox].
type SandboxOptions struct {
	// Observer is told of every operation in the sandbox, beside that of
	// Options.Observer.
	Observer *Observer
	// Report is told what the sandbox cannot show as it would be, which a test
	// has to take for a failure; default: an error in the log.
	Report func(error)
}

// sandboxPatience is how long a transaction waits for one inside of it.
const sandboxPatience = 10 * time.Second

// Sandbox returns an engine for tests, whose Close undoes everything that was
// done with it, what was committed included. It takes one connection of e's, with
// its first statement, and its transactions are savepoints there. Package
// scopedtest makes a registry use it.
//
// One transaction is open at a time, and a second one waits for the first, but
// for those that code begins inside of a session; see [Session.Context]. They lie
// inside of that session's, which does nothing until they have ended. If it is
// then rolled back, they are with it, though they were committed: that is
// reported.
//
// What would end the shared transaction is refused with [ErrUnsupported]: COMMIT
// and its like as a statement, DDL where the database cannot roll it back, and a
// RunSync that is no transaction. A transaction does not get its isolation and
// its timeouts from TxOptions, a read-only one refuses statements by their first
// word, and what a database checks at COMMIT is not checked.
//
// e must stay open. A database without savepoints has no sandbox:
// ErrUnsupported.
func (e *Engine) Sandbox(o SandboxOptions) (*Engine, error) {
	if err := supportsSavepoints(e.desc); err != nil {
		return nil, err
	}
	if o.Report == nil {
		o.Report = func(err error) { e.opts.Logger.Error("session: in a sandbox", "error", err) }
	}
	opts := e.opts
	opts.Observer = both(o.Observer, opts.Observer)
	at, around := here(0), &owner{}
	var held *lease
	pool := sandbox.New(sandbox.Config{
		Describe: e.desc, Classify: e.pool.Classify, Refused: ErrUnsupported,
		Report: o.Report, Patience: sandboxPatience,
		Take: func(ctx context.Context) (_ drivers.Conn, err error) {
			held, err = e.takeSandbox(ctx, around, at)
			if err != nil {
				return nil, err
			}
			return held.conn, nil
		},
		GiveBack: func(drivers.Conn) { e.cleanNow(held) },
	})
	box, err := newEngine(pool, opts)
	if err != nil {
		return nil, err
	}
	box.around = around
	return box, nil
}

// takeSandbox takes the connection that a sandbox lives on.
func (e *Engine) takeSandbox(ctx context.Context, around *owner, at site) (*lease, error) {
	l, err := e.acquire(ctx, &TxOptions{}, around, at, true)
	if err != nil {
		return nil, fmt.Errorf("for a sandbox: %w", err)
	}
	f := drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpBegin, Tx: &drivers.TxOptions{}}}}
	if _, err := e.fly(ctx, l.conn, &f); err != nil {
		e.cleanNow(l)
		return nil, err
	}
	return l, nil
}

// both tells two observers, each of which may be nil.
func both(a, b *Observer) *Observer {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &Observer{
		Start: func(ctx context.Context, e Event) context.Context {
			for _, o := range []*Observer{a, b} {
				if o.Start != nil {
					ctx = o.Start(ctx, e)
				}
			}
			return ctx
		},
		End: func(ctx context.Context, e Event) {
			for _, o := range []*Observer{b, a} {
				if o.End != nil {
					o.End(ctx, e)
				}
			}
		},
	}
}
