package migratecli

import (
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/report"
	"github.com/sqlscope/sqlscope/migrate/source"
)

// recordsData are lines of the history.
type recordsData struct {
	Records []migrate.Record `json:"records"`
}

func (c *call) history() *cli.Command {
	var last int
	flag := &cli.IntFlag{Name: "last", Aliases: []string{"n"}, Destination: &last,
		Usage: "only so many, the newest; 0: all"}
	return c.leaf(leaf{name: "history", help: "show what was done when, by whom, and how long it took",
		flags: []cli.Flag{flag},
		do:    func(ctx context.Context, _ []string) error { return c.showHistory(ctx, last) }})
}

func (c *call) showHistory(ctx context.Context, last int) error {
	return c.withMigrator(ctx, func(m *migrate.Migrator) error {
		records, err := m.History(ctx)
		records = c.chosen(records, last)
		c.data = &recordsData{records}
		if err == nil && c.talks() {
			report.History(c.out, records, time.Now())
		}
		return err
	})
}

// chosen are the newest records of the source that is asked for.
func (c *call) chosen(all []migrate.Record, last int) []migrate.Record {
	records := []migrate.Record{}
	for _, r := range all {
		if c.opts.source == "" || r.Source == c.opts.source {
			records = append(records, r)
		}
	}
	if last > 0 {
		records = records[max(0, len(records)-last):]
	}
	return records
}

// recordsFunc writes into the history what was not run.
type recordsFunc func(*migrate.Migrator) ([]migrate.Record, error)

func (c *call) baseline() *cli.Command {
	return c.leaf(leaf{name: "baseline", args: "VERSION", min: 1, max: 1,
		help: "declare that the schema, which is there already, is at a version",
		do: func(ctx context.Context, args []string) error {
			return c.declare(ctx, func(m *migrate.Migrator) ([]migrate.Record, error) {
				return m.Baseline(ctx, args[0], c.opts.source)
			})
		}})
}

func (c *call) accept() *cli.Command {
	return c.leaf(leaf{name: "accept", args: "[VERSION…]", max: -1,
		help: "accept the present text of migrations that were edited",
		more: "Without a version it accepts all of them. It runs nothing.",
		do: func(ctx context.Context, args []string) error {
			return c.declare(ctx, func(m *migrate.Migrator) ([]migrate.Record, error) {
				return m.Accept(ctx, args...)
			})
		}})
}

func (c *call) imports() *cli.Command {
	var from, table string
	return c.leaf(leaf{name: "import", help: "take over the history of another tool, whose table stays as it is",
		flags: []cli.Flag{one(c.text("from", &from, "the tool; by default whose table is there"), formats()[2:]...),
			c.text("from-table", &table, "the tool's table, if it is not the usual one")},
		do: func(ctx context.Context, _ []string) error { return c.runImport(ctx, from, table) }})
}

func (c *call) runImport(ctx context.Context, from, table string) error {
	if table != "" && from == "" {
		return usage(errors.New("--from-table needs --from"))
	}
	o := migrate.ImportOptions{Source: c.opts.source, Table: table}
	if from != "" {
		o.From, _ = source.ParseFormat(from) // the flag takes no other names
	}
	return c.declare(ctx, func(m *migrate.Migrator) ([]migrate.Record, error) { return m.Import(ctx, o) })
}

// declare writes records and shows them.
func (c *call) declare(ctx context.Context, fn recordsFunc) error {
	return c.withMigrator(ctx, func(m *migrate.Migrator) error {
		records, err := fn(m)
		c.data = &recordsData{append([]migrate.Record{}, records...)}
		if err == nil && c.talks() {
			report.Recorded(c.out, records)
		}
		return err
	})
}

// withMigrator runs fn with the migrations and the database.
func (c *call) withMigrator(ctx context.Context, fn func(*migrate.Migrator) error) error {
	m, err := c.migrator(ctx, nil)
	if err != nil {
		return err
	}
	return fn(m)
}

// talks reports whether results are written for people.
func (c *call) talks() bool { return !c.opts.json && !c.opts.quiet }
