package migratecli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
)

// help shows what there is to say about a command.
func (c *call) help(cmd *cli.Command) {
	c.ran = true
	s := c.out
	heading := func(text string) { fmt.Fprintf(s.W, "\n%s\n", s.Paint(term.Bold, text)) }
	fmt.Fprintf(s.W, "%s %s\n", s.Paint(term.Bold, cmd.FullName()), shape(cmd))
	for _, line := range term.Wrap(cmd.Usage, s.Width) {
		fmt.Fprintln(s.W, line)
	}
	if cmd.Description != "" {
		fmt.Fprintln(s.W)
		for _, line := range term.Wrap(cmd.Description, s.Width) {
			fmt.Fprintln(s.W, line)
		}
	}
	if commands := cmd.VisibleCommands(); len(commands) > 0 {
		heading("Commands")
		definitions(s, commandLines(commands))
	}
	for _, of := range slices.Backward(cmd.Lineage()) {
		if lines := flagLines(of.Flags); len(lines) > 0 && of != cmd {
			heading("Flags of " + of.FullName())
			definitions(s, lines)
		}
	}
	if lines := flagLines(cmd.Flags); len(lines) > 0 {
		heading("Flags")
		definitions(s, lines)
	}
}

// shape is what stands behind a command.
func shape(cmd *cli.Command) string {
	if len(cmd.VisibleCommands()) > 0 {
		return "COMMAND [flags]"
	}
	return strings.TrimSpace(cmd.ArgsUsage + " [flags]")
}

// definition is a name and what it means.
type definition struct{ name, meaning string }

func commandLines(commands []*cli.Command) []definition {
	var lines []definition
	for _, cmd := range commands {
		lines = append(lines, definition{strings.TrimSpace(cmd.Name + " " + cmd.ArgsUsage), cmd.Usage})
	}
	return lines
}

// flagLines are the flags that are shown, with their defaults and variables.
func flagLines(flags []cli.Flag) []definition {
	var lines []definition
	for _, f := range flags {
		doc, ok := f.(cli.DocGenerationFlag)
		if visible, has := f.(cli.VisibleFlag); !ok || has && !visible.IsVisible() {
			continue
		}
		lines = append(lines, definition{flagName(f, doc), flagMeaning(doc)})
	}
	return lines
}

// flagName is how a flag is written.
func flagName(f cli.Flag, doc cli.DocGenerationFlag) string {
	var names []string
	for _, name := range f.Names() {
		dashes := "--"
		if len(name) == 1 {
			dashes = "-"
		}
		names = append(names, dashes+name)
	}
	text := strings.Join(names, ", ")
	if doc.TakesValue() {
		text += " " + doc.TypeName()
	}
	return text
}

// flagMeaning is the help of a flag, its default and its variable.
func flagMeaning(doc cli.DocGenerationFlag) string {
	text := doc.GetUsage()
	var more []string
	if value := doc.GetValue(); doc.TakesValue() && value != "" && value != "[]" {
		more = append(more, "default "+strings.Trim(value, `"`))
	}
	if vars := doc.GetEnvVars(); len(vars) > 0 {
		more = append(more, "$"+vars[0])
	}
	if len(more) > 0 {
		text += " (" + strings.Join(more, ", ") + ")"
	}
	return text
}

// definitions writes names and meanings in two columns, or one below the other
// where that is too narrow.
func definitions(s *term.Screen, list []definition) {
	const indent, gap, enough = 2, 2, 40
	wide := 0
	for _, d := range list {
		wide = max(wide, term.Cells(d.name))
	}
	left := indent + wide + gap
	if s.Width > 0 && s.Width-left < enough {
		left = 2 * indent
	}
	for _, d := range list {
		head := "  " + s.Paint(term.Cyan, d.name)
		if left == 2*indent {
			fmt.Fprintln(s.W, head)
			head = ""
		}
		for _, line := range term.Wrap(d.meaning, s.Width-left) {
			fmt.Fprintln(s.W, term.Pad(head, left)+line)
			head = ""
		}
	}
}
