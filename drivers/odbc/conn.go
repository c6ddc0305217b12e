//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
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

// State implements [drivers.Conn].
func (c *conn) State() drivers.TxState {
	if c.lease == nil {
		return drivers.TxLost
	}
	return c.state()
}

// Release implements [drivers.Conn].
func (c *conn) Release() {
	c.end(c.lease != nil && !c.dirty && c.rows == nil && c.state() == drivers.TxIdle)
}

// Destroy implements [drivers.Conn].
func (c *conn) Destroy() { c.end(false) }

func (c *conn) end(keep bool) {
	if c.lease == nil {
		panic("odbc: connection released or destroyed twice")
	}
	lease := c.lease
	c.lease = nil
	if c.latch != nil {
		c.latch.Drop()
	}
	if keep {
		c.phase = plain
		lease.Release()
		return
	}
	if c.rows != nil {
		c.rows.detach(errGone)
	}
	c.lost = true
	lease.Destroy()
}

// Native implements [drivers.Conn]: it returns the connection's handle, an
// [api.SQLHDBC].
func (c *conn) Native() any { return c.dbc }
