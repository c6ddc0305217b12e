package report

import (
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/progress"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
)

// Remains lists what a run that failed has done and what it has not.
func Remains(s *term.Screen, r *migrate.Result) {
	var applied []migrate.Step
	for _, a := range r.Applied {
		applied = append(applied, a.Step)
	}
	names(s, "done", term.Green, applied)
	if r.Failed != nil {
		names(s, "failed", term.Red, []migrate.Step{*r.Failed})
	}
	names(s, "not tried", term.Yellow, r.NotTried)
}

// indent is the place for a label.
const indent = 11

// names lists migrations behind a label.
func names(s *term.Screen, label string, style term.Style, steps []migrate.Step) {
	if len(steps) == 0 {
		return
	}
	head := s.Paint(style, term.Pad(label, indent))
	for _, line := range term.Fill(listed(s, steps), s.Width-indent) {
		fmt.Fprintln(s.W, head+line)
		head = strings.Repeat(" ", indent)
	}
}

// listed are the names with commas between them. Of very many there are the first
// ones and the last.
func listed(s *term.Screen, steps []migrate.Step) []string {
	const most = 10
	var list []string
	for i := range steps {
		switch n := len(steps); {
		case n <= most || i < most-1 || i == n-1:
			list = append(list, fitting(s, progress.Name(&steps[i]))+",")
		case i == most-1:
			list = append(list, fmt.Sprintf("%d more,", n-most))
		}
	}
	list[len(list)-1] = strings.TrimSuffix(list[len(list)-1], ",")
	return list
}

// fitting is a name that fits behind a label.
func fitting(s *term.Screen, name string) string {
	if s.Width == 0 {
		return name
	}
	return s.Cut(name, s.Width-indent-len(","))
}
