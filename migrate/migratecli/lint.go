package migratecli

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/lint"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/report"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// lintData is what lint found.
type lintData struct {
	Dialect  string         `json:"dialect"`
	Findings []lint.Finding `json:"findings"`
}

// linting is how lint is asked.
type linting struct {
	dialect, since string
	ignore         []string
}

func (l *linting) flags(c *call) []cli.Flag {
	return []cli.Flag{
		one(c.text("dialect", &l.dialect, "the database; by default that of the URL"), dialects()...),
		&cli.StringSliceFlag{Name: "ignore", Destination: &l.ignore,
			Usage: "a rule that is not looked at; may be repeated"},
		&cli.StringFlag{Name: "since", Destination: &l.since, Usage: "only what comes behind this version"},
	}
}

// dialects are the names of the dialects.
func dialects() []string {
	var names []string
	for d := sqlsplit.Generic; d <= sqlsplit.Oracle; d++ {
		names = append(names, d.String())
	}
	return names
}

func (c *call) lint() *cli.Command {
	var l linting
	return c.leaf(leaf{name: "lint", args: "[VERSION…]", max: -1, flags: l.flags(c),
		help: "look for statements that are dangerous on a table with data and traffic",
		more: "It reads the files and needs no database. docs/lint.md has the rules. Exits with 3 if it finds " +
			"something.",
		do: func(_ context.Context, args []string) error { return c.runLint(&l, args) }})
}

func (c *call) runLint(l *linting, versions []string) error {
	findings, err := c.findings(l, versions)
	if err != nil {
		return err
	}
	c.data = &lintData{c.dialect(l).String(), findings}
	if c.talks() {
		report.Findings(c.out, findings)
	}
	return foundIf(len(findings) > 0)
}

func foundIf(found bool) error {
	if found {
		return &coded{code: Found}
	}
	return nil
}

// dialect is the one that was given, or that of the database.
func (c *call) dialect(l *linting) sqlsplit.Dialect {
	scheme, _, _ := strings.Cut(c.opts.database, ":")
	return sqlsplit.DialectOf(cmp.Or(l.dialect, scheme))
}

// findings lints the migrations that are asked for.
func (c *call) findings(l *linting, versions []string) ([]lint.Finding, error) {
	wanted, err := wantedVersions(versions, l.since)
	if err != nil {
		return nil, usage(err)
	}
	if err := c.load(); err != nil {
		return nil, err
	}
	found := []lint.Finding{}
	for i := range c.sources {
		more, err := c.lintSource(&c.sources[i], l, wanted)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// lintSource lints what is wanted of a source.
func (c *call) lintSource(src *migrate.Source, l *linting, wanted func(source.Version) bool) ([]lint.Finding, error) {
	set, err := c.set(src, c.dialect(l))
	if err != nil {
		return nil, err
	}
	var found []lint.Finding
	for _, m := range slices.Concat(set.Baselines, set.Migrations, set.Repeatable) {
		if !wanted(m.Version) {
			continue
		}
		more, err := c.lintScript(src.Name, m.Up, l.ignore)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// set is a source's migrations.
func (c *call) set(src *migrate.Source, d sqlsplit.Dialect) (*source.Set, error) {
	if src.Set != nil {
		return src.Set, nil
	}
	o := src.Options
	o.Dialect = d
	return source.Load(src.FS, o)
}

// wantedVersions tells which versions are asked for.
func wantedVersions(versions []string, since string) (func(source.Version) bool, error) {
	list, err := parseVersions(versions)
	if err != nil {
		return nil, err
	}
	from, err := parseVersions(strings.Fields(since))
	return func(v source.Version) bool {
		return (len(list) == 0 || slices.Contains(list, v)) &&
			(len(from) == 0 || v == "" || v.Compare(from[0]) > 0)
	}, err
}

func parseVersions(texts []string) ([]source.Version, error) {
	var list []source.Version
	for _, text := range texts {
		v, err := source.ParseVersion(text)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// lintScript lints one script. The files' names are as one would open them.
func (c *call) lintScript(src string, s *source.Script, ignore []string) ([]lint.Finding, error) {
	o := lint.Options{LockTimeout: c.opts.lockTimeout > 0, Ignore: ignore}
	if err := o.Validate(); err != nil {
		return nil, usage(err)
	}
	found, err := lint.Script(s, o)
	for i := range found {
		if dir := c.places[src]; dir != "" {
			found[i].File = path.Join(dir, found[i].File)
		}
	}
	return found, err
}

// verifyData is what does not fit.
type verifyData struct {
	Problems []migrate.Problem `json:"problems"`
}

func (c *call) verify() *cli.Command {
	return c.leaf(leaf{name: "verify",
		help: "see whether the history and the files fit, and whether what is pending can run",
		do: func(ctx context.Context, _ []string) error {
			return c.withMigrator(ctx, func(m *migrate.Migrator) error { return c.verified(m.Verify(ctx)) })
		}})
}

// verified shows what does not fit.
func (c *call) verified(problems []migrate.Problem, err error) error {
	c.data = &verifyData{append([]migrate.Problem{}, problems...)}
	if err != nil {
		return err
	}
	if c.talks() {
		report.Verified(c.out, problems)
	}
	return foundIf(len(problems) > 0)
}
