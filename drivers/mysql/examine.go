package mysql

import (
	"context"
	"net"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// Examine implements [drivers.Examiner].
func (c *conn) Examine(ctx context.Context) (*drivers.Examination, error) {
	host := "/"
	if addr, ok := c.wire.RemoteAddr().(*net.TCPAddr); ok {
		host = addr.IP.String()
	}
	var name, cipher string
	if err := dialect.Ask(ctx, c, "SHOW SESSION STATUS LIKE 'Ssl_cipher'", nil, &name, &cipher); err != nil {
		return nil, err
	}
	return dialect.MySQLExam.Take(ctx, c, dialect.Way(host, cipher != "", "set tls=true in the URL"))
}
