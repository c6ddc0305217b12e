package migratecli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"
)

// tree is the root of all commands.
func (c *call) tree() *cli.Command {
	root := c.group("", "migrations of a database's schema, and a look at the database", c.everywhere(),
		c.migrate(), c.ping(), c.doctor(), c.version())
	root.Name = c.app.Name
	root.Writer, root.ErrWriter, root.Reader = c.std.Out, c.std.Err, c.std.In
	root.EnableShellCompletion = true
	root.ConfigureShellCompletionCommand = func(cmd *cli.Command) { cmd.Hidden = false }
	c.ownHelp(root)
	root.HideVersion = true
	root.DisableSliceFlagSeparator = true // directories may have commas in their names
	root.ExitErrHandler = func(context.Context, *cli.Command, error) {}
	return root
}

// migrate are the commands that are about migrations.
func (c *call) migrate() *cli.Command {
	flags := append(c.files(), c.together()...)
	return c.group("migrate", "bring the schema to a version, and see how it stands", flags,
		c.up(), c.down(), c.redo(), c.gotoVersion(), c.status(), c.plan(), c.history(), c.newMigration(),
		c.lint(), c.verify(), c.baseline(), c.imports(), c.accept(), c.resolve(), c.unlock())
}

// group is a command that has others.
func (c *call) group(name, help string, flags []cli.Flag, commands ...*cli.Command) *cli.Command {
	return &cli.Command{Name: name, Usage: help, Flags: flags, Commands: commands, HideHelp: true,
		OnUsageError: misused, Action: func(_ context.Context, cmd *cli.Command) error {
			c.enter(cmd)
			if of := helpWanted(cmd, c.opts.help); of != nil {
				c.help(of)
				return nil
			}
			return &misuse{cmd, unknownCommand(cmd)}
		}}
}

// helpWanted is the command whose help is asked for: by the flag, or behind the
// word "help". It is nil if none is.
func helpWanted(cmd *cli.Command, flag bool) *cli.Command {
	words := cmd.Args().Slice()
	if !flag && (len(words) == 0 || words[0] != "help") {
		return nil
	}
	for _, word := range words[min(1, len(words)):] {
		if cmd = cmd.Command(word); cmd == nil {
			return nil
		}
	}
	return cmd
}

// unknownCommand names the one that may have been meant.
func unknownCommand(cmd *cli.Command) error {
	given := strings.Join(cmd.Args().Slice(), " ")
	if given == "" {
		return errors.New("a command is missing")
	}
	text := fmt.Sprintf("there is no command %q", given)
	if meant := cli.SuggestCommand(cmd.Commands, given); meant != "" && meant != "help" {
		text += fmt.Sprintf("; did you mean %q?", meant)
	}
	return errors.New(text)
}

// nameOf is a command's name without the program's.
func nameOf(cmd *cli.Command) string {
	_, name, _ := strings.Cut(cmd.FullName(), " ")
	return name
}
