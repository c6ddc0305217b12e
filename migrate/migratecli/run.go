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

// distance says how far up or down a run goes.
type distance struct {
	to    string
	steps int
	dry   bool
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
	if d.steps < 0 {
		return usage(errors.New("--steps must not be negative"))
	}
	return nil
}

func (c *call) up() *cli.Command {
	var d distance
	return c.leaf(leaf{name: "up", help: "apply what is pending",
		flags: d.flags("the last version to apply", "how many migrations to apply; 0: all"),
		do: func(ctx context.Context, _ []string) error {
			o := migrate.UpOptions{Source: c.opts.source, To: d.to, Steps: d.steps}
			if err := d.check(); err != nil {
				return err
			}
			if d.dry {
				return c.showPlan(ctx, func(m *migrate.Migrator) (*migrate.Plan, error) { return m.Plan(ctx, o) })
			}
			return c.change(ctx, func(m *migrate.Migrator) (*migrate.Result, error) { return m.Up(ctx, o) })
		}})
}

func (c *call) down() *cli.Command {
	var d distance
	return c.leaf(leaf{name: "down", help: "undo what was applied last",
		flags: d.flags("the version to go back to, which stays; 0: undo everything",
			"how many migrations to undo; 0: one"),
		do: func(ctx context.Context, _ []string) error {
			if err := d.check(); err != nil {
				return err
			}
			if d.to != "" && d.steps != 0 {
				return usage(errors.New("--to and --steps exclude each other"))
			}
			o := migrate.DownOptions{Source: c.opts.source, To: d.to, Steps: d.steps}
			if d.dry {
				return c.showPlan(ctx, func(m *migrate.Migrator) (*migrate.Plan, error) { return m.PlanDown(ctx, o) })
			}
			return c.change(ctx, func(m *migrate.Migrator) (*migrate.Result, error) { return m.Down(ctx, o) })
		}})
}

func (c *call) redo() *cli.Command {
	var d distance
	return c.leaf(leaf{name: "redo", help: "undo what was applied last, and apply it again",
		flags: d.flags("", "how many migrations; 0: one")[1:],
		do: func(ctx context.Context, _ []string) error {
			if err := d.check(); err != nil {
				return err
			}
			o := migrate.DownOptions{Source: c.opts.source, Steps: d.steps}
			if d.dry {
				return c.showPlan(ctx, func(m *migrate.Migrator) (*migrate.Plan, error) { return m.PlanRedo(ctx, o) })
			}
			return c.change(ctx, func(m *migrate.Migrator) (*migrate.Result, error) { return m.Redo(ctx, o) })
		}})
}

func (c *call) gotoVersion() *cli.Command {
	var d distance
	return c.leaf(leaf{name: "goto", help: "go up or down to a version", args: "VERSION", min: 1, max: 1,
		flags: []cli.Flag{d.dryRun()},
		do: func(ctx context.Context, args []string) error {
			if d.dry {
				return c.showPlan(ctx, func(m *migrate.Migrator) (*migrate.Plan, error) {
					return m.PlanGoto(ctx, args[0], c.opts.source)
				})
			}
			return c.change(ctx, func(m *migrate.Migrator) (*migrate.Result, error) {
				return m.Goto(ctx, args[0], c.opts.source)
			})
		}})
}

// change runs migrations and shows how that gets on.
func (c *call) change(ctx context.Context, run func(*migrate.Migrator) (*migrate.Result, error)) error {
	r := c.reporter()
	m, err := c.migrator(ctx, r)
	if err == nil {
		c.result, err = run(m)
		if c.result.Applied == nil {
			c.result.Applied = []migrate.Applied{} // an empty list in JSON, not null
		}
		c.data = c.result
	}
	r.Close()
	if err == nil && c.talks() {
		c.summary()
	}
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
	n := int64(len(c.result.Applied))
	switch {
	case n == 0:
		fmt.Fprintln(c.out.W, "nothing to do")
	case n > 1:
		fmt.Fprintf(c.out.W, "%s done\n", term.Plural(n, "migration"))
	}
}
