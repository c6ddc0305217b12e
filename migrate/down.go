package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sqlscope/sqlscope/migrate/source"
)

// DownOptions say how far [Migrator.Down] goes. At most one of To and Steps is
// given.
type DownOptions struct {
	// Source names the source; it may be left out if there is one only.
	Source string
	// To is the version to go back to, which stays; "0" undoes everything.
	To string
	// Steps is how many migrations are undone; default 1.
	Steps int
}

// Down undoes migrations, the last applied first. If there is no way back from one
// of them, it is refused with [ErrNoDown] before any is touched.
func (m *Migrator) Down(ctx context.Context, opts ...DownOptions) (*Result, error) {
	o, plan, err := m.downPlan(opts)
	if err != nil {
		return &Result{}, err
	}
	return m.change(ctx, o.Source, plan)
}

// downPlan is how [Migrator.Down] plans.
func (m *Migrator) downPlan(opts []DownOptions) (DownOptions, seriesPlanner, error) {
	o := given(opts)
	if o.To != "" && o.Steps != 0 || o.Steps < 0 {
		return o, nil, errors.New("migrate: DownOptions needs one of To and Steps, which must be positive")
	}
	to, err := parseTo(o.To)
	return o, func(s *series, st *state) ([]Step, []Problem, error) {
		if to != "" {
			return m.planBack(s, st, above(st, to))
		}
		return m.planBack(s, st, last(st, max(1, o.Steps)))
	}, err
}

// planBack is the plan of a way back.
func (m *Migrator) planBack(s *series, st *state, targets []source.Version) ([]Step, []Problem, error) {
	steps, err := m.back(s, st, targets)
	return steps, nil, err
}

// Redo undoes the migration that was applied last, and applies it again.
func (m *Migrator) Redo(ctx context.Context, opts ...DownOptions) (*Result, error) {
	o, plan, err := m.redoPlan(opts)
	if err != nil {
		return &Result{}, err
	}
	return m.change(ctx, o.Source, plan)
}

// redoPlan is how [Migrator.Redo] plans.
func (m *Migrator) redoPlan(opts []DownOptions) (DownOptions, seriesPlanner, error) {
	o := given(opts)
	if o.To != "" || o.Steps < 0 {
		return o, nil, errors.New("migrate: Redo takes a number of steps and no version")
	}
	return o, func(s *series, st *state) ([]Step, []Problem, error) {
		steps, err := m.backAndForth(s, st, last(st, max(1, o.Steps)))
		return steps, nil, err
	}, nil
}

// backAndForth plans the way back from versions and to them again.
func (m *Migrator) backAndForth(s *series, st *state, targets []source.Version) ([]Step, error) {
	steps, err := m.back(s, st, targets)
	if err != nil {
		return nil, err
	}
	for _, v := range slices.Backward(targets) {
		mg := s.byVersion[v]
		steps = append(steps, m.step(s, st, KindUp, mg, mg.Up))
	}
	return steps, nil
}

// Goto goes up or down to a version. Source may be left out if there is one only.
func (m *Migrator) Goto(ctx context.Context, version, sourceName string) (*Result, error) {
	plan, err := m.gotoPlan(version)
	if err != nil {
		return &Result{}, err
	}
	return m.change(ctx, sourceName, plan)
}

// gotoPlan is how [Migrator.Goto] plans.
func (m *Migrator) gotoPlan(version string) (seriesPlanner, error) {
	to, err := source.ParseVersion(version)
	return func(s *series, st *state) ([]Step, []Problem, error) {
		if to != "0" && s.byVersion[to] == nil {
			return nil, nil, refuse("source %s has no version %s", s.name, to)
		}
		if targets := above(st, to); len(targets) > 0 {
			return m.planBack(s, st, targets)
		}
		return m.planUp(s, st, UpOptions{To: string(to)})
	}, err
}

// change plans and runs on one source.
func (m *Migrator) change(ctx context.Context, name string, plan seriesPlanner) (*Result, error) {
	result := &Result{}
	s, err := m.one(name)
	if err != nil {
		return result, err
	}
	return result, m.upOne(ctx, s, func(st *state) ([]Step, []Problem, error) { return plan(s, st) }, result)
}

// last are the n versions that were applied last, the very last first.
func last(st *state, n int) []source.Version {
	targets := slices.Clone(st.order[max(0, len(st.order)-n):])
	slices.Reverse(targets)
	return targets
}

// above are the versions above to, the last applied first.
func above(st *state, to source.Version) []source.Version {
	var targets []source.Version
	for _, v := range slices.Backward(st.order) {
		if to == "0" || v.Compare(to) > 0 {
			targets = append(targets, v)
		}
	}
	return targets
}

// back plans the way back from versions, or says why there is none.
func (m *Migrator) back(s *series, st *state, targets []source.Version) ([]Step, error) {
	errs := []error{st.halfWayUp()}
	var steps []Step
	for _, v := range targets {
		err := noWayBack(s.byVersion[v], st.applied[v])
		errs = append(errs, err)
		if mg := s.byVersion[v]; err == nil {
			steps = append(steps, m.step(s, st, KindDown, mg, mg.Down))
		}
	}
	return steps, errors.Join(errs...)
}

// halfWayUp says what has to be finished before there is a way back.
func (st *state) halfWayUp() error {
	for _, r := range st.open {
		if r.Kind != KindDown {
			return refuse("version %s (%s) is half done, %d of %d statements; finish it with up first",
				r.Version, r.Name, r.StatementsDone, r.Statements)
		}
	}
	return nil
}

// noWayBack says why there is no way back from a version, if there is none.
func noWayBack(mg *source.Migration, r *Record) error {
	switch {
	case mg == nil:
		return fmt.Errorf("migrate: version %s (%s): %w, since it is not known here", r.Version, r.Name, ErrNoDown)
	case mg.Down == nil:
		return fmt.Errorf("migrate: %s (version %s): %w", mg.Up.File, mg.Version, ErrNoDown)
	}
	return nil
}
