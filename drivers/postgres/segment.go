package postgres

import (
	"github.com/sqlscope/sqlscope/drivers"
)

// segment is the part of a flight that one round trip carries, with one Sync
// at its end. A new one begins
//   - after a statement that the connection does not know yet: the segment ends
//     with its description, which is needed to encode the arguments; and
//   - around a statement outside a transaction, because the server takes
//     everything up to the Sync as one transaction and would undo what it had
//     confirmed.
type segment struct {
	first, end int        // steps first to end-1 run in this segment
	describe   *statement // step end is described in this segment and runs in the next
	query      *statement // of the last step, if that is OpQuery and known
	commits    bool
	alone      bool // a statement outside a transaction
}

// sent is how many steps of the flight have bytes in this or earlier segments.
func (s *segment) sent() int {
	if s.describe != nil {
		return s.end + 1
	}
	return s.end
}

// encode puts the next segment of f into c.out.
func (c *conn) encode(f *drivers.Flight) (segment, error) {
	s := segment{first: f.Done, end: f.Done}
	inTx := c.pg.TxStatus() != 'I'
	if !inTx && f.Steps[f.Done].Op == drivers.OpRollback {
		s.end++
		c.out.buf = c.out.buf[:0] // there is nothing to say to the server
		return s, nil
	}
	if err := c.startRequest(); err != nil {
		return s, err
	}
	for s.end < len(f.Steps) && s.describe == nil && !s.alone {
		step := &f.Steps[s.end]
		isStatement := isStatement(step.Op)
		if isStatement && !inTx && s.end > s.first {
			break
		}
		if err := c.encodeStep(&s, step); err != nil {
			return s, err
		}
		s.alone = isStatement && !inTx
		inTx = afterStep(inTx, step.Op)
	}
	c.statements.evicted = c.statements.evicted[:0]
	return s, c.out.sync()
}

// startRequest begins a request with what the cache evicted since the last.
func (c *conn) startRequest() error {
	c.out.reset()
	for _, name := range c.statements.evicted {
		if err := c.out.deallocate(name); err != nil {
			return err
		}
	}
	return nil
}

func isStatement(op drivers.Op) bool {
	return op == drivers.OpExec || op == drivers.OpQuery || op == drivers.OpExecMany
}

func afterStep(inTx bool, op drivers.Op) bool {
	switch op {
	case drivers.OpBegin:
		return true
	case drivers.OpCommit, drivers.OpRollback:
		return false
	}
	return inTx
}

func (c *conn) encodeStep(s *segment, step *drivers.Step) error {
	switch step.Op {
	case drivers.OpExec, drivers.OpQuery, drivers.OpExecMany:
		return c.encodeStatement(s, step)
	case drivers.OpBegin:
		s.end++
		return c.encodeBegin(step)
	case drivers.OpSet:
		s.end++
		return c.encodeSettings(step.Tx.Settings)
	case drivers.OpCommit:
		s.commits = true
	}
	s.end++
	return c.out.command(controlSQL(step))
}

func (c *conn) encodeBegin(step *drivers.Step) error {
	c.limit.begin(0)
	if step.Tx != nil {
		c.limit.begin(step.Tx.StatementTimeout)
	}
	for _, sql := range c.begin.of(step.Tx) {
		if err := c.out.command(sql); err != nil {
			return err
		}
	}
	if step.Tx == nil || step.Tx.Settings == (drivers.Settings{}) {
		return nil
	}
	return c.encodeSettings(step.Tx.Settings)
}

func (c *conn) encodeSettings(s drivers.Settings) error {
	args := settingsArgs(s)
	return c.out.command(settingsSQL(len(args)/2), args...)
}
