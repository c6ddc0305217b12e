package postgres

import (
	"cmp"
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sqlscope/sqlscope/drivers"
)

// send writes the request. An empty pipeline of pgconn is used for its lock and
// for its Flush, which reads in the background when a write takes long: the
// server may have stopped reading because we do. It costs no allocation and no
// bytes.
func (c *conn) send(f *drivers.Flight, s *segment) error {
	if s.commits || c.pg.TxStatus() == 'I' {
		if err := c.stillThere(); err != nil {
			return err
		}
	}
	f.Sent = s.sent()
	return c.flush()
}

// flush hands c.out to the socket.
func (c *conn) flush() error {
	p := c.pg.StartPipeline(context.Background())
	c.pg.Frontend().Send(&c.out)
	err := p.Flush()
	_ = p.Close() // repeats what Flush said
	if err != nil {
		return c.broken(err)
	}
	return nil
}

// receive reads the server's next message.
func (c *conn) receive() (pgproto3.BackendMessage, error) {
	m, err := c.pg.ReceiveMessage(context.Background())
	if err != nil {
		// The wrapper says that it is safe to retry, which holds for a read alone.
		if inner := errors.Unwrap(err); inner != nil {
			err = inner
		}
		return nil, c.broken(err)
	}
	if e, ok := m.(*pgproto3.ErrorResponse); ok && isFatal(e) {
		return nil, c.broken(pgconn.ErrorResponseToPgError(e))
	}
	return m, nil
}

// isFatal reports whether the server ends the connection after this error.
// pgconn knows that for servers that speak English.
func isFatal(e *pgproto3.ErrorResponse) bool {
	severity := cmp.Or(e.SeverityUnlocalized, e.Severity)
	return severity == "FATAL" || severity == "PANIC"
}

// broken closes what pgconn left open, as it does after a deadline.
func (c *conn) broken(err error) error {
	c.kill()
	return &lostError{err}
}

// collect reads the answer to the segment.
func (c *conn) collect(f *drivers.Flight, s *segment) (*rows, error) {
	for f.Done < s.end {
		step := &f.Steps[f.Done]
		if step.Op == drivers.OpQuery {
			return c.openRows(f, s)
		}
		if err := c.confirm(step, f.Done == s.end-1 && s.describe == nil); err != nil {
			return nil, c.recoverFrom(err)
		}
		c.traceStep(f.Done-s.first, nil)
		f.Done++
	}
	if s.describe != nil {
		if err := c.readDescription(s.describe); err != nil {
			return nil, c.recoverFrom(err)
		}
	}
	err := c.readReady()
	switch {
	case err == nil || s.describe != nil:
		return nil, err
	case isLost(err) && f.Steps[s.end-1].Op == drivers.OpCommit:
		return nil, nil // it was confirmed; that nobody can go on shows in State
	}
	f.Done = s.end - 1 // a deferred constraint, checked after the last step
	return nil, err
}

// confirm reads until the step has ended.
func (c *conn) confirm(step *drivers.Step, last bool) error {
	c.bound = false
	for commands := c.commands(step); commands > 0; {
		m, err := c.receive()
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *pgproto3.BindComplete:
			c.bound = true
		case *pgproto3.CommandComplete:
			commands--
			c.traceTag(m.CommandTag)
			err = completed(step, m.CommandTag)
		case *pgproto3.EmptyQueryResponse:
			commands--
		case *pgproto3.CopyInResponse:
			err = c.refuseCopy(last)
		case *pgproto3.ErrorResponse:
			err = pgconn.ErrorResponseToPgError(m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// commands is how many commands the step was sent as.
func (c *conn) commands(step *drivers.Step) int {
	switch step.Op {
	case drivers.OpBegin:
		return c.begin.commands(step.Tx)
	case drivers.OpExecMany:
		step.Result = drivers.Result{}
		return len(step.Many)
	}
	return 1
}

func completed(step *drivers.Step, tag []byte) error {
	switch step.Op {
	case drivers.OpExec:
		step.Result = drivers.Result{RowsAffected: rowsAffected(tag)}
	case drivers.OpExecMany:
		step.Result.RowsAffected += rowsAffected(tag)
	case drivers.OpCommit:
		if string(tag) == "ROLLBACK" {
			return pgx.ErrTxCommitRollback
		}
	}
	return nil
}

// rowsAffected is the number at the end of a tag such as "INSERT 0 5".
func rowsAffected(tag []byte) int64 {
	var n, unit int64 = 0, 1
	for i := len(tag) - 1; i >= 0 && tag[i] >= '0' && tag[i] <= '9'; i-- {
		n += int64(tag[i]-'0') * unit
		unit *= 10
	}
	return n
}

// recoverFrom reads up to the end of a segment in which a step has failed: the
// server skips the steps after it by itself.
func (c *conn) recoverFrom(err error) error {
	if !isLost(err) {
		_ = c.readReady() // the first error is the cause; a loss shows in State
	}
	return err
}

// readReady reads up to the server's readiness for the next segment.
func (c *conn) readReady() (failed error) {
	for {
		m, err := c.receive()
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *pgproto3.ReadyForQuery:
			return failed
		case *pgproto3.ErrorResponse:
			failed = pgconn.ErrorResponseToPgError(m)
		}
	}
}

// copyRefused comes back in the server's error, whatever language it speaks.
const copyRefused = "COPY FROM STDIN needs the native connection"

// refuseCopy ends a COPY FROM STDIN that was run as a statement: the server
// would wait for its data for ever. It ignored the Sync that followed; a step
// that followed ended the copy already.
func (c *conn) refuseCopy(last bool) error {
	if !last {
		return nil
	}
	c.out.reset()
	m := pgproto3.CopyFail{Message: copyRefused}
	if err := c.out.add(m.Encode(c.out.buf)); err != nil {
		return err
	}
	if err := c.out.sync(); err != nil {
		return err
	}
	return c.flush()
}
