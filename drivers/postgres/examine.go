package postgres

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// Examine implements [drivers.Examiner].
func (c *conn) Examine(ctx context.Context) (*drivers.Examination, error) {
	_, encrypted := c.pg.Conn().(*tls.Conn)
	host := "/"
	if addr, ok := c.pg.Conn().RemoteAddr().(*net.TCPAddr); ok {
		host = addr.IP.String()
	}
	known := dialect.Way(host, encrypted, "set sslmode=verify-full in the URL, with sslrootcert")
	known.SetNumber("greeted", uint64(c.pg.PID()))
	return dialect.PostgresExam.Take(ctx, c, known)
}
