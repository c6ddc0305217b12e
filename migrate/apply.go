package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// apply runs one step and writes it into the history.
func (r *run) apply(ctx context.Context, s *Step) error {
	r.m.emit(Event{Kind: StepBegins, Source: s.Source, Step: s, Of: s.Count})
	if s.Count == 0 && !s.Go {
		r.m.warn(r.series, []Problem{{Kind: Empty, Source: s.Source, Version: s.Version, Name: s.Name,
			Message: s.File + " has no statement"}}, r.result)
	}
	began := time.Now()
	err := r.perform(ctx, s)
	took := time.Since(began)
	r.m.emit(Event{Kind: StepEnds, Source: s.Source, Step: s, Of: s.Count, Elapsed: took, Err: err})
	if err == nil {
		r.result.Applied = append(r.result.Applied, Applied{Step: *s, Duration: took})
	}
	return err
}

// perform runs a step and leaves the connection's settings as they were.
func (r *run) perform(ctx context.Context, s *Step) error {
	apply := r.applyAlone
	if s.Transaction {
		apply = r.applyInTx
	}
	err := apply(ctx, s)
	return cmp.Or(err, r.restore(context.WithoutCancel(ctx), false))
}

// record begins a record of the step.
func (r *run) record(s *Step) *Record {
	return &Record{Source: s.Source, Seq: r.state.seq + 1, Version: s.Version, Name: s.Name, Kind: s.Kind,
		Checksum: s.checksum, Started: time.Now(), AppliedBy: r.m.opts.AppliedBy, Statements: s.Count}
}

// end completes a record.
func (r *Record) end(outcome Outcome, done int, err error) {
	r.Finished = time.Now()
	r.Duration = r.Finished.Sub(r.Started)
	r.Outcome, r.StatementsDone = outcome, done
	r.Error = ""
	if err != nil {
		r.Error = err.Error()
	}
}

// applyInTx runs the step in one transaction, its record included: what is in the
// history has happened, and the other way round.
func (r *run) applyInTx(ctx context.Context, s *Step) error {
	var rec *Record
	err := r.retrying(ctx, s, func() error {
		rec = r.record(s)
		return r.attempt(ctx, s, rec)
	})
	if err != nil {
		return r.rolledBack(ctx, s, rec, err)
	}
	r.state.add(rec)
	return nil
}

// rolledBack is the error of a step that left nothing, as far as that is known.
func (r *run) rolledBack(ctx context.Context, s *Step, rec *Record, err error) error {
	failed := r.asFailure(s, err)
	failed.RolledBack = !errors.Is(err, session.ErrCommitUnknown)
	if failed.RolledBack {
		rec.end(RolledBack, 0, failed)
		r.noteFailure(ctx, rec)
	}
	return failed
}

// attempt is one try.
func (r *run) attempt(ctx context.Context, s *Step, rec *Record) error {
	rebuild, err := r.beginRebuild(ctx, s)
	if err != nil {
		return err
	}
	defer rebuild.end(context.WithoutCancel(ctx))
	r.ending = nil
	err = r.inTx(ctx, func(ctx context.Context, t tx) error {
		if err := r.runScript(ctx, t, s, rebuild); err != nil {
			return err
		}
		if err := rebuild.check(ctx, t); err != nil {
			return err
		}
		return r.queueRecord(t, s, rec)
	})
	return r.ending.arrive(err)
}

// queueRecord has the record travel with COMMIT.
func (r *run) queueRecord(t tx, s *Step, rec *Record) error {
	rec.end(Done, s.Count, nil)
	insert := r.store.insert
	if r.ending != nil {
		insert = r.store.insertByServer
	}
	sql, args := insert(rec)
	return t.Queue(sql, args...)
}

// tx is the transaction that a step runs in.
type tx interface {
	session.Querier
	textRunner
	Queue(sql string, args ...any) error
	QueueText(sql string, res *session.Result) error
}

// inTx runs fn in a transaction: one of its own, or the one that is open.
func (r *run) inTx(ctx context.Context, fn func(ctx context.Context, t tx) error) error {
	if r.conn.InTransaction() {
		return fn(ctx, r.conn)
	}
	return r.conn.Do(ctx, func(ctx context.Context, s *session.Session) error { return fn(ctx, s) },
		session.TxOptions{LockTimeout: r.lockTimeout()})
}

// lockTimeout is what each statement of a transaction may wait for a lock.
func (r *run) lockTimeout() time.Duration {
	if !r.m.engine.Describe().Capabilities.LockTimeout {
		return 0
	}
	return r.m.opts.LockTimeout
}

// runScript runs the statements of a step, or its function.
func (r *run) runScript(ctx context.Context, t tx, s *Step, rebuild *rebuild) error {
	if s.Go {
		return r.call(ctx, s, t)
	}
	for st, err := range s.Statements() {
		if err == nil && !rebuild.skips(&st) {
			err = r.inStep(ctx, t, s, &st)
		}
		if err != nil {
			return r.asFailure(s, err)
		}
	}
	return nil
}

// inStep runs one statement of a step's transaction.
func (r *run) inStep(ctx context.Context, t tx, s *Step, st *sqlsplit.Statement) error {
	r.usual.changed = r.usual.changed || changes(st)
	if err := r.announce(t, s, st.Number); err != nil {
		return err
	}
	if r.isLast(s, st) {
		return r.queueLast(t, s, st)
	}
	return r.statement(ctx, t, s, st)
}

// noteFailure writes that a step failed and left nothing. If it cannot be
// written, nothing is lost but that note.
func (r *run) noteFailure(ctx context.Context, rec *Record) {
	if r.conn.InTransaction() {
		return // there is no other transaction to write it in
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()
	sql, args := r.store.insert(rec)
	if err := r.note(ctx, sql, args...); err == nil {
		r.state.add(rec)
	}
}

// retrying runs try again, with pauses, as long as a lock on a table was not to be
// had in time.
func (r *run) retrying(ctx context.Context, s *Step, try func() error) error {
	pause := r.m.opts.RetryPause
	for n := 1; ; n++ {
		err := try()
		if session.KindOf(err) != session.KindLockTimeout || n > r.m.opts.LockRetries || ctx.Err() != nil {
			return err
		}
		wait := pause/2 + rand.N(pause/2+1)
		r.m.emit(Event{Kind: Retrying, Source: s.Source, Step: s, Number: n, Elapsed: wait, Err: err})
		if end := sleep(ctx, wait); end != nil {
			return fmt.Errorf("%w; then: %w", err, end)
		}
		pause = min(2*pause, time.Minute)
	}
}

// sleep waits, or returns the context's error when that ends before.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
