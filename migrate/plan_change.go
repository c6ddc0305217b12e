package migrate

import "context"

// seriesPlanner makes the plan of a run on a source.
type seriesPlanner func(s *series, st *state) ([]Step, []Problem, error)

// PlanDown tells what [Migrator.Down] would do now; see [Migrator.Plan].
func (m *Migrator) PlanDown(ctx context.Context, opts ...DownOptions) (*Plan, error) {
	o, plan, err := m.downPlan(opts)
	if err != nil {
		return m.newPlan(), err
	}
	return m.planChange(ctx, o.Source, plan)
}

// PlanRedo tells what [Migrator.Redo] would do now; see [Migrator.Plan].
func (m *Migrator) PlanRedo(ctx context.Context, opts ...DownOptions) (*Plan, error) {
	o, plan, err := m.redoPlan(opts)
	if err != nil {
		return m.newPlan(), err
	}
	return m.planChange(ctx, o.Source, plan)
}

// PlanGoto tells what [Migrator.Goto] would do now; see [Migrator.Plan].
func (m *Migrator) PlanGoto(ctx context.Context, version, sourceName string) (*Plan, error) {
	plan, err := m.gotoPlan(version)
	if err != nil {
		return m.newPlan(), err
	}
	return m.planChange(ctx, sourceName, plan)
}

// newPlan is a plan without steps.
func (m *Migrator) newPlan() *Plan {
	desc := m.engine.Describe()
	return &Plan{Database: desc.Address, transactions: desc.Capabilities.TransactionalDDL, dialect: m.dialect}
}

// planChange makes the plan of a run on one source.
func (m *Migrator) planChange(ctx context.Context, name string, plan seriesPlanner) (*Plan, error) {
	p := m.newPlan()
	s, err := m.one(name)
	if err != nil {
		return p, err
	}
	return p, m.addPlan(ctx, s, p, plan)
}
