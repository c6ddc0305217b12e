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
func (c *conn) Release() {
	lease := c.end()
	if !c.memory && (c.rows != nil || c.broken || c.handle.inTransaction()) {
		lease.Destroy()
		return
	}
	c.clean()
	lease.Release()
}

// Destroy implements [drivers.Conn]. The connection of a database in memory is
// the database: it is rolled back and kept.
func (c *conn) Destroy() {
	lease := c.end()
	if c.memory {
		c.clean()
		lease.Release()
		return
	}
	lease.Destroy()
}

// Native implements [drivers.Conn]; it returns modernc's driver.Conn.
func (c *conn) Native() any { return c.native }

func (c *conn) end() *connpool.Lease[*link] {
	if c.lease == nil {
		panic("sqlite: connection released or destroyed twice")
	}
	lease := c.lease
	c.lease = nil
	return lease
}

// clean makes the connection as good as new.
func (l *link) clean() {
	if l.rows != nil {
		l.rows.finish()
	}
	if l.handle.inTransaction() {
		_ = l.run("ROLLBACK") // fails only if the transaction is gone already
	}
	l.watch.forget()
}
