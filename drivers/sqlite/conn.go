package sqlite

import (
	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
)

// conn is a connection on loan.
type conn struct {
	*link
	lease  *connpool.Lease[*link] // nil when the loan has ended
	memory bool
}

// State implements [drivers.Conn]. It is SQLite's own answer.
func (c *conn) State() drivers.TxState {
	switch {
	case c.lease == nil:
		return drivers.TxLost
	case c.handle.inTransaction():
		return drivers.TxActive
	}
	return drivers.TxIdle
}

// Release implements [drivers.Conn].
func (c *conn) Release() { c.end(!c.dirty()) }

// Destroy implements [drivers.Conn].
func (c *conn) Destroy() { c.end(false) }

// end ends the loan. The connection of a database in memory is the database: it
// is kept in any case.
func (c *conn) end(keep bool) {
	if c.lease == nil {
		panic("sqlite: connection released or destroyed twice")
	}
	lease := c.lease
	c.lease = nil
	if !keep && !c.memory {
		lease.Destroy()
		return
	}
	c.clean()
	lease.Release()
}

func (c *conn) dirty() bool {
	return c.lease != nil && (c.broken || c.rows != nil || c.handle.inTransaction())
}

// Native implements [drivers.Conn]; it returns modernc's driver.Conn.
func (c *conn) Native() any { return c.native }

// clean makes the connection as good as new.
func (l *link) clean() {
	l.finishRows()
	l.latch.Drop()
	if l.handle.inTransaction() {
		_ = l.run("ROLLBACK") // fails only if the transaction is gone already
	}
	l.watch.forget()
}

func (l *link) finishRows() {
	if l.rows != nil {
		l.rows.finish()
	}
}
