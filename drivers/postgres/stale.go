package postgres

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlscope/sqlscope/drivers"
)

// isStale reports whether the server has refused to bind a statement because its
// columns are no longer those that it was described with: somebody has changed a
// table. The server does not prepare it anew by itself, see RevalidateCachedQuery in
// https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/cache/plancache.c
// Where descriptions alone are kept, what it refuses are the formats asked for. The
// routine is the same in every language; servers that only speak the protocol have
// routines of their own, and speak English.
func isStale(err error) bool {
	var (
		e     *pgconn.PgError
		stale *staleError
	)
	switch {
	case errors.As(err, &stale):
		return true
	case !errors.As(err, &e):
		return false
	}
	switch e.Code {
	case "0A000":
		return e.Routine == "RevalidateCachedQuery" ||
			e.Message == "cached plan must not change result type"
	case "08P01":
		return e.Routine == "PortalSetResultFormat"
	}
	return false
}

// freshen forgets every statement when one was found stale on another connection
// since: the change of a table is news for all of them, and what is found out in the
// middle of a transaction fails it.
func (c *conn) freshen() {
	if now := c.pool.changes.Load(); now > c.changes {
		c.changes = now
		c.statements.dropAll()
	}
}

// tellOthers makes the other connections forget their statements too. One that has
// not heard of the last change yet has nothing new to tell.
func (c *conn) tellOthers() {
	if c.pool.changes.CompareAndSwap(c.changes, c.changes+1) {
		c.changes++
	}
}

// mend returns nil when the flight can go on at step f.Done as if nothing had been,
// and otherwise the error that it ends with.
func (c *conn) mend(f *drivers.Flight, err error) error {
	switch {
	case c.pg.IsClosed():
		return err
	case strayCancel(f, err):
		return nil
	case isStale(err) && !c.bound:
		return c.startOver(f, err)
	}
	return err
}

// startOver goes back behind a statement that the server has refused to bind, so
// that nothing of it has run: if it stood alone there is nothing to undo, and if no
// other has run since BEGIN or SAVEPOINT, which travelled with it, nothing is undone
// but these. What stands behind it in the flight, even COMMIT, the server has
// skipped: it says that the transaction is open and has failed.
func (c *conn) startOver(f *drivers.Flight, stale error) error {
	if c.pg.TxStatus() != 'I' {
		undo, from := lastMark(f)
		if undo == nil {
			return stale
		}
		if err := c.control(undo); err != nil {
			return err
		}
		f.Done = from
	}
	f.Sent = f.Done // the server has said of the rest that it has not happened
	return nil
}

// lastMark finds what the transaction, failed at step f.Done, can go back to without
// undoing any statement, how, and from which step the flight goes on then.
func lastMark(f *drivers.Flight) (undo *drivers.Step, from int) {
	nested := false
	for i := f.Done - 1; i >= 0; i-- {
		step := &f.Steps[i]
		switch step.Op {
		case drivers.OpBegin:
			return &drivers.Step{Op: drivers.OpRollback}, i
		case drivers.OpSavepoint:
			if !nested {
				return &drivers.Step{Op: drivers.OpRollbackTo, Name: step.Name}, i + 1
			}
		case drivers.OpRelease, drivers.OpRollbackTo:
			nested = true // of the savepoints before it, one may be gone
		case drivers.OpSet:
		default:
			return nil, 0
		}
	}
	return nil, 0
}

// control runs a step that is not a statement, aside from any flight.
func (c *conn) control(step *drivers.Step) error {
	c.out.reset()
	err := c.out.command(controlSQL(step))
	if err == nil {
		err = c.out.sync()
	}
	if err == nil {
		err = c.flush()
	}
	if err == nil {
		err = c.readReady()
	}
	return err
}
