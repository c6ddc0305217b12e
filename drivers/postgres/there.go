package postgres

import "io"

// stillThere fails when the server has ended the connection already. It is
// asked before a transaction begins, so that a connection that died in the pool
// is replaced before anything is sent, and before COMMIT: what was not sent did
// not happen, while a COMMIT that is written to a dead socket has an unknown
// outcome.
func (c *conn) stillThere() error {
	for c.pg.Frontend().ReadBufferLen() > 0 {
		if _, err := c.receive(); err != nil {
			return err
		}
	}
	closed, failed := c.peek.pending()
	if failed {
		if _, err := c.receive(); err != nil {
			return err // the server's own reason
		}
	}
	if closed {
		return c.broken(io.ErrUnexpectedEOF)
	}
	return nil
}
