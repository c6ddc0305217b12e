package session

import (
	"context"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
)

// Native runs fn on the client library's own connection, inside s's
// transaction: for COPY, LISTEN, batches and whatever else the session does not
// offer. T is the connection's type, such as *pgx.Conn; a driver says in its
// documentation what it gives. What waits to be sent is sent first.
//
// fn must leave nothing open on the connection and should not keep it.
// Afterwards, and from then on before each statement, the session's state is
// read back from the connection: if fn ended the transaction, the session has
// failed.
func Native[T any](ctx context.Context, s *Session, fn func(T) error) error {
	if err := s.guard.enter(); err != nil {
		return err
	}
	defer s.leave()
	u, conn, err := native[T](ctx, s)
	if err != nil {
		return err
	}
	return s.native(u, func() error { return fn(conn) })
}

// native returns the connection's own, in its transaction.
func native[T any](ctx context.Context, s *Session) (u *unit, conn T, err error) {
	if u, err = s.begun(); err != nil {
		return nil, conn, err
	}
	if err := s.reach(ctx, u); err != nil {
		return nil, conn, err
	}
	own := u.lease.conn.Native()
	conn, ok := own.(T)
	if !ok {
		return nil, conn, refuse(ErrUnsupported, "the connection of %s is a %T, not a %T",
			s.engine.desc.Driver, own, conn)
	}
	u.exposed = true
	return u, conn, nil
}

// native runs fn and takes over what has become of the transaction, even when
// fn panics.
func (s *Session) native(u *unit, fn func() error) (err error) {
	defer func() {
		if st := u.lease.conn.State(); st != drivers.TxActive && !(u.autocommit && st == drivers.TxIdle) {
			s.settle(u, "native code", err)
			if err == nil {
				err = fmt.Errorf("session: after native code the connection is %s: %w", st, u.refuse())
			}
		}
	}()
	return fn()
}
