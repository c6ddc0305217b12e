package postgres

import "io"

// omen is what a look into the receive buffer tells of a connection.
type omen uint8

const (
	alive omen = iota
	dying      // the server's last words are there to be read: a FATAL error, or the end
	dead       // closed, and nothing is left to read
)

// stillThere fails when the server has ended the connection already. It is
// asked before a transaction begins, so that a connection that died in the pool
// is replaced before anything is sent, and before COMMIT: what was not sent did
// not happen, while a COMMIT that is written to a dead socket has an unknown
// outcome.
func (c *conn) stillThere() error {
	for {
		if c.pg.Frontend().ReadBufferLen() == 0 {
			switch c.peek.pending() {
			case alive:
				return nil
			case dead:
				return c.broken(io.ErrUnexpectedEOF)
			}
		}
		if _, err := c.receive(); err != nil {
			return err // the server's own reason
		}
	}
}
