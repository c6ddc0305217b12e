package report

import (
	"fmt"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/lint"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
)

// Findings lists what lint found: where, what, why, and the safe way.
func Findings(s *term.Screen, findings []lint.Finding) {
	for i := range findings {
		lintFinding(s, &findings[i])
	}
	switch len(findings) {
	case 0:
		fmt.Fprintln(s.W, "nothing found")
	default:
		fmt.Fprintln(s.W, term.Plural(int64(len(findings)), "finding"))
	}
}

func lintFinding(s *term.Screen, f *lint.Finding) {
	fmt.Fprintf(s.W, "%s %s\n", s.Paint(term.Bold, fmt.Sprintf("%s:%d:%d:", f.File, f.Line, f.Column)),
		s.Paint(term.Yellow, f.Rule))
	labelled(s, "", f.Message)
	labelled(s, "why ", f.Reason)
	labelled(s, "do  ", f.Safe)
}

// Verified says whether everything fits.
func Verified(s *term.Screen, problems []migrate.Problem) {
	Problems(s, problems)
	if len(problems) == 0 {
		fmt.Fprintln(s.W, "the history and the files fit")
	}
}
