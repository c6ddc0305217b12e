package migratecli

import (
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/report"
)

// report tells how the call ended: as JSON, or as a text.
func (c *call) report() {
	switch {
	case c.opts.json && (c.ran || c.failure != nil):
		if err := c.writeJSON(); err != nil && c.code == Fine {
			c.fail(Failed, err)
			c.explain()
		}
	case c.failure != nil:
		c.explain()
	}
}

// explain says what went wrong.
func (c *call) explain() {
	var own *coded
	if errors.As(c.failure, &own) && own.err == nil {
		return // the result has said it
	}
	report.Failure(c.err, c.failure, c.filesOf())
	if c.code == BadUsage {
		fmt.Fprintf(c.err.W, "see %s --help\n", c.commandLine())
	}
	if c.result != nil {
		report.Remains(c.err, c.result)
	}
}

// commandLine is the program and the command.
func (c *call) commandLine() string {
	var m *misuse
	if errors.As(c.failure, &m) {
		return m.cmd.FullName()
	}
	if c.command == "" {
		return c.app.Name
	}
	return c.app.Name + " " + c.command
}

// filesOf says where the migrations' files are.
func (c *call) filesOf() report.Files { return report.Files{Sources: c.sources, Dirs: c.places} }
