package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
)

// SyncOptions are the options of [Engine.RunSync].
type SyncOptions struct {
	// NoTransaction runs each statement on its own even where DDL could be
	// rolled back, for what databases refuse inside a transaction, such as
	// CREATE INDEX CONCURRENTLY. An error is then a [*PartialError].
	NoTransaction bool
	// Tx are the options of the transaction; they are refused together with
	// NoTransaction.
	Tx TxOptions
}

// SyncConn is the connection that the function of [Engine.RunSync] works on.
type SyncConn struct {
	session *Session
	name    string
	applied []string
	failed  string
}

// PartialError is returned by [Engine.RunSync] when it failed where its
// statements cannot be rolled back.
type PartialError struct {
	// Name is the name given to RunSync.
	Name string
	// Applied are the statements that took effect, in order.
	Applied []string
	// Failed is the statement that failed; empty if the function failed by
	// itself.
	Failed string
	// Err is what the function returned.
	Err error
}

// Error says how many statements took effect and which one failed.
func (e *PartialError) Error() string {
	text := fmt.Sprintf("session: %s: %v; %s took effect and cannot be rolled back",
		e.Name, e.Err, plural(len(e.Applied), "statement"))
	for _, sql := range e.Applied {
		text += fmt.Sprintf("\n  applied: %s", abridge(sql))
	}
	if e.Failed != "" {
		text += fmt.Sprintf("\n  failed:  %s", abridge(e.Failed))
	}
	return text
}

// Unwrap returns the cause.
func (e *PartialError) Unwrap() error { return e.Err }

// syncKey marks contexts of code that runs inside RunSync.
type syncKey struct{ engine *Engine }

// RunSync runs fn, which changes the schema, in step: on one connection, one
// statement after the other, while no other RunSync of this engine runs. name
// says what it is for, in messages.
//
// Where the database can roll DDL back, everything happens in one transaction,
// which is committed when fn returns nil. Elsewhere, and with
// SyncOptions.NoTransaction, each statement takes effect by itself, and a
// failure is a [*PartialError] that lists those that did. At most one opts is
// given. A RunSync inside another one is refused with [ErrWouldDeadlock].
func (e *Engine) RunSync(ctx context.Context, name string,
	fn func(ctx context.Context, c *SyncConn) error, opts ...SyncOptions) error {
	var o SyncOptions
	if len(opts) > 0 {
		o = opts[0]
	}
	if o.NoTransaction && o.Tx != (TxOptions{}) {
		return errors.New("session: SyncOptions.Tx is set together with NoTransaction")
	}
	if ctx.Value(syncKey{e}) != nil {
		return refuse(ErrWouldDeadlock, "RunSync %q runs inside another one", name)
	}
	ctx = context.WithValue(ctx, syncKey{e}, true)
	select {
	case e.ddl <- struct{}{}:
		defer func() { <-e.ddl }()
	case <-ctx.Done():
		return e.wrap("wait for another RunSync", "", ctx.Err())
	}
	if o.NoTransaction || !e.desc.Capabilities.TransactionalDDL {
		return e.runPlain(ctx, name, fn)
	}
	return e.Do(ctx, func(ctx context.Context, s *Session) error {
		return fn(ctx, &SyncConn{session: s, name: name})
	}, o.Tx)
}

// runPlain runs fn without a transaction.
func (e *Engine) runPlain(ctx context.Context, name string, fn func(context.Context, *SyncConn) error) error {
	s := e.Session(TxOptions{})
	defer s.Close()
	s.unit = newUnit(TxOptions{})
	s.unit.truncate(0) // no BEGIN
	s.unit.autocommit = true
	c := &SyncConn{session: s, name: name}
	err := fn(s.Context(ctx), c)
	if err == nil {
		err = s.endPlain(s.unit)
	}
	if err != nil {
		return &PartialError{Name: name, Applied: c.applied, Failed: c.failed, Err: err}
	}
	return nil
}

// endPlain ends what ran without a transaction, as Commit ends one.
func (s *Session) endPlain(u *unit) error {
	switch {
	case u.rows != nil:
		return refuse(ErrRowsOpen, "close those of %q before the end", abridge(u.rows.sql))
	case u.failed != nil:
		return u.refuse()
	case u.lease != nil && u.lease.conn.State() != drivers.TxIdle:
		return refuse(ErrTxFailed, "a transaction was begun by hand and left open")
	}
	s.end(u)
	return nil
}

// Name is the name given to RunSync.
func (c *SyncConn) Name() string { return c.name }

// Exec runs a statement and discards its rows; see [Session.Exec].
func (c *SyncConn) Exec(ctx context.Context, sql string, args ...any) (Result, error) {
	res, err := c.session.Exec(ctx, sql, args...)
	c.note(sql, err)
	return res, err
}

// Query runs a statement and returns its rows; see [Session.Query].
func (c *SyncConn) Query(ctx context.Context, sql string, args ...any) (*Rows, error) {
	rows, err := c.session.Query(ctx, sql, args...)
	c.note(sql, err)
	return rows, err
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
