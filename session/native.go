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
// fn must leave nothing open on the connection and must not keep it. Afterwards
// the session's state is read back from the connection: if fn ended the
// transaction, the session has failed.
func Native[T any](ctx context.Context, s *Session, fn func(T) error) error {
	if err := s.guard.enter(); err != nil {
		return err
	}
	defer s.leave()
	u, err := s.begun()
	if err != nil {
		return err
	}
	if err := s.reach(ctx, u); err != nil {
		return err
	}
	conn, ok := u.lease.conn.Native().(T)
	if !ok {
		return refuse(ErrUnsupported, "the connection of %s is a %T, not a %T",
			s.engine.desc.Driver, u.lease.conn.Native(), *new(T))
	}
	return s.native(u, func() error { return fn(conn) })
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
