package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// applyAlone runs a step whose statements take effect one by one. The journal
// says how far it came, so that the next run goes on there.
func (r *run) applyAlone(ctx context.Context, s *Step) error {
	if r.conn.InTransaction() {
		return r.failure(s, fmt.Errorf("it %w, and there is no lock without one here: %w", ErrInTransaction, r.pooled))
	}
	rec, err := r.beginRecord(ctx, s)
	if err != nil {
		return err
	}
	a := &alone{run: r, step: s}
	if err := a.openJournal(ctx, rec); err != nil {
		return err
	}
	err = a.runAll(ctx)
	return r.endRecord(ctx, s, rec, a, err)
}

func (a *alone) openJournal(ctx context.Context, rec *Record) error {
	return a.apart(ctx, func(ctx context.Context, q session.Querier) (err error) {
		a.journal, err = a.store.openJournal(ctx, q, rec.Seq)
		return err
	})
}

// beginRecord writes that the step runs.
func (r *run) beginRecord(ctx context.Context, s *Step) (*Record, error) {
	rec := r.record(s)
	rec.Outcome = Running
	write := r.store.insert
	if s.open != nil {
		rec.Seq, rec.StatementsDone = s.open.Seq, s.open.StatementsDone
		write = r.store.update
	}
	sql, args := write(rec)
	if err := r.note(ctx, sql, args...); err != nil {
		return nil, fmt.Errorf("migrate: write the history: %w", err)
	}
	r.state.add(rec)
	return rec, nil
}

// endRecord writes what has become of the step.
func (r *run) endRecord(ctx context.Context, s *Step, rec *Record, a *alone, err error) error {
	if err != nil {
		failed := r.asFailure(s, err)
		failed.Done = a.journal.done()
		err = failed
		rec.end(Failed, failed.Done, err)
	} else {
		rec.end(Done, s.Count, nil)
	}
	if werr := r.putAfterwards(ctx, rec); err == nil && werr != nil {
		return r.failure(s, fmt.Errorf("write the history: %w", werr))
	}
	r.state.add(rec)
	return err
}

// noteTime limits the writing of what has become of a migration, whose own context
// may have ended.
const noteTime = 10 * time.Second

func (r *run) putAfterwards(ctx context.Context, rec *Record) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()
	sql, args := r.store.update(rec)
	return r.note(ctx, sql, args...)
}

// alone is the run of one step outside a transaction.
type alone struct {
	*run
	step    *Step
	journal *journal
}

func (a *alone) runAll(ctx context.Context) error {
	if a.step.Go {
		return a.apart(ctx, func(ctx context.Context, q session.Querier) error { return a.call(ctx, a.step, q) })
	}
	if err := a.check(); err != nil {
		return err
	}
	limit, err := a.limitLocks(ctx)
	if err != nil {
		return err
	}
	defer limit(context.WithoutCancel(ctx))
	return a.conn.Apart(ctx, func(ctx context.Context, c *session.SyncConn) error { return a.statements(ctx, c) })
}

// check compares the statements that took effect in an earlier run with those
// that the file has now.
func (a *alone) check() error {
	if len(a.journal.entries) == 0 {
		return nil
	}
	n := 0
	for st, err := range a.step.Statements() {
		if err == nil {
			err = a.unchanged(&st)
		}
		if err != nil {
			return a.asFailure(a.step, err)
		}
		n++
	}
	return a.stillThere(n)
}

// unchanged fails if a statement took effect with another text.
func (a *alone) unchanged(st *sqlsplit.Statement) error {
	e := a.journal.entries[st.Number]
	if e == nil || e.State != finished || e.Checksum == st.Checksum() {
		return nil
	}
	return a.statementFailure(a.step, st, fmt.Errorf("it was changed after it took effect, as: %s; "+
		"put it back, or resolve the migration by hand", e.Statement))
}

// stillThere fails if a statement took effect that the file, which has n, has no
// more.
func (a *alone) stillThere(n int) error {
	for number, e := range a.journal.entries {
		if number > n && e.State == finished {
			return a.failure(a.step, fmt.Errorf("statement %d took effect and is no longer there: %s",
				number, e.Statement))
		}
	}
	return nil
}

// statements runs what has not been done yet.
func (a *alone) statements(ctx context.Context, c *session.SyncConn) error {
	for st, err := range a.step.Statements() {
		if err != nil {
			return a.failure(a.step, err)
		}
		if err := ctx.Err(); err != nil {
			return a.statementFailure(a.step, &st, fmt.Errorf("not sent: %w", err))
		}
		if err := a.next(ctx, c, &st); err != nil {
			return err
		}
	}
	return nil
}

