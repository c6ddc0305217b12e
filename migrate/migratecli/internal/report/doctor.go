package report

import (
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
	"github.com/sqlscope/sqlscope/session"
)

// Capabilities are what a database can do, in words.
func Capabilities(d *drivers.Description) []drivers.Fact {
	c := &d.Capabilities
	return append(amounts(c), abilities(c)...)
}

// amounts are those that are more than yes or no.
func amounts(c *drivers.Capabilities) []drivers.Fact {
	var levels []string
	for _, l := range c.Isolation {
		levels = append(levels, l.String())
	}
	return []drivers.Fact{{Name: "isolation", Value: strings.Join(levels, ", ")},
		{Name: "locks", Value: locks(c.Locks)}, {Name: "arguments", Value: fmt.Sprint(c.MaxArgs)}}
}

// abilities are those that a database has or has not.
func abilities(c *drivers.Capabilities) []drivers.Fact {
	return []drivers.Fact{
		{Name: "savepoints", Value: yesNo(c.Savepoints)},
		{Name: "transactional_ddl", Value: yesNo(c.TransactionalDDL)},
		{Name: "returning", Value: yesNo(c.Returning)},
		{Name: "last_insert_id", Value: yesNo(c.LastInsertID)},
		{Name: "read_only", Value: yesNo(c.ReadOnly)},
		{Name: "deferrable", Value: yesNo(c.Deferrable)},
		{Name: "statement_timeout", Value: yesNo(c.StatementTimeout)},
		{Name: "lock_timeout", Value: yesNo(c.LockTimeout)},
		{Name: "settings", Value: yesNo(c.Settings)},
		{Name: "pipelining", Value: yesNo(c.Pipelining)},
		{Name: "bulk", Value: yesNo(c.Bulk)},
		{Name: "single_writer", Value: yesNo(c.SingleWriter)},
		{Name: "remote", Value: yesNo(c.Remote)},
		{Name: "streaming", Value: yesNo(c.Streaming)},
	}
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// locks says how long locks with names can be held.
func locks(l drivers.Locks) string {
	switch {
	case l.Conn && l.Tx:
		return "connection, transaction"
	case l.Conn:
		return "connection"
	case l.Tx:
		return "transaction"
	}
	return "none"
}

// Doctor shows what was found out about a database.
func Doctor(s *term.Screen, address string, x *session.Examination, able []drivers.Fact) {
	fmt.Fprintln(s.W, s.Paint(term.Bold, x.Product+" "+x.Version))
	fmt.Fprintln(s.W, address)
	section(s, "Settings", x.Facts)
	section(s, "Capabilities", able)
	fmt.Fprintf(s.W, "\n%s\n", s.Paint(term.Bold, "Findings"))
	if len(x.Findings) == 0 {
		bullet(s, term.Good, "nothing that will bite")
	}
	for i := range x.Findings {
		found(s, &x.Findings[i])
	}
}

// section lists names and values below a heading.
func section(s *term.Screen, title string, facts []drivers.Fact) {
	if len(facts) == 0 {
		return
	}
	fmt.Fprintf(s.W, "\n%s\n", s.Paint(term.Bold, title))
	wide := widest(facts)
	for _, f := range facts {
		name := term.Pad(strings.ReplaceAll(f.Name, "_", " "), wide)
		hanging(s, "  "+s.Paint(term.Dim, name)+"  ", term.Clean(f.Value), wide+4)
	}
}

// widest is the width of the longest name.
func widest(facts []drivers.Fact) int {
	wide := 0
	for _, f := range facts {
		wide = max(wide, term.Cells(f.Name))
	}
	return wide
}

var severities = map[drivers.Severity]term.Sign{drivers.Note: term.Waiting, drivers.Warning: term.Caution,
	drivers.Problem: term.Bad}

// found is one finding: what, why, and what to do.
func found(s *term.Screen, f *drivers.Finding) {
	bullet(s, severities[f.Severity], fmt.Sprintf("%s: %s: %s", f.Severity, f.Subject, f.What))
	labelled(s, "why ", f.Why)
	labelled(s, "do  ", f.Do)
}

// labelled writes a text behind a label, indented.
func labelled(s *term.Screen, label, text string) {
	const indent = 4
	hanging(s, strings.Repeat(" ", indent)+s.Paint(term.Dim, label), term.Clean(text), indent+len(label))
}
