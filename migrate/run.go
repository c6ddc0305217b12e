package migrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session"
)

// run is the work on one source under its lock.
type run struct {
	m      *Migrator
	series *series
	conn   *session.SyncConn
	store  *store
	state  *state
	result *Result
	usual  usual   // how the connection was before
	ending *ending // the statement that travels with COMMIT, if there is one
	single bool    // only one step is applied
	pooled error   // why there is no lock without a transaction
}

// planner makes the plan of a run from what the history says.
type planner func(st *state) ([]Step, []Problem, error)

// Up applies what is pending. When nothing is, it takes no lock and one round
// trip for each source. The result tells what was done, with an error too.
//
// Any number of processes may call Up at the same time: one of them applies the
// migrations, and the others wait and find them applied.
func (m *Migrator) Up(ctx context.Context, opts ...UpOptions) (*Result, error) {
	o, result := given(opts), &Result{}
	list, err := m.chosen(o.Source)
	if err != nil {
		return result, err
	}
	for i, s := range list {
		plan := func(st *state) ([]Step, []Problem, error) {
			return m.planUp(s, st, o.less(len(result.Applied)))
		}
		if err := m.upOne(ctx, s, plan, result); err != nil {
			m.giveUp(ctx, list[i+1:], o, result)
			return result, err
		}
	}
	return result, nil
}

// chosen are the sources of that name, or all.
func (m *Migrator) chosen(name string) ([]*series, error) {
	if name == "" {
		return m.series, nil
	}
	s, err := m.one(name)
	return []*series{s}, err
}

// giveUp lists what was pending in the sources that were not reached.
func (m *Migrator) giveUp(ctx context.Context, list []*series, o UpOptions, result *Result) {
	for _, s := range list {
		if st, err := m.read(ctx, s); err == nil {
			steps, _, _ := m.planUp(s, st, o) // what is wrong with them is told when they are tried
			result.NotTried = append(result.NotTried, steps...)
		}
	}
}

// upOne looks first and takes the lock only if there is something to do. What
// looks wrong is looked at again under the lock.
func (m *Migrator) upOne(ctx context.Context, s *series, plan planner, result *Result) error {
	st, err := m.read(ctx, s)
	if err != nil {
		return err
	}
	steps, problems, err := plan(st)
	if err == nil && len(steps) == 0 {
		m.warn(s, problems, result)
		return nil
	}
	return m.locked(ctx, s, plan, result)
}

// read reads the history without a lock, in one round trip.
func (m *Migrator) read(ctx context.Context, s *series) (*state, error) {
	sess := m.engine.Session(session.TxOptions{ReadOnly: m.engine.Describe().Capabilities.SingleWriter})
	defer sess.Close()
	return m.unqualified(s).load(ctx, sess)
}

// locked makes the plan anew under the lock and carries it out.
func (m *Migrator) locked(ctx context.Context, s *series, plan planner, result *Result) error {
	return m.underLock(ctx, s, result, func(ctx context.Context, r *run) error { return r.carryOut(ctx, plan) })
}

// underLock runs fn with the lock of a source.
func (m *Migrator) underLock(ctx context.Context, s *series, result *Result,
	fn func(ctx context.Context, r *run) error) error {
	m.emit(Event{Kind: LockWaiting, Source: s.name})
	var own error
	err := m.engine.RunSync(ctx, m.lockName(s), func(ctx context.Context, c *session.SyncConn) error {
		r := &run{m: m, series: s, conn: c, result: result}
		own = r.within(ctx, fn)
		return own
	}, m.syncOptions())
	if own == nil && errors.Is(err, drivers.ErrNotKept) {
		return m.stepByStep(ctx, s, result, fn, err)
	}
	return reason(own, err)
}

// reason is why a run failed: its own error, and not the list of statements that
// RunSync makes of it, which the history has. A lost lock is told with it.
func reason(own, err error) error {
	switch {
	case own == nil:
		return err
	case errors.Is(err, session.ErrLockLost) && !errors.Is(own, session.ErrLockLost):
		return fmt.Errorf("%w: %w", session.ErrLockLost, own)
	}
	return own
}

func (m *Migrator) syncOptions() session.SyncOptions {
	return session.SyncOptions{NoTransaction: true, LockWait: m.opts.LockWait,
		PeerTimeout: m.opts.PeerTimeout, LeaseTable: m.opts.LeaseTable}
}

// within prepares the connection, runs fn and leaves the connection as it was.
func (r *run) within(ctx context.Context, fn func(context.Context, *run) error) (err error) {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	defer func() {
		if rerr := r.restore(context.WithoutCancel(ctx), true); err == nil {
			err = rerr
		}
	}()
	return fn(ctx, r)
}

// carryOut makes the plan and applies it, step by step.
func (r *run) carryOut(ctx context.Context, plan planner) error {
	steps, err := r.plan(plan)
	if err != nil {
		return err
	}
	r.m.emit(Event{Kind: LockTaken, Source: r.series.name, Of: len(steps)})
	if len(steps) == 0 {
		return nil
	}
	if err := r.ensure(ctx); err != nil {
		return err
	}
	if r.single {
		return r.applyNext(ctx, steps)
	}
	for i := range steps {
		if err := r.applyNext(ctx, steps[i:]); err != nil {
			return err
		}
	}
	return nil
}

// applyNext applies the first of the steps that are left.
func (r *run) applyNext(ctx context.Context, steps []Step) error {
	if err := ctx.Err(); err != nil { // between two migrations is a clean end
		r.result.NotTried = append(r.result.NotTried, steps...)
		return fmt.Errorf("migrate: stopped before %s: %w", &steps[0], err)
	}
	err := r.apply(ctx, &steps[0])
	if err != nil {
		r.result.Failed = &steps[0]
		r.result.NotTried = append(r.result.NotTried, steps[1:]...)
	}
	return err
}

// plan makes the plan and checks all of it before anything is done.
func (r *run) plan(plan planner) ([]Step, error) {
	steps, problems, err := plan(r.state)
	if err != nil {
		return nil, err
	}
	r.m.warn(r.series, problems, r.result)
	if err := r.m.examine(steps); err != nil {
		r.result.NotTried = append(r.result.NotTried, steps...)
		return nil, err
	}
	return steps, nil
}