// next runs one statement, unless it was done in an earlier run.
func (a *alone) next(ctx context.Context, c *session.SyncConn, st *sqlsplit.Statement) error {
	setting := changes(st)
	if setting {
		if err := a.remember(ctx); err != nil {
			return err
		}
	}
	if !setting {
		if happened, err := a.happened(ctx, st); happened || err != nil {
			return err
		}
	}
	return a.perform(ctx, c, st, setting)
}

// happened reports whether a statement took effect in an earlier run.
func (a *alone) happened(ctx context.Context, st *sqlsplit.Statement) (bool, error) {
	e := a.journal.entries[st.Number]
	if e != nil && e.State == intended {
		return a.settle(ctx, st)
	}
	return e != nil && e.State == finished, nil
}

// perform runs a statement and keeps the journal. What sets something on the
// connection is done again by each run, since each has a connection of its own.
func (a *alone) perform(ctx context.Context, c *session.SyncConn, st *sqlsplit.Statement, setting bool) error {
	switch {
	case c.OpenByHand() || st.Control() == sqlsplit.Begins:
		return a.byHand(ctx, c, st)
	case a.atomic(st, setting):
		return a.retrying(ctx, a.step, func() error { return a.together(ctx, st) })
	}
	if err := a.write(ctx, st, intended); err != nil {
		return err
	}
	err := a.tries(ctx, st)
	switch {
	case err == nil:
		return a.write(context.WithoutCancel(ctx), st, finished)
	case certain(err):
		if werr := a.write(context.WithoutCancel(ctx), st, refused); werr != nil {
			return fmt.Errorf("%w; and the journal could not be written: %w", err, werr)
		}
	}
	return err
}

// tries runs a statement by itself, until it gets the locks that it needs.
func (a *alone) tries(ctx context.Context, st *sqlsplit.Statement) error {
	again := false
	return a.retrying(ctx, a.step, func() error {
		if again {
			if err := a.dropInvalid(ctx, st); err != nil {
				return err
			}
		}
		again = true
		return a.conn.Apart(ctx, func(ctx context.Context, c *session.SyncConn) error {
			return a.statement(ctx, c, a.step, st)
		})
	})
}

// byHand runs a statement of a transaction that the script itself begins and
// ends. The journal is written in it, and goes with it: what is written of COMMIT
// before it can be read only if it has happened.
func (a *alone) byHand(ctx context.Context, c *session.SyncConn, st *sqlsplit.Statement) error {
	if err := a.journal.mark(ctx, c, st, intended); err != nil {
		return err
	}
	if err := a.statement(ctx, c, a.step, st); err != nil {
		return err
	}
	return a.journal.mark(ctx, c, st, finished)
}

// atomic reports whether a statement can run in a transaction together with what
// the journal says of it.
func (a *alone) atomic(st *sqlsplit.Statement, setting bool) bool {
	return a.m.engine.Describe().Capabilities.TransactionalDDL && !setting && !st.OutsideTransaction() &&
		st.Control() == sqlsplit.NoControl && st.Words(1) != nil && a.m.dialect != sqlsplit.Generic
}

// settle finds out whether a statement happened that was intended in an earlier
// run, where that can be known.
func (a *alone) settle(ctx context.Context, st *sqlsplit.Statement) (happened bool, err error) {
	switch st.Control() {
	case sqlsplit.Begins, sqlsplit.RollsBack:
		return false, nil // nothing has come of it
	case sqlsplit.Commits:
		return true, a.write(ctx, st, finished) // it committed the journal with it
	}
	if _, _, ok := st.ConcurrentIndex(); ok {
		return a.settleIndex(ctx, st)
	}
	e := a.journal.entries[st.Number]
	return false, a.statementFailure(a.step, st, &AmbiguousError{Statement: st.Number, Statements: a.step.Count,
		SQL: e.Statement})
}

// certain reports whether the statement failed on the server, which answered.
func certain(err error) bool {
	var db *session.Error
	return errors.As(err, &db) && db.Code != "" && db.Kind != session.KindConnLost
}

func (a *alone) write(ctx context.Context, st *sqlsplit.Statement, what string) error {
	return a.fenced(ctx, func(ctx context.Context, q session.Querier) error {
		return a.journal.mark(ctx, q, st, what)
	})
}

// together runs a statement and marks it as done in one transaction, so that
// nothing can come between the two.
func (a *alone) together(ctx context.Context, st *sqlsplit.Statement) error {
	before := a.journal.entries[st.Number]
	err := a.inTx(ctx, func(ctx context.Context, t tx) error {
		if err := a.announce(t, a.step, st.Number); err != nil {
			return err
		}
		if err := a.statement(ctx, t, a.step, st); err != nil {
			return err
		}
		return a.journal.mark(ctx, t, st, finished)
	})
	if err != nil {
		delete(a.journal.entries, st.Number)
		if before != nil {
			a.journal.entries[st.Number] = before
		}
	}
	return err
}
