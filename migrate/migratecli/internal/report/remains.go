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
	var applied, failed, notTried []string
	for i := range r.Applied {
		applied = append(applied, progress.Name(&r.Applied[i].Step))
	}
	if r.Failed != nil {
		failed = append(failed, progress.Name(r.Failed))
	}
	for i := range r.NotTried {
		notTried = append(notTried, progress.Name(&r.NotTried[i]))
	}
	names(s, "done", term.Green, applied)
	names(s, "failed", term.Red, failed)
	names(s, "not tried", term.Yellow, notTried)
}

// names lists migrations behind a label. Of very many it shows the first and the
// last.
func names(s *term.Screen, label string, style term.Style, list []string) {
	const most = 10
	if n := len(list); n > most {
		list = append(append(list[:most-1:most-1], fmt.Sprintf("%d more", n-most)), list[n-1])
	}
	const indent = 11
	label = s.Paint(style, term.Pad(label, indent))
	if len(list) == 0 {
		return
	}
	for i := range list {
		if s.Width > 0 {
			list[i] = s.Cut(list[i], s.Width-indent-len(","))
		}
		if i < len(list)-1 {
			list[i] += ","
		}
	}
	for _, line := range term.Fill(list, s.Width-indent) {
		fmt.Fprintln(s.W, label+line)
		label = strings.Repeat(" ", indent)
	}
}
