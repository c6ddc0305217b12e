package session

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

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
	// LockWait limits the wait for others who hold the lock, in this process
	// and in others, after which RunSync fails with a [*LockTimeoutError].
	// Each call has the whole of it, and no timeout of the database's own ends
	// it. Default 15 minutes; negative: only the context limits it.
	LockWait time.Duration
	// PeerTimeout is how soon the database gives up on a holder whose machine
	// or network is gone, so that the next one gets the lock; default 1 minute.
	// A process that is killed is noticed at once or, while a statement of its
	// runs, within a second on Postgres and at the statement's end elsewhere.
	// MySQL and MariaDB tell a lost client by its silence: there the function
	// must not leave the connection idle for that long.
	//
	// A lock that is a lease lasts as long, and is renewed three times meanwhile.
	PeerTimeout time.Duration
	// LeaseTable names a table that keeps the lock in a row, instead of the
	// database: behind a pooler that shares connections between transactions, a
	// RunSync without a transaction is possible then. On Postgres give the schema,
	// as in "public.sqlscope_lease", if search_path may change meanwhile. All who
	// use the lock have to name the same table. Default: the database's own locks
	// or, where it has none with names, [DefaultLeaseTable]. The table is made if it
	// is not there.
	LeaseTable string
}

// leaseTableName is what is taken for the name of a table: it becomes SQL.
var leaseTableName = regexp.MustCompile("^[\\pL\\pN_.$\"`\\[\\]]*$")

// Validate reports every contradiction in o.
func (o *SyncOptions) Validate() error {
	var errs []error
	if o.NoTransaction && o.Tx != (TxOptions{}) {
		errs = append(errs, errors.New("session: SyncOptions.Tx is set together with NoTransaction"))
	}
	if o.PeerTimeout < 0 || o.PeerTimeout > 0 && o.PeerTimeout < time.Second {
		errs = append(errs, fmt.Errorf("session: SyncOptions.PeerTimeout is %v; it must be at least a "+
			"second, or 0 for the default", o.PeerTimeout))
	}
	if !leaseTableName.MatchString(o.LeaseTable) {
		errs = append(errs, fmt.Errorf("session: SyncOptions.LeaseTable %q is not the name of a table",
			o.LeaseTable))
	}
	return errors.Join(append(errs, validateTx(&o.Tx))...)
}

// syncKey marks contexts of code that runs inside RunSync.
type syncKey struct{ engine *Engine }

// RunSync runs fn, which changes the schema, in step: on one connection, one
// statement after the other, while no other RunSync of that name runs on this
// database, in this process or in another.
//
// The lock is the database's own and is held by the very connection that fn
// works on, so that it fences itself: when the connection is lost, nothing more
// is run, and nobody else gets the lock while its last statement still runs.
// On Postgres it is an advisory lock, on MySQL and MariaDB GET_LOCK, on SQLite
// a lock on a file beside the database. Behind a pooler that shares connections
// between transactions the lock is the transaction's, and a RunSync without one is
// refused with [ErrUnsupported].
//
// A database that keeps no locks with names has the lock in a row of a table, as a
// lease; see SyncOptions.LeaseTable. It is renewed, on another connection, while fn
// runs and before each of its statements. When it has been taken over nothing more
// is run, no transaction is committed, and the error is [ErrLockLost]. With one
// connection at most it is renewed between statements only, which then must not
// take longer than SyncOptions.PeerTimeout.
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
	if err := o.Validate(); err != nil {
		return err
	}
	fill(&o.LockWait, 15*time.Minute)
	fill(&o.PeerTimeout, time.Minute)
	if ctx.Value(syncKey{e}) != nil {
		return refuse(ErrWouldDeadlock, "RunSync %q runs inside another one", name)
	}
	ctx = context.WithValue(ctx, syncKey{e}, true)
	p := &pinned{engine: e, opts: &o, since: time.Now(),
		lock: drivers.Lock{Name: name, Peer: o.PeerTimeout}}
	my, err := e.takeTurn(ctx, p)
	if err != nil {
		return err
	}
	defer e.turns.done(name, my)
	return e.runPinned(ctx, p, fn)
}

// takeTurn waits for others in this process.
func (e *Engine) takeTurn(ctx context.Context, p *pinned) (*turn, error) {
	var limit <-chan time.Time
	if p.opts.LockWait > 0 {
		timer := time.NewTimer(p.opts.LockWait)
		defer timer.Stop()
		limit = timer.C
	}
	my, err := e.turns.take(ctx, p.lock.Name, here(1), limit)
	var late *LockTimeoutError
	switch {
	case err == nil:
		return my, nil
	case errors.As(err, &late):
		late.Name, late.Waited = p.lock.Name, time.Since(p.since)
		return nil, late
	}
	return nil, e.wrap("wait for another RunSync", "", err)
}

// runPinned runs fn on a connection with the lock.
func (e *Engine) runPinned(ctx context.Context, p *pinned, fn func(context.Context, *SyncConn) error) error {
	s := e.Session(p.opts.Tx)
	defer s.Close()
	ctx = s.Context(ctx)
	if err := e.pin(ctx, s, p); err != nil {
		return err
	}
	defer p.end()
	defer s.Close()
	s.home = p.lease
	c := &SyncConn{session: s, name: p.lock.Name, pinned: p}
	var err error
	if p.opts.NoTransaction || !e.desc.Capabilities.TransactionalDDL {
		err = c.plain(ctx, fn)
	} else {
		err = c.inTx(ctx, fn)
	}
	return p.verdict(err)
}

// verdict is the error of a RunSync that may have lost its lock.
func (p *pinned) verdict(err error) error {
	if p.claim != nil {
		err = p.claim.verdict(err)
	}
	if err != nil && !errors.Is(err, ErrLockLost) && p.lease.conn.State() == drivers.TxLost {
		err = &failure{is: ErrLockLost, cause: err}
	}
	return err
}

// inTx runs fn in one transaction.
func (c *SyncConn) inTx(ctx context.Context, fn func(context.Context, *SyncConn) error) error {
	if c.pinned.lock.InTx {
		if err := c.lockTx(ctx); err != nil {
			return err
		}
	}
	if err := fn(ctx, c); err != nil {
		return err
	}
	return c.session.Commit(ctx)
}

// lockTx takes the lock that belongs to the transaction. While it is not to be
// had there is no transaction either: an open one would be in the way of others.
func (c *SyncConn) lockTx(ctx context.Context) error {
	s, p := c.session, c.pinned
	return p.explain(p.wait(ctx, func() (bool, error) {
		if _, err := s.begun(); err != nil {
			return false, err
		}
		if _, err := s.send(ctx); err != nil {
			return false, err
		}
		taken, err := locker(p.lease.conn).TryLock(ctx, p.lock)
		if !taken {
			err = errors.Join(err, s.Rollback(ctx))
		}
		return taken, err
	}))
}

// plain runs fn without a transaction.
func (c *SyncConn) plain(ctx context.Context, fn func(context.Context, *SyncConn) error) error {
	c.session.alone()
	err := fn(ctx, c)
	if err == nil {
		err = c.session.endPlain()
	}
	if err != nil {
		return &PartialError{Name: c.name, Applied: c.applied, Failed: c.failed, Err: err}
	}
	return nil
}

// alone makes each statement of s stand alone.
func (s *Session) alone() {
	s.unit = newUnit(TxOptions{})
	s.unit.truncate(0) // no BEGIN
	s.unit.autocommit = true
}

// endPlain ends what ran without a transaction, as Commit ends one.
func (s *Session) endPlain() error {
	u := s.unit
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
