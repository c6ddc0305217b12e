package postgres

import (
	"context"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlscope/sqlscope/drivers"
)

// Run implements [drivers.Conn]. The caller's context never reaches pgconn,
// whose answer to its end is to close the socket; see watch.
func (c *conn) Run(ctx context.Context, f *drivers.Flight) (drivers.Rows, error) {
	f.Sent, f.Done, c.described = 0, 0, nil
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	c.flights++
	c.freshen()
	c.limit.takeOff(c.pg.TxStatus() != 'I')
	c.watch.start(ctx)
	r, err := c.fly(ctx, f)
	if r != nil && c.open == r {
		return r, nil // the watch goes on until the rows end
	}
	if err = c.land(err); err != nil || r == nil {
		return nil, err
	}
	return r, nil
}

// ready refuses what must not be sent.
func (c *conn) ready(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case c.pg.IsClosed() || c.lease == nil:
		return &lostError{pgconn.ErrConnClosed}
	case c.open != nil || c.pg.IsBusy():
		return errBusy
	}
	return nil
}

// fly sends segment after segment; most flights are one. What can be mended is
// mended once.
func (c *conn) fly(ctx context.Context, f *drivers.Flight) (*rows, error) {
	again := true
	for f.Done < len(f.Steps) {
		if (f.Sent > 0 || !again) && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r, err := c.flySegment(ctx, f)
		if err != nil && again {
			again = false
			if err = c.mend(f, err); err == nil {
				continue
			}
		}
		if err != nil || r != nil {
			return r, err
		}
	}
	return nil, nil
}

// strayCancel reports whether a ROLLBACK was hit by a cancellation that was
// meant for an earlier statement: a pooler between us and the server may let
// one through. Such a ROLLBACK did nothing and is sent once more.
func strayCancel(f *drivers.Flight, err error) bool {
	return f.Done < len(f.Steps) && f.Steps[f.Done].Op == drivers.OpRollback && isCancelled(err)
}

func (c *conn) flySegment(ctx context.Context, f *drivers.Flight) (*rows, error) {
	s, err := c.encode(f)
	if err != nil {
		return nil, err
	}
	if len(c.out.buf) == 0 {
		f.Done = s.end // nothing to say: a rollback without a transaction
		return nil, nil
	}
	c.traceStart(ctx, f, &s)
	r, err := c.exchange(f, &s)
	c.traceRest(err)
	return r, err
}

func (c *conn) exchange(f *drivers.Flight, s *segment) (*rows, error) {
	if err := c.send(f, s); err != nil {
		return nil, err
	}
	r, err := c.collect(f, s)
	if err != nil && f.Done < len(f.Steps) {
		err = c.distrustStatement(f.Steps[f.Done].SQL, err)
	}
	return r, err
}

// land ends the watch over a flight whose last byte has been read.
func (c *conn) land(err error) error {
	ctx := c.watch.ctx
	fired := c.watch.end()
	if fired && c.watch.unsure {
		err = c.distrust(err)
	}
	if err == nil {
		return nil
	}
	if lost := isLost(err); lost && !fired {
		c.pool.outdate(c)
	}
	switch cancelled := isCancelled(err); {
	case fired && (cancelled || isLost(err)):
		return &cancelError{ctx.Err(), err}
	case cancelled && c.limit.reached() && !isRefusedCopy(err):
		return &limitError{err}
	}
	return err
}

// distrust gives up a connection whose cancel request may still be under way:
// it could hit the next statement.
func (c *conn) distrust(err error) error {
	state := c.State() // TxLost without an error: COMMIT was confirmed before
	c.kill()
	if err == nil && (state == drivers.TxActive || state == drivers.TxFailed) {
		return &lostError{errCancelUnsure}
	}
	return err
}
