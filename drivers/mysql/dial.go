package mysql

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net"
)

// native is what the library's connections can do.
type native interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnPrepareContext
	driver.SessionResetter
	driver.Validator
	driver.Pinger
}

// dialer opens connections through the library, each over a wire of ours.
type dialer struct {
	connector driver.Connector
	user      func(ctx context.Context, network, addr string) (net.Conn, error) // nil: none
}

// dialKey is where dial finds, in a context, where to leave the wire.
type dialKey struct{}

// call is one call of connect.
type call struct {
	wire *wire
	to   net.Addr // not nil: the very server to dial, whatever its name says by now
}

// connect opens a connection.
func (d *dialer) connect(ctx context.Context, to net.Addr) (native, *wire, error) {
	c := &call{to: to}
	conn, err := d.connector.Connect(context.WithValue(ctx, dialKey{}, c))
	if err != nil {
		return nil, nil, connectError(ctx, c.wire, err)
	}
	n, ok := conn.(native)
	if !ok || c.wire == nil {
		_ = conn.Close()
		return nil, nil, fmt.Errorf("mysql: %T of this version of the client library is not "+
			"what this driver expects", conn)
	}
	return n, c.wire, nil
}

// dial is the library's DialFunc.
func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, _ := ctx.Value(dialKey{}).(*call)
	if c == nil {
		c = &call{}
	}
	dial := d.user
	if dial == nil {
		dial = new(net.Dialer).DialContext
		if c.to != nil {
			network, addr = c.to.Network(), c.to.String()
		}
	}
	conn, err := dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c.wire = &wire{Conn: conn}
	return c.wire.forLibrary(), nil
}

// connectError makes an error out of a connection that could not be opened: the
// library says "invalid connection" where the wire knows more.
func connectError(ctx context.Context, w *wire, err error) error {
	if ctx.Err() != nil || numberOf(err) != 0 || w == nil {
		return err
	}
	return &lostError{err: err, why: w.failed}
}
