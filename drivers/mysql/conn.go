package mysql

import (
	"database/sql/driver"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
)

// conn is a connection on loan.
type conn struct {
	*link
	lease *connpool.Lease[*link] // nil when the loan has ended
}

func newConn(lease *connpool.Lease[*link]) *conn {
	l := lease.Conn()
	l.generation = lease.Generation()
	return &conn{link: l, lease: lease}
}

// State implements [drivers.Conn]. It follows the server's own flags.
func (c *conn) State() drivers.TxState {
	if c.lease == nil {
		return drivers.TxLost
	}
	return c.state()
}

// Release implements [drivers.Conn].
func (c *conn) Release() { c.end(c.clean()) }

// Destroy implements [drivers.Conn].
func (c *conn) Destroy() { c.end(false) }

func (c *conn) end(keep bool) {
	if c.lease == nil {
		panic("mysql: connection released or destroyed twice")
	}
	lease := c.lease
	c.lease = nil
	if !keep {
		c.lost = true
		lease.Destroy()
		return
	}
	c.phase, c.begun = plain, false
	lease.Release()
}

// clean reports whether the next user may have the connection. A transaction
// that was begun by hand in another one is open although the other has ended.
func (c *conn) clean() bool {
	return c.lease != nil && !c.broken && c.rows == nil && c.state() == drivers.TxIdle &&
		!c.status.has(statusInTransaction) && c.native.IsValid()
}

// Native implements [drivers.Conn]: it returns the library's [driver.Conn].
func (c *conn) Native() any { return driver.Conn(c.native) }
