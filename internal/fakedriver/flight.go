package fakedriver

import (
	"context"
	"errors"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// fly runs the steps of a flight.
func (c *Conn) fly(ctx context.Context, f *drivers.Flight) (drivers.Rows, error) {
	pipelined := c.db.opts.Capabilities.Pipelining
	number := c.db.record.flight()
	if c.lost || c.isDead() { // the client sees the end of the stream before it writes
		f.Sent, f.Done = 0, 0
		return nil, c.lose(nil)
	}
	if pipelined {
		c.db.record.count(func(n *Counts) { n.RoundTrips++ })
		f.Sent = len(f.Steps)
	}
	in := c.tx != nil
	for i := range f.Steps {
		if in && c.tx == nil { // nothing may run outside its transaction
			return nil, Errorf(drivers.KindUnknown, "an earlier statement has ended the transaction")
		}
		if !pipelined {
			c.db.record.count(func(n *Counts) { n.RoundTrips++ })
			f.Sent = i + 1
		}
		f.Done = i
		open, err := c.step(ctx, f, i, number)
		if err != nil {
			return nil, err
		}
		f.Done, in = i+1, afterStep(in, f.Steps[i].Op)
		if open != nil {
			c.rows = open
			return c.handOut(open), nil
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

// step runs one step and returns its rows, if it has any.
func (c *Conn) step(ctx context.Context, f *drivers.Flight, i, number int) (*rows, error) {
	step := &f.Steps[i]
	if c.lost || c.isDead() {
		return nil, c.lose(nil)
	}
	reaction := c.db.script.react(ctx, *step)
	if reaction.Cut == CutUnsent {
		f.Sent = min(f.Sent, i)
		return nil, c.lose(nil)
	}
	c.db.record.step(number, *step)
	r, err := c.prepare(ctx, step)
	if err == nil {
		err = c.held(r, reaction)
	}
	if reaction.Cut == CutBefore {
		return nil, c.lose(nil)
	}
	if err != nil {
		return nil, c.failed(err)
	}
	open, err := c.effect(r, step)
	if reaction.Cut == CutAfter {
		return nil, c.lose(nil)
	}
	if err != nil {
		return nil, c.failed(err)
	}
	return open, nil
}

func (c *Conn) prepare(ctx context.Context, step *drivers.Step) (*run, error) {
	r := &run{ctx: ctx, tx: c.tx, dead: c.dead}
	if c.tx != nil && c.tx.opts.StatementTimeout > 0 {
		r.limit = time.After(c.tx.opts.StatementTimeout)
	}
	args, err := bind(step.Args)
	r.args = args
	return r, err
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
