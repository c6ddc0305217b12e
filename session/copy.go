package session

import (
	"context"
	"io"

	"github.com/sqlscope/sqlscope/drivers"
)

// CopyIn sends a COPY … FROM STDIN and feeds it what it reads from data, as it
// is. It returns the number of rows. A database that has no such statement
// refuses it with [ErrUnsupported]. What waits to be sent is sent first.
func (s *Session) CopyIn(ctx context.Context, sql string, data io.Reader) (int64, error) {
	if err := s.guard.enter(); err != nil {
		return 0, err
	}
	defer s.leave()
	u, err := s.begun()
	if err != nil {
		return 0, err
	}
	if err := s.reach(ctx, u); err != nil {
		return 0, err
	}
	to, err := copier(s.engine.desc, u.lease.conn)
	if err != nil {
		return 0, err
	}
	if err := s.confirm(ctx); err != nil {
		return 0, err
	}
	s.engine.counts.statements.Add(1)
	n, err := to.CopyIn(ctx, sql, data)
	if err != nil {
		err = s.engine.wrap("copy", sql, err)
	}
	if st := u.lease.conn.State(); st != drivers.TxActive || err != nil {
		s.settle(u, "COPY", err)
	}
	return n, err
}

// reach sends what waits, so that the connection is there and in its
// transaction.
func (s *Session) reach(ctx context.Context, u *unit) error {
	if len(u.flight.Steps) == 0 {
		if u.lease == nil {
			return s.take(ctx, u, false)
		}
		return nil
	}
	_, err := s.send(ctx)
	if err != nil {
		s.unbegin(u)
	}
	return err
}
