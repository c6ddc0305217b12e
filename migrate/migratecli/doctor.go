package migratecli

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/report"
	"github.com/sqlscope/sqlscope/session"
)

// doctorData is what was found out about a database.
type doctorData struct {
	Product      string            `json:"product"`
	Version      string            `json:"version"`
	Dialect      string            `json:"dialect"`
	Capabilities map[string]string `json:"capabilities"`
	Settings     []setting         `json:"settings"`
	Findings     []finding         `json:"findings"`
}

// setting is a setting that is worth knowing.
type setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// finding is one thing that may bite.
type finding struct {
	Severity string `json:"severity"`
	Subject  string `json:"subject"`
	What     string `json:"what"`
	Why      string `json:"why"`
	Do       string `json:"do"`
}

func (c *call) doctor() *cli.Command {
	severity := "problem"
	flag := one(c.text("fail-on", &severity, "exit with 3 for findings of this severity or worse"),
		"note", "warning", "problem", "never")
	return c.leaf(leaf{name: "doctor", help: "look at the database and its settings for what will bite",
		flags: []cli.Flag{flag},
		do:    func(ctx context.Context, _ []string) error { return c.examine(ctx, severity) }})
}

func (c *call) examine(ctx context.Context, severity string) error {
	if err := c.open(ctx); err != nil {
		return err
	}
	x, err := c.engine.Examine(ctx)
	if err != nil {
		return err
	}
	desc := c.engine.Describe()
	c.data = newDoctorData(desc, x)
	if c.talks() {
		report.Doctor(c.out, desc.Driver+" "+desc.Address, x, report.Capabilities(desc))
	}
	return foundIf(bites(x, severity))
}

// newDoctorData is an examination as --json shows it.
func newDoctorData(desc *drivers.Description, x *session.Examination) *doctorData {
	d := &doctorData{Product: x.Product, Version: x.Version, Dialect: desc.Driver,
		Capabilities: map[string]string{}, Settings: []setting{}, Findings: []finding{}}
	for _, able := range report.Capabilities(desc) {
		d.Capabilities[able.Name] = able.Value
	}
	for _, f := range x.Facts {
		d.Settings = append(d.Settings, setting(f))
	}
	for _, f := range x.Findings {
		d.Findings = append(d.Findings, finding{f.Severity.String(), f.Subject, f.What, f.Why, f.Do})
	}
	return d
}

var severities = map[string]drivers.Severity{"note": drivers.Note, "warning": drivers.Warning,
	"problem": drivers.Problem, "never": drivers.Problem + 1}

// bites reports whether there are findings of a severity or worse.
func bites(x *session.Examination, severity string) bool {
	return slices.ContainsFunc(x.Findings, func(f drivers.Finding) bool {
		return f.Severity >= severities[severity]
	})
}

// versionData is the program's version.
type versionData struct {
	Version string `json:"version"`
}

func (c *call) version() *cli.Command {
	return c.leaf(leaf{name: "version", help: "show the program's version",
		do: func(context.Context, []string) error {
			c.data = &versionData{c.app.Version}
			if !c.opts.json {
				fmt.Fprintln(c.out.W, c.app.Name, c.app.Version)
			}
			return nil
		}})
}
