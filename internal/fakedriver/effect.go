package fakedriver

import (
	"github.com/sqlscope/sqlscope/drivers"
)

// effect is what the server does for a step.
func (c *Conn) effect(r *run, step *drivers.Step) (*rows, error) {
	switch step.Op {
	case drivers.OpBegin:
		return nil, c.begin(step)
	case drivers.OpCommit:
		return nil, c.commit()
	case drivers.OpRollback:
		c.endTx()
		return nil, nil
	}
	if c.tx != nil && c.tx.failed && step.Op != drivers.OpRollbackTo {
		return nil, Errorf(drivers.KindTxAborted, "the transaction has failed")
	}
	switch step.Op {
	case drivers.OpSavepoint, drivers.OpRollbackTo, drivers.OpRelease:
		return nil, c.savepoint(step)
	case drivers.OpExecMany:
		return nil, c.executeMany(r, step)
	case drivers.OpSet:
		return nil, c.set(step)
	}
	return c.execute(r, step)
}

func (c *Conn) set(step *drivers.Step) error {
	if c.tx == nil || !c.db.opts.Capabilities.Settings {
		c.db.record.violate("set on connection %d, which has no transaction or no Settings", c.ID)
		return Errorf(drivers.KindSyntax, "nothing can be set here")
	}
	for name, value := range step.Tx.Settings.All() {
		c.tx.opts.Settings = c.tx.opts.Settings.With(name, value)
	}
	return nil
}

// executeMany runs the statement for one row after the other and stops at the
// first that fails.
func (c *Conn) executeMany(r *run, step *drivers.Step) error {
	if !c.db.opts.Capabilities.Bulk {
		c.db.record.violate("exec many on connection %d, which has no Bulk", c.ID)
	}
	var sum drivers.Result
	for _, row := range step.Many {
		args, err := bind(row)
		if err != nil {
			return err
		}
		r.args = args
		one := drivers.Step{Op: drivers.OpExec, SQL: step.SQL}
		if _, err := c.execute(r, &one); err != nil {
			return err
		}
		sum.RowsAffected += one.Result.RowsAffected
	}
	step.Result = sum
	return nil
}

func (c *Conn) begin(step *drivers.Step) error {
	if c.tx != nil {
		c.db.record.violate("begin on connection %d, which is in a transaction", c.ID)
		return Errorf(drivers.KindSyntax, "there is a transaction already")
	}
	c.tx = c.db.begin(step.Tx)
	return nil
}

func (c *Conn) commit() error {
	if c.tx == nil {
		return nil
	}
	t := c.tx
	c.tx = nil
	return t.commit()
}

func (c *Conn) savepoint(step *drivers.Step) error {
	switch {
	case !c.db.opts.Capabilities.Savepoints:
		return Errorf(drivers.KindSyntax, "there are no savepoints here")
	case c.tx == nil:
		return Errorf(drivers.KindSyntax, "there is no transaction")
	case step.Op == drivers.OpRollbackTo:
		return c.tx.rollbackTo(step.Name)
	case step.Op == drivers.OpRelease:
		return c.tx.release(step.Name)
	}
	c.tx.savepoint(step.Name)
	return nil
}

func (c *Conn) execute(r *run, step *drivers.Step) (*rows, error) {
	res, err := c.db.statement(r, step.SQL)
	if err != nil {
		return nil, err
	}
	if step.Op == drivers.OpQuery {
		return &rows{conn: c, run: r, res: res}, nil
	}
	if !c.db.opts.Capabilities.LastInsertID {
		res.LastInsertID = 0
	}
	step.Result = res.Result
	return nil, nil
}

// implicitCommit ends the transaction before DDL, where DDL does that.
func (c *Conn) implicitCommit(step *drivers.Step, reaction Reaction) error {
	if c.tx == nil || c.tx.opts.ReadOnly || reaction.Cut == CutBefore || !c.pool.Commits(step.SQL) {
		return nil
	}
	return c.commit()
}
