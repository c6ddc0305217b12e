package migratecli

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/progress"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
)

// The two things that can be done with migrations: say what would be done, and do
// it.
type (
	planFunc func(*migrate.Migrator) (*migrate.Plan, error)
	runFunc  func(*migrate.Migrator) (*migrate.Result, error)
)

func (c *call) up() *cli.Command {
	var d distance
	return c.leaf(leaf{name: "up", help: "apply what is pending",
		flags: d.flags("the last version to apply", "how many migrations to apply; 0: all"),
		do:    func(ctx context.Context, _ []string) error { return c.runUp(ctx, &d) }})
}

func (c *call) runUp(ctx context.Context, d *distance) error {
	o := migrate.UpOptions{Source: c.opts.source, To: d.to, Steps: d.steps}
	return c.carryOut(ctx, d,
		func(m *migrate.Migrator) (*migrate.Plan, error) { return m.Plan(ctx, o) },
		func(m *migrate.Migrator) (*migrate.Result, error) { return m.Up(ctx, o) })
}

func (c *call) down() *cli.Command {
	d := distance{oneOf: true}
	return c.leaf(leaf{name: "down", help: "undo what was applied last",
		flags: d.flags("the version to go back to, which stays; 0: undo everything",
			"how many migrations to undo; 0: one"),
		do: func(ctx context.Context, _ []string) error { return c.runDown(ctx, &d) }})
}

func (c *call) runDown(ctx context.Context, d *distance) error {
	o := migrate.DownOptions{Source: c.opts.source, To: d.to, Steps: d.steps}
	return c.carryOut(ctx, d,
		func(m *migrate.Migrator) (*migrate.Plan, error) { return m.PlanDown(ctx, o) },
		func(m *migrate.Migrator) (*migrate.Result, error) { return m.Down(ctx, o) })
}

func (c *call) redo() *cli.Command {
	var d distance
	return c.leaf(leaf{name: "redo", help: "undo what was applied last, and apply it again",
		flags: d.flags("", "how many migrations; 0: one")[1:],
		do:    func(ctx context.Context, _ []string) error { return c.runRedo(ctx, &d) }})
}

func (c *call) runRedo(ctx context.Context, d *distance) error {
	o := migrate.DownOptions{Source: c.opts.source, Steps: d.steps}
	return c.carryOut(ctx, d,
		func(m *migrate.Migrator) (*migrate.Plan, error) { return m.PlanRedo(ctx, o) },
		func(m *migrate.Migrator) (*migrate.Result, error) { return m.Redo(ctx, o) })
}

func (c *call) gotoVersion() *cli.Command {
	var d distance
	return c.leaf(leaf{name: "goto", help: "go up or down to a version", args: "VERSION", min: 1, max: 1,
		flags: []cli.Flag{d.dryRun()},
		do:    func(ctx context.Context, args []string) error { return c.runGoto(ctx, &d, args[0]) }})
}

func (c *call) runGoto(ctx context.Context, d *distance, version string) error {
	src := c.opts.source
	return c.carryOut(ctx, d,
		func(m *migrate.Migrator) (*migrate.Plan, error) { return m.PlanGoto(ctx, version, src) },
		func(m *migrate.Migrator) (*migrate.Result, error) { return m.Goto(ctx, version, src) })
}

// distance says how far up or down a run goes.
type distance struct {
	to    string
	steps int
	dry   bool
	oneOf bool // of to and steps one is given at most
}

func (d *distance) flags(to, steps string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "to", Destination: &d.to, Usage: to},
		&cli.IntFlag{Name: "steps", Destination: &d.steps, Usage: steps, Aliases: []string{"n"}},
		d.dryRun(),
	}
}

func (d *distance) dryRun() cli.Flag {
	return yes("dry-run", &d.dry, "show the statements that would run, and run none")
}

// check refuses what contradicts itself.
func (d *distance) check() error {
	switch {
	case d.steps < 0:
		return usage(errors.New("--steps must not be negative"))
	case d.oneOf && d.to != "" && d.steps != 0:
		return usage(errors.New("--to and --steps exclude each other"))
	}
	return nil
}

// carryOut runs migrations, or shows what would be run.
func (c *call) carryOut(ctx context.Context, d *distance, plan planFunc, run runFunc) error {
	if err := d.check(); err != nil {
		return err
	}
	if d.dry {
		return c.showPlan(ctx, plan)
	}
	return c.change(ctx, run)
}

// change runs migrations and shows how that gets on.
func (c *call) change(ctx context.Context, run runFunc) error {
	r := c.reporter()
	m, err := c.migrator(ctx, r)
	if err == nil {
		err = c.keep(run(m))
	}
	r.Close()
	if err == nil && c.talks() {
		c.summary()
	}
	return err
}

// keep keeps the result of a run, in JSON with an empty list rather than with null.
func (c *call) keep(result *migrate.Result, err error) error {
	if result.Applied == nil {
		result.Applied = []migrate.Applied{}
	}
	c.result, c.data = result, result
	return err
}

// reporter shows the progress of a run as far as somebody wants to see it.
func (c *call) reporter() *progress.Reporter {
	lines, bar := c.out, c.err
	if c.opts.json {
		lines = nil
	}
	if c.opts.quiet {
		lines, bar = nil, nil
	}
	return progress.New(lines, bar, c.opts.verbose)
}

// summary is the last line of a run that succeeded.
func (c *call) summary() {
	switch n := int64(len(c.result.Applied)); n {
	case 0:
		fmt.Fprintln(c.out.W, "nothing to do")
	case 1: // its line has said it
	default:
		fmt.Fprintf(c.out.W, "%s done\n", term.Plural(n, "migration"))
	}
}
