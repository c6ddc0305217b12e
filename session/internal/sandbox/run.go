package sandbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
)

// Run implements [drivers.Conn]. BEGIN and ROLLBACK are more than one step on
// the shared connection and go on their own; in a sandbox nobody counts round
// trips.
func (c *Conn) Run(ctx context.Context, f *drivers.Flight) (drivers.Rows, error) {
	f.Sent, f.Done = 0, 0
	if err := c.check(f.Steps); err != nil {
		return nil, err
	}
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	defer c.pool.giveTurn()
	defer c.pool.look("a statement")
	switch f.Steps[0].Op {
	case drivers.OpRollback:
		f.Sent = 1
		err := c.rollback(ctx)
		if err == nil {
			f.Done = 1
		}
		return nil, err
	case drivers.OpBegin:
		f.Sent = 1
		if err := c.begin(ctx, f.Steps[0].Tx); err != nil {
			return nil, err
		}
		f.Done = 1
	}
	return c.rest(ctx, f)
}

// check refuses, before anything is sent, what cannot be run here.
func (c *Conn) check(steps []drivers.Step) error {
	idle := !c.isBegun()
	for i := range steps {
		step := &steps[i]
		switch step.Op {
		case drivers.OpBegin:
			idle = false
		case drivers.OpExec, drivers.OpQuery, drivers.OpExecMany:
			if idle {
				return c.pool.refuse("a statement outside of a transaction would take effect by itself")
			}
			if err := c.pool.admits(step.SQL); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Conn) isBegun() bool {
	c.pool.mu.Lock()
	defer c.pool.mu.Unlock()
	return c.begun
}

func (c *Conn) send(ctx context.Context, steps ...drivers.Step) error {
	_, err := c.pool.connection().Run(ctx, &drivers.Flight{Steps: steps})
	return err
}

// begin opens the savepoint that stands for the transaction.
func (c *Conn) begin(ctx context.Context, tx *drivers.TxOptions) error {
	c.tx = drivers.TxOptions{}
	if tx != nil {
		c.tx = *tx
	}
	p := c.pool
	if p.connection().State() == drivers.TxFailed {
		return p.refuse("the transaction around has failed; inside of it none can be begun")
	}
	p.mu.Lock()
	p.named++
	c.name = fmt.Sprintf("sqlscope_sandbox_%d", p.named)
	p.mu.Unlock()
	if err := c.send(ctx, drivers.Step{Op: drivers.OpSavepoint, Name: c.name}); err != nil {
		return err
	}
	c.push()
	return c.set(ctx, c.inherited(), c.tx.Settings)
}

// rollback undoes everything that was done since begin.
func (c *Conn) rollback(ctx context.Context) error {
	if !c.isBegun() {
		return nil
	}
	if c.kept > 0 {
		c.lose()
	}
	err := c.send(ctx, drivers.Step{Op: drivers.OpRollbackTo, Name: c.name},
		drivers.Step{Op: drivers.OpRelease, Name: c.name})
	around := c.inherited()
	c.pop()
	return errors.Join(err, c.set(ctx, c.tx.Settings, around))
}

// rest runs the steps after BEGIN. A write in a read-only transaction fails as
// it would on the server, after what is sent before it.
func (c *Conn) rest(ctx context.Context, f *drivers.Flight) (drivers.Rows, error) {
	g := &drivers.Flight{}
	var refused error
	for i := f.Done; i < len(f.Steps) && refused == nil; i++ {
		step := f.Steps[i]
		switch {
		case step.Op == drivers.OpCommit:
			step.Op, step.Name = drivers.OpRelease, c.name
		case step.SQL != "" && c.tx.ReadOnly && c.pool.writes(step.SQL):
			refused = &refusal{kind: drivers.KindReadOnly, text: "a write in a read-only transaction"}
			continue
		}
		g.Steps = append(g.Steps, step)
	}
	first := f.Done
	if len(g.Steps) > 0 {
		rows, err := c.pool.connection().Run(ctx, g)
		f.Sent, f.Done = first+g.Sent, first+g.Done
		for i := range g.Steps {
			f.Steps[first+i].Result = g.Steps[i].Result
		}
		c.note(f.Steps[first:f.Done])
		if err != nil {
			return nil, err
		}
		if rows != nil {
			return c.open(rows), nil
		}
	}
	if refused != nil {
		f.Sent, c.refused = f.Done+1, true
		return nil, refused
	}
	return nil, c.ended(ctx, f)
}

// note keeps the books of savepoints inside the transaction.
func (c *Conn) note(done []drivers.Step) {
	for i := range done {
		switch name := done[i].Name; done[i].Op {
		case drivers.OpSavepoint:
			if c.at == nil {
				c.at = map[string]int{}
			}
			c.at[name] = c.kept
		case drivers.OpRollbackTo:
			c.refused = false
			if c.kept > c.at[name] {
				c.lose()
				c.kept = c.at[name]
			}
		}
	}
}

// ended ends the transaction if the flight has committed it.
func (c *Conn) ended(ctx context.Context, f *drivers.Flight) error {
	if f.Steps[len(f.Steps)-1].Op != drivers.OpCommit {
		return nil
	}
	around, outer := c.inherited(), c.around()
	if outer != nil {
		outer.kept += c.kept + 1
	}
	c.pop()
	if err := c.set(ctx, c.tx.Settings, around); err != nil {
		c.pool.cfg.Report(fmt.Errorf("sandbox: the settings of a transaction stay: %w", err))
	}
	return nil
}

// lose reports that what had been committed is undone with what is around it.
func (c *Conn) lose() {
	c.pool.cfg.Report(errors.New("sandbox: a transaction that had been committed was undone, " +
		"because the one around it was rolled back: a sandbox has only one; test this without it"))
}

// inherited are the settings of the transaction around.
func (c *Conn) inherited() drivers.Settings {
	if outer := c.around(); outer != nil {
		return outer.tx.Settings
	}
	return drivers.Settings{}
}

// set changes the settings of the shared transaction. Those that are no longer
// wanted become empty, which is what the database makes of them as well.
func (c *Conn) set(ctx context.Context, from, to drivers.Settings) error {
	if from == to {
		return nil
	}
	all := to
	for name := range from.All() {
		if _, ok := to.Get(name); !ok {
			all = all.With(name, "")
		}
	}
	return c.send(ctx, drivers.Step{Op: drivers.OpSet, Tx: &drivers.TxOptions{Settings: all}})
}
