package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
	"github.com/sqlscope/sqlscope/session"
)

// History lists what was done.
func History(s *term.Screen, records []migrate.Record, now time.Time) {
	if len(records) == 0 {
		fmt.Fprintln(s.W, "no history")
		return
	}
	t := term.Table{Columns: []term.Column{{Title: "WHEN"}, {Title: "KIND"}, {Title: "VERSION"},
		{Title: "NAME", Shrink: true}, {Title: "OUTCOME"}, {Title: "STATEMENTS", Right: true, Drop: 2},
		{Title: "TOOK", Right: true, Drop: 1}, {Title: "BY", Drop: 3}, {Title: "SOURCE", Drop: 4}}}
	several := slices.ContainsFunc(records, func(r migrate.Record) bool { return r.Source != records[0].Source })
	for i := range records {
		t.Row(record(&records[i], several, now)...)
	}
	t.Write(s)
}

var outcomes = map[migrate.Outcome]term.Style{migrate.Done: term.Green, migrate.Failed: term.Red,
	migrate.Running: term.Cyan, migrate.RolledBack: term.Yellow}

// record is one row.
func record(r *migrate.Record, several bool, now time.Time) []term.Cell {
	src := ""
	if several {
		src = r.Source
	}
	return []term.Cell{{Text: When(r.Started, now)}, {Text: string(r.Kind)}, {Text: string(r.Version)},
		{Text: r.Name}, {Text: string(r.Outcome), Style: outcomes[r.Outcome]},
		{Text: fmt.Sprintf("%d/%d", r.StatementsDone, r.Statements)}, {Text: term.Duration(r.Duration)},
		{Text: r.AppliedBy}, {Text: src}}
}

// Recorded lists what was written into the history without being run.
func Recorded(s *term.Screen, records []migrate.Record) {
	if len(records) == 0 {
		fmt.Fprintln(s.W, "nothing to record")
	}
	for i := range records {
		r := &records[i]
		fmt.Fprintf(s.W, "%s %s %s\n", s.Paint(term.Green, "recorded"),
			term.Clean(cmp.Or(string(r.Version)+" ", "")+r.Name), s.Paint(term.Dim, "("+string(r.Kind)+")"))
	}
}

// Unlocked says whose connection was ended.
func Unlocked(s *term.Screen, h *session.LockHolder) {
	if h == nil {
		fmt.Fprintln(s.W, "nobody is migrating")
		return
	}
	text := "ended connection " + h.Connection
	for _, part := range []struct{ label, value string }{{"user", h.User}, {"host", h.Host}, {"", h.Application}} {
		if part.value != "" {
			text += ", " + part.label + " " + part.value
		}
	}
	fmt.Fprintln(s.W, term.Clean(text))
}
