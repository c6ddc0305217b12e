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
	var levels []string
	for _, l := range c.Isolation {
		levels = append(levels, l.String())
	}
	facts := []drivers.Fact{{Name: "isolation", Value: strings.Join(levels, ", ")},
		{Name: "locks", Value: locks(c.Locks)}, {Name: "arguments", Value: fmt.Sprint(c.MaxArgs)}}
	for _, able := range []struct {
		name string
		can  bool
	}{
		{"savepoints", c.Savepoints}, {"transactional_ddl", c.TransactionalDDL}, {"returning", c.Returning},
		{"last_insert_id", c.LastInsertID}, {"read_only", c.ReadOnly}, {"deferrable", c.Deferrable},
		{"statement_timeout", c.StatementTimeout}, {"lock_timeout", c.LockTimeout}, {"settings", c.Settings},
		{"pipelining", c.Pipelining}, {"bulk", c.Bulk}, {"single_writer", c.SingleWriter}, {"remote", c.Remote},
		{"streaming", c.Streaming},
	} {
		facts = append(facts, drivers.Fact{Name: able.name, Value: yesNo(able.can)})
	}
	return facts
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
	wide := 0
	for _, f := range facts {
		wide = max(wide, term.Cells(f.Name))
	}
	for _, f := range facts {
		head := "  " + s.Paint(term.Dim, term.Pad(strings.ReplaceAll(f.Name, "_", " "), wide)) + "  "
		for _, line := range term.Wrap(term.Clean(f.Value), s.Width-wide-4) {
			fmt.Fprintln(s.W, head+line)
			head = strings.Repeat(" ", wide+4)
		}
	}
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
	left := indent + len(label)
	head := strings.Repeat(" ", indent) + s.Paint(term.Dim, label)
	for _, line := range term.Wrap(term.Clean(text), s.Width-left) {
		fmt.Fprintln(s.W, head+line)
		head = strings.Repeat(" ", left)
	}
}
