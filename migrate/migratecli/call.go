package migratecli

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/report"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
	"github.com/sqlscope/sqlscope/session"
)

// call is one run of a command line.
type call struct {
	app  App
	std  Stdio
	opts options
	out  *term.Screen // of results
	err  *term.Screen // of messages and of the progress

	command string // the full name of the command, without the program's
	ran     bool   // its function was called
	code    Code
	failure error

	engine  *session.Engine // if the command needs one
	sources []migrate.Source
	places  map[string]string // the directory of each source
	result  *migrate.Result   // of a run
	data    any               // what --json shows
}

func newCall(a App, std Stdio, args []string) *call {
	c := &call{app: a, std: std, opts: defaults(), places: map[string]string{}}
	c.screens(term.Auto)
	c.opts.json = slices.Contains(args, "--json") // what is wrong with the others is told as JSON, too
	return c
}

func (c *call) screens(color term.When) {
	c.out = term.New(c.std.Out, c.std.Getenv, color)
	c.err = term.New(c.std.Err, c.std.Getenv, color)
}

// run reads the command line, runs the command and reports.
func (c *call) run(ctx context.Context, args []string) Code {
	if err := c.tree().Run(ctx, args); err != nil && !c.ran {
		c.fail(BadUsage, err)
	}
	c.report()
	return c.code
}

// fail is the end with an error.
func (c *call) fail(code Code, err error) { c.code, c.failure = code, err }

// leaf is a command that does something.
type leaf struct {
	name, help string
	args       string // how its arguments are shown
	min, max   int    // how many there may be; max -1: any number
	more       string // what there is to say about it
	flags      []cli.Flag
	do         func(ctx context.Context, args []string) error
}

// command makes the parser's command of a leaf.
func (c *call) leaf(l leaf) *cli.Command {
	return &cli.Command{Name: l.name, Usage: l.help, ArgsUsage: l.args, Description: l.more, Flags: l.flags,
		OnUsageError: misused, Action: func(ctx context.Context, cmd *cli.Command) error {
			c.enter(cmd)
			if c.opts.help {
				c.help(cmd)
				return nil
			}
			args := cmd.Args().Slice()
			if len(args) < l.min || l.max >= 0 && len(args) > l.max {
				return fmt.Errorf("%s takes %s, and there are %d", c.command, l.takes(), len(args))
			}
			c.ran = true
			c.do(ctx, l.do, args)
			return nil
		}}
}

// takes says which arguments there have to be.
func (l leaf) takes() string {
	if l.args == "" {
		return "no arguments"
	}
	return l.args
}

// enter notes which command is meant, and how it is to be shown.
func (c *call) enter(cmd *cli.Command) {
	c.command = nameOf(cmd)
	c.screens(term.When(c.opts.color))
}

// do runs a command's function and keeps what comes of it.
func (c *call) do(ctx context.Context, fn func(context.Context, []string) error, args []string) {
	if c.opts.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.opts.timeout)
		defer cancel()
	}
	err := fn(ctx, args)
	if cerr := c.closeEngine(); err == nil {
		err = cerr
	}
	c.fail(codeOf(ctx, err), err)
	if err != nil && ctx.Err() != nil {
		c.failure = &report.Stopped{Why: why(context.Cause(ctx)), Err: err}
	}
}

// misused passes an error of the command line on.
func misused(_ context.Context, cmd *cli.Command, err error, _ bool) error {
	return &misuse{cmd, err}
}

// misuse is an error of the command line.
type misuse struct {
	cmd *cli.Command
	err error
}

func (m *misuse) Error() string { return m.err.Error() }
func (m *misuse) Unwrap() error { return m.err }
