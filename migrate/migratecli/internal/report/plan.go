package report

import (
	"fmt"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
)

// Plan writes the statements that would run.
func Plan(s *term.Screen, p *migrate.Plan) error {
	if len(p.Steps) == 0 {
		fmt.Fprintln(s.W, "-- nothing to do")
		return nil
	}
	_, err := p.WriteTo(s.W)
	return err
}
