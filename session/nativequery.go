package session

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
)

// NativeQuery is [Native] for one statement, or a batch or a COPY, that the
// session treats as its own: its error is an [*Error], ctx cancels it as it
// cancels any statement, observers are told, and the rows that run returns may
// stay open after the call, like those of [Session.Query]. Without rows run
// returns nil, and so does NativeQuery. sql is for messages.
//
// The context that run gets ends only where the driver cannot cancel native
// code and keep the connection.
func NativeQuery[T any](ctx context.Context, s *Session, sql string,
	run func(ctx context.Context, conn T) (drivers.Rows, error)) (*Rows, error) {
	if err := s.guard.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	u, conn, err := native[T](ctx, s)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, s.engine.wrap("not sent", sql, err)
	}
	s.engine.counts.statements.Add(1)
	return s.flyNative(ctx, u, nativeConn{u.lease.conn, func(ctx context.Context) (drivers.Rows, error) {
		return run(ctx, conn)
	}}, sql)
}

func (s *Session) flyNative(ctx context.Context, u *unit, c nativeConn, sql string) (*Rows, error) {
	returned := false
	defer func() {
		if !returned { // it panicked, and may have left anything behind
			s.settle(u, "native code", nil)
		}
	}()
	f := drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpQuery, SQL: sql}}}
	rows, err := s.engine.fly(ctx, c, &f)
	returned = true
	switch {
	case err != nil:
		err = s.engine.wrap("native query", sql, err)
		if isContext(err) {
			s.engine.counts.cancelled.Add(1)
		}
		s.settleNative(u, err)
		return nil, err
	case rows != nil:
		u.rows = &Rows{session: s, rows: rows, sql: sql}
		u.lease.rows = rows
		return u.rows, nil
	}
	s.settleNative(u, nil)
	if u.failed != nil {
		return nil, u.refuse()
	}
	return nil, nil
}

// settleNative is settle, but for an error that left the transaction as it was,
// such as an argument that could not be sent.
func (s *Session) settleNative(u *unit, err error) {
	if u.lease.conn.State() != drivers.TxActive {
		s.settle(u, "native code", err)
	}
}

// nativeConn is a connection that runs native code.
type nativeConn struct {
	drivers.Conn
	run func(context.Context) (drivers.Rows, error)
}

// Run implements [drivers.Conn]. It lets the driver watch the context, if it
// can, until the rows have ended.
func (c nativeConn) Run(ctx context.Context, _ *drivers.Flight) (rows drivers.Rows, err error) {
	w, ok := c.Conn.(drivers.Watcher)
	if !ok {
		return c.run(ctx)
	}
	watched, cancel := context.WithCancel(ctx)
	land := w.Watch(watched)
	defer func() {
		if rows == nil {
			err = land(err)
			cancel()
		}
	}()
	open, err := c.run(context.WithoutCancel(ctx))
	if open == nil || err != nil {
		return nil, err
	}
	return &watchedRows{Rows: open, land: land, cancel: cancel}, nil
}

// watchedRows are rows of native code whose context the driver watches.
type watchedRows struct {
	drivers.Rows
	land   func(error) error // nil when they have ended
	cancel context.CancelFunc
	err    error
}

// Close implements [drivers.Rows].
func (r *watchedRows) Close() error {
	if r.land != nil {
		r.err = r.land(r.Rows.Close())
		r.land = nil
		r.cancel()
	}
	return r.err
}

// Err implements [drivers.Rows].
func (r *watchedRows) Err() error { return r.err }

// Abort implements [drivers.Aborter].
func (r *watchedRows) Abort() error {
	r.cancel()
	return r.Close()
}
