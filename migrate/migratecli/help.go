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
	fmt.Fprintf(s.W, "%s %s\n", s.Paint(term.Bold, cmd.FullName()), shape(cmd))
	paragraph(s, cmd.Usage)
	if cmd.Description != "" {
		fmt.Fprintln(s.W)
		paragraph(s, cmd.Description)
	}
	section(s, "Commands", commandLines(cmd.VisibleCommands()))
	for _, of := range cmd.Lineage() {
		title := "Flags"
		if of != cmd {
			title = "Flags of " + of.FullName()
		}
		section(s, title, flagLines(of.Flags))
	}
}

// ownHelp has the parser show this help for the root. It knows a flag of that name
// there and shows a help of its own, from a template that may ask for more
// information: that is where this one is written, and the template writes nothing.
func (c *call) ownHelp(root *cli.Command) {
	root.CustomRootCommandHelpTemplate = "{{with ExtraInfo}}{{end}}"
	root.ExtraInfo = func() map[string]string {
		c.enter(root)
		c.help(root)
		return nil
	}
}

func paragraph(s *term.Screen, text string) {
	for _, line := range term.Wrap(text, s.Width) {
		fmt.Fprintln(s.W, line)
	}
}

// section is a list below a heading, if there is anything in it.
func section(s *term.Screen, title string, list []definition) {
	if len(list) > 0 {
		fmt.Fprintf(s.W, "\n%s\n", s.Paint(term.Bold, title))
		definitions(s, list)
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
		text += " " + placeholders[doc.TypeName()]
	}
	return text
}

// placeholders stand for values of flags.
var placeholders = map[string]string{"string": "TEXT", "duration": "TIME", "int": "N"}

// unset are the defaults that are not worth showing.
var unset = []string{"", "[]", "0", "0s"}

// flagMeaning is the help of a flag, its default and its variable.
func flagMeaning(doc cli.DocGenerationFlag) string {
	text := doc.GetUsage()
	var more []string
	if value := doc.GetValue(); doc.TakesValue() && !slices.Contains(unset, value) {
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
	left := indent + gap
	for _, d := range list {
		left = max(left, indent+term.Cells(d.name)+gap)
	}
	below := s.Width > 0 && s.Width-left < enough
	if below {
		left = 2 * indent
	}
	for _, d := range list {
		head := "  " + s.Paint(term.Cyan, d.name)
		if below {
			fmt.Fprintln(s.W, head)
			head = ""
		}
		hanging(s, head, d.meaning, left)
	}
}

// hanging writes a text behind a head, and its other lines below its first.
func hanging(s *term.Screen, head, text string, left int) {
	for _, line := range term.Wrap(text, s.Width-left) {
		fmt.Fprintln(s.W, term.Pad(head, left)+line)
		head = ""
	}
}
