package session

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/sqlscope/sqlscope/drivers"
)

// SyncConn is the connection that the function of [Engine.RunSync] works on.
type SyncConn struct {
	session *Session
	name    string
	pinned  *pinned // nil in a session's own RunSync
	applied []string
	failed  string
}

// RunSync runs fn on the session's own connection, inside its transaction: for
// code that changes the schema and is written for [Engine.RunSync]. There is no
// lock, and what fn did goes with the transaction. Where DDL would commit the
// transaction it is refused with [ErrUnsupported].
func (s *Session) RunSync(ctx context.Context, fn func(ctx context.Context, c *SyncConn) error) error {
	if !s.engine.desc.Capabilities.TransactionalDDL {
		return refuse(ErrUnsupported, "%s would commit the session's transaction at the first change "+
			"of the schema; use Engine.RunSync", s.engine.desc.Driver)
	}
	return fn(s.Context(ctx), &SyncConn{session: s, name: "a session's RunSync"})
}

// Name is the name given to RunSync.
func (c *SyncConn) Name() string { return c.name }

// InTransaction reports whether the statements are part of one transaction.
func (c *SyncConn) InTransaction() bool { return c.session.unit == nil || !c.session.unit.autocommit }

// OpenByHand reports whether a statement such as BEGIN has opened a transaction
// in a RunSync without one.
func (c *SyncConn) OpenByHand() bool {
	u := c.session.unit
	return u != nil && u.autocommit && u.lease != nil && u.lease.conn.State() == drivers.TxActive
}

// Exec runs a statement and discards its rows; see [Session.Exec].
func (c *SyncConn) Exec(ctx context.Context, sql string, args ...any) (Result, error) {
	res, err := c.session.Exec(ctx, sql, args...)
	c.note(sql, err)
	return res, err
}

// ExecText runs a statement as it is, without arguments; see [Session.ExecText].
func (c *SyncConn) ExecText(ctx context.Context, sql string) (Result, error) {
	res, err := c.session.ExecText(ctx, sql)
	c.note(sql, err)
	return res, err
}

// Queue runs a statement whose result nobody waits for; see [Session.Queue].
func (c *SyncConn) Queue(sql string, args ...any) error { return c.session.Queue(sql, args...) }

// QueueText queues a statement as it is; see [Session.QueueText].
func (c *SyncConn) QueueText(sql string, res *Result) error { return c.session.QueueText(sql, res) }

// Query runs a statement and returns its rows; see [Session.Query].
func (c *SyncConn) Query(ctx context.Context, sql string, args ...any) (*Rows, error) {
	rows, err := c.session.Query(ctx, sql, args...)
	c.note(sql, err)
	return rows, err
}

// ExecMany runs a statement once for each row; see [Session.ExecMany]. Without a
// transaction it makes one of its own, so that all rows take effect or none.
func (c *SyncConn) ExecMany(ctx context.Context, sql string, rows iter.Seq[[]any]) (Result, error) {
	res, err := c.session.ExecMany(ctx, sql, rows)
	c.note(sql, err)
	return res, err
}

// CopyIn sends a COPY … FROM STDIN with its data; see [Session.CopyIn].
func (c *SyncConn) CopyIn(ctx context.Context, sql string, data io.Reader) (int64, error) {
	n, err := c.session.CopyIn(ctx, sql, data)
	c.note(sql, err)
	return n, err
}

// Do runs fn in a transaction of its own on this connection, under the lock,
// and commits when it returns nil; see [Engine.Do]. It is for a RunSync without
// a transaction, and refused with [ErrTxBegun] in one that has one. Its failure
// is its own: RunSync goes on. It returns when a rollback has been done.
func (c *SyncConn) Do(ctx context.Context, fn func(ctx context.Context, s *Session) error, opts ...TxOptions) error {
	part, err := c.part(opts...)
	if err != nil {
		return err
	}
	defer part.Close()
	if err := fn(part.Context(ctx), part); err != nil {
		return err
	}
	return part.Commit(ctx)
}

// Apart runs fn, whose statements stand alone, so that their failure is its own
// and RunSync goes on. It is refused like [SyncConn.Do].
func (c *SyncConn) Apart(ctx context.Context, fn func(ctx context.Context, c *SyncConn) error) error {
	part, err := c.part()
	if err != nil {
		return err
	}
	defer part.Close()
	part.alone()
	if err := fn(part.Context(ctx), &SyncConn{session: part, name: c.name, pinned: c.pinned}); err != nil {
		return err
	}
	return part.endPlain()
}

// part is a session on the same connection.
func (c *SyncConn) part(opts ...TxOptions) (*Session, error) {
	u := c.session.unit
	switch {
	case c.session.home == nil || u == nil || !u.autocommit:
		return nil, refuse(ErrTxBegun, "RunSync %q has a transaction; set SyncOptions.NoTransaction", c.name)
	case u.rows != nil:
		return nil, refuse(ErrRowsOpen, "close those of %q first", abridge(u.rows.sql))
	}
	if err := c.session.home.usable(); err != nil {
		return nil, err
	}
	part := c.session.engine.Session(opts...)
	part.home = c.session.home
	return part, nil
}

// note keeps the books for a PartialError.
func (c *SyncConn) note(sql string, err error) {
	switch {
	case err == nil:
		c.applied = append(c.applied, sql)
	case c.failed == "" && !errors.Is(err, ErrArguments) && !errors.Is(err, ErrTxFailed):
		c.failed = sql
	}
}
