package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
)

// look is how a state is shown.
type look struct {
	sign  term.Sign
	style term.Style
}

var looks = map[migrate.State]look{
	migrate.StateApplied:    {term.Good, term.Green},
	migrate.StateBaseline:   {term.Good, term.Green},
	migrate.StatePending:    {term.Waiting, term.Yellow},
	migrate.StateRunning:    {term.Busy, term.Cyan},
	migrate.StateHalfDone:   {term.Bad, term.Red},
	migrate.StateEdited:     {term.Bad, term.Red},
	migrate.StateOutOfOrder: {term.Caution, term.Yellow},
	migrate.StateMissing:    {term.Caution, term.Yellow},
	migrate.StateUnknown:    {term.Caution, term.Yellow},
}

// Status lists all migrations and what state they are in.
func Status(s *term.Screen, st *migrate.Status, now time.Time) {
	if len(st.Entries) > 0 {
		entries(st.Entries, now).Write(s)
		fmt.Fprintln(s.W)
	}
	for i := range st.Running {
		bullet(s, term.Busy, st.Running[i].String())
	}
	Problems(s, st.Problems)
	fmt.Fprintln(s.W, counts(st.Entries))
}

// entries is the table of migrations.
func entries(list []migrate.Entry, now time.Time) *term.Table {
	t := &term.Table{Columns: []term.Column{{Title: "STATE"}, {Title: "SOURCE", Drop: 4},
		{Title: "VERSION"}, {Title: "NAME", Shrink: true}, {Title: "APPLIED", Drop: 1},
		{Title: "TOOK", Right: true, Drop: 2}, {Title: "BY", Drop: 3}}}
	several := severalSources(list)
	for i := range list {
		t.Row(entry(&list[i], several, now)...)
	}
	return t
}

func severalSources(entries []migrate.Entry) bool {
	return slices.ContainsFunc(entries, func(e migrate.Entry) bool { return e.Source != entries[0].Source })
}

// entry is one row.
func entry(e *migrate.Entry, several bool, now time.Time) []term.Cell {
	src := ""
	if several {
		src = e.Source
	}
	row := []term.Cell{{Text: string(e.State), Style: looks[e.State].style}, {Text: src},
		{Text: cmp.Or(string(e.Version), "repeatable")}, {Text: e.Name}, {}, {}, {}}
	if r := e.Record; r != nil {
		row[4].Text, row[5].Text, row[6].Text = When(r.Started, now), term.Duration(r.Duration), r.AppliedBy
	}
	return row
}

// When is a time as people say it, in their own zone.
func When(t, now time.Time) string {
	t = t.In(now.Location())
	if t.Year() == now.Year() && t.YearDay() == now.YearDay() {
		return "today " + t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04")
}

// order is that of the states in a summary.
var order = []migrate.State{migrate.StateApplied, migrate.StateBaseline, migrate.StateRunning,
	migrate.StateHalfDone, migrate.StateEdited, migrate.StateOutOfOrder, migrate.StateMissing,
	migrate.StateUnknown, migrate.StatePending}

// counts is how many migrations are in which state.
func counts(list []migrate.Entry) string {
	if len(list) == 0 {
		return "no migrations"
	}
	n := map[migrate.State]int{}
	for i := range list {
		n[list[i].State]++
	}
	var parts []string
	for _, state := range order {
		if n[state] > 0 || state == migrate.StatePending {
			parts = append(parts, fmt.Sprintf("%d %s", n[state], state))
		}
	}
	return strings.Join(parts, ", ")
}

// Problems lists what does not fit, wrapped.
func Problems(s *term.Screen, problems []migrate.Problem) {
	for _, p := range problems {
		sign := term.Caution
		if p.Fatal {
			sign = term.Bad
		}
		bullet(s, sign, p.Message)
	}
}

// bullet writes a text with a sign before it.
func bullet(s *term.Screen, sign term.Sign, text string) {
	hanging(s, s.Sign(sign)+" ", term.Clean(text), len("! "))
}
