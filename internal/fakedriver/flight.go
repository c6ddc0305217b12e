package fakedriver

import (
	"context"
	"errors"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// fly runs the steps of a flight and hands its rows out, if there are any.
func (c *Conn) fly(ctx context.Context, f *drivers.Flight) (drivers.Rows, error) {
	number := c.db.record.flight()
	if c.gone() { // the client sees the end of the stream before it writes
		f.Sent, f.Done = 0, 0
		return nil, c.lose(nil)
	}
	if c.db.opts.Capabilities.Pipelining {
		c.send(f, len(f.Steps))
	}
	open, err := c.steps(ctx, f, number)
	if open == nil || err != nil {
		return nil, err
	}
	c.rows = open
	return c.handOut(open), nil
}

// send makes the trip after which so many steps of the flight are sent.
func (c *Conn) send(f *drivers.Flight, steps int) {
	c.db.record.trip()
	f.Sent = steps
}

// steps runs one step after the other, up to the one that has rows.
func (c *Conn) steps(ctx context.Context, f *drivers.Flight, number int) (*rows, error) {
	in := c.tx != nil
	for i := range f.Steps {
		if in && c.tx == nil { // nothing may run outside its transaction
			return nil, Errorf(drivers.KindUnknown, "an earlier statement has ended the transaction")
		}
		if !c.db.opts.Capabilities.Pipelining {
			c.send(f, i+1)
		}
		f.Done = i
		open, err := c.step(ctx, f, i, number)
		if err != nil {
			return nil, err
		}
		f.Done, in = i+1, afterStep(in, f.Steps[i].Op)
		if open != nil {
			return open, nil
		}
	}
	return nil, nil
}

// afterStep tells whether a transaction that is not ended by itself is open.
func afterStep(in bool, op drivers.Op) bool {
	switch op {
	case drivers.OpBegin:
		return true
	case drivers.OpCommit, drivers.OpRollback:
		return false
	}
	return in
}

// step lets one step reach the server, unless the connection is cut before.
func (c *Conn) step(ctx context.Context, f *drivers.Flight, i, number int) (*rows, error) {
	step := &f.Steps[i]
	if c.gone() {
		return nil, c.lose(nil)
	}
	reaction := c.db.script.react(ctx, *step)
	if reaction.Cut == CutUnsent {
		f.Sent = min(f.Sent, i)
		return nil, c.lose(nil)
	}
	c.db.record.step(number, *step)
	open, err := c.perform(ctx, step, reaction)
	if reaction.Cut == CutAnswered {
		_ = c.lose(nil)
	}
	return open, err
}

// perform does what the step asks for and returns its rows, if it has any.
func (c *Conn) perform(ctx context.Context, step *drivers.Step, reaction Reaction) (*rows, error) {
	if err := c.implicitCommit(step, reaction); err != nil {
		return nil, err
	}
	r, err := c.prepare(ctx, step)
	if err == nil {
		err = c.held(r, reaction)
	}
	if err = c.answer(reaction.Cut == CutBefore, err); err != nil {
		return nil, err
	}
	open, err := c.effect(r, step)
	if err = c.answer(reaction.Cut == CutAfter, err); err != nil {
		return nil, err
	}
	return open, nil
}

// answer is what the client hears of an outcome: nothing but the loss of the
// connection, when it is cut.
func (c *Conn) answer(cut bool, err error) error {
	if cut {
		return c.lose(nil)
	}
	if err != nil {
		return c.failed(err)
	}
	return nil
}

func (c *Conn) prepare(ctx context.Context, step *drivers.Step) (*run, error) {
	args, err := bind(step.Args)
	return &run{ctx: ctx, tx: c.tx, args: args, dead: c.dead, limit: c.limit()}, err
}

// limit is the statement timeout of the transaction, from now on.
func (c *Conn) limit() <-chan time.Time {
	if c.tx == nil || c.tx.opts.StatementTimeout <= 0 {
		return nil
	}
	return time.After(c.tx.opts.StatementTimeout)
}

// held lets the reaction's time pass and returns its error.
func (c *Conn) held(r *run, reaction Reaction) error {
	var err error
	if reaction.Wait != nil {
		err = hold(r, reaction.Wait)
	}
	if err == nil && reaction.Delay > 0 {
		err = r.wait(reaction.Delay)
	}
	if err != nil && reaction.Deaf && r.ctx.Err() != nil {
		return c.unanswered(r, reaction.Wait)
	}
	if err == nil {
		err = reaction.Err
	}
	return err
}

// unanswered gives the server the grace it has to answer a cancellation.
func (c *Conn) unanswered(r *run, until <-chan struct{}) error {
	timer := time.NewTimer(c.pool.grace())
	defer timer.Stop()
	select {
	case <-until:
		return cancelled(r.ctx.Err())
	case <-timer.C:
		return lost(r.ctx.Err())
	}
}

// failed does to the transaction what the server does when a step fails.
func (c *Conn) failed(err error) error {
	if ctxErr := contextError(err); ctxErr != nil && kindOf(err) == drivers.KindUnknown {
		err = cancelled(ctxErr)
	}
	switch kind := kindOf(err); {
	case kind == drivers.KindConnLost:
		_ = c.lose(nil)
	case c.tx == nil:
	case c.db.opts.ends(kind):
		c.endTx()
	case !c.db.opts.FailsAlone:
		c.tx.failed = true
	}
	return err
}

func contextError(err error) error {
	for _, target := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, target) {
			return target
		}
	}
	return nil
}
