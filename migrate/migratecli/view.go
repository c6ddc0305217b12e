package migratecli

import (
	"cmp"
	"context"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/report"
)

func (c *call) status() *cli.Command {
	var exitCode bool
	return c.leaf(leaf{name: "status", help: "show which migrations were applied, run or are pending",
		flags: []cli.Flag{pendingCode(&exitCode)},
		do:    func(ctx context.Context, _ []string) error { return c.showStatus(ctx, exitCode) }})
}

func (c *call) showStatus(ctx context.Context, exitCode bool) error {
	return c.withMigrator(ctx, func(m *migrate.Migrator) error {
		st, err := m.Status(ctx)
		if err != nil {
			return err
		}
		c.data = st
		if c.talks() {
			report.Status(c.out, st, time.Now())
		}
		return pendingIf(exitCode && st.Pending > 0)
	})
}

func pendingCode(to *bool) cli.Flag {
	return yes("exit-code", to, "exit with 2 if migrations are pending")
}

func pendingIf(pending bool) error {
	if pending {
		return &coded{code: Pending}
	}
	return nil
}

func (c *call) plan() *cli.Command {
	var d distance
	var exitCode bool
	flags := d.flags("the last version to apply", "how many migrations to apply; 0: all")[:2]
	return c.leaf(leaf{name: "plan",
		help:  "show the statements that up would run, and what is dangerous about them",
		flags: append(flags, pendingCode(&exitCode)),
		do:    func(ctx context.Context, _ []string) error { return c.showUp(ctx, d, exitCode) }})
}

// showUp is a dry run of up.
func (c *call) showUp(ctx context.Context, d distance, exitCode bool) error {
	d.dry = true
	if err := c.runUp(ctx, &d); err != nil {
		return err
	}
	return pendingIf(exitCode && len(c.data.(*planData).Steps) > 0)
}

// showPlan shows what would be done.
func (c *call) showPlan(ctx context.Context, plan planFunc) error {
	return c.withMigrator(ctx, func(m *migrate.Migrator) error {
		p, err := plan(m)
		data, rerr := c.newPlanData(p)
		c.data = data
		if err := cmp.Or(err, rerr); err != nil {
			return err
		}
		return c.writePlan(p, data)
	})
}

// writePlan writes the statements as a script, and apart from it what is to be
// known of them.
func (c *call) writePlan(p *migrate.Plan, data *planData) error {
	if !c.talks() {
		return nil
	}
	err := report.Plan(c.out, p)
	report.Problems(c.err, p.Problems)
	if len(data.Findings) > 0 {
		report.Findings(c.err, data.Findings)
	}
	return err
}
