package migrate

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
)

// Plan is what a run would do now.
type Plan struct {
	// Steps are the migrations, in order.
	Steps []Step `json:"steps"`
	// Problems are what does not fit; the fatal ones would stop a run.
	Problems []Problem `json:"problems,omitempty"`
	// Database says which database it is for.
	Database string `json:"database"`

	transactions bool
	dialect      sqlsplit.Dialect
}

// Plan tells what [Migrator.Up] would do now. It takes no lock, creates nothing
// and changes nothing. The error is what would stop a run; the plan is there all
// the same, as far as it could be made.
func (m *Migrator) Plan(ctx context.Context, opts ...UpOptions) (*Plan, error) {
	o, p := given(opts), m.newPlan()
	list, err := m.chosen(o.Source)
	if err != nil {
		return p, err
	}
	for _, s := range list {
		if err := m.addPlan(ctx, s, p, func(s *series, st *state) ([]Step, []Problem, error) {
			return m.planUp(s, st, o.less(len(p.Steps)))
		}); err != nil {
			return p, err
		}
	}
	return p, nil
}

// addPlan adds what would be done to one source.
func (m *Migrator) addPlan(ctx context.Context, s *series, p *Plan, plan seriesPlanner) error {
	st, err := m.read(ctx, s)
	if err != nil {
		return err
	}
	steps, problems, err := plan(s, st)
	p.Problems = append(p.Problems, problems...)
	if err == nil {
		err = m.examine(steps)
	}
	if err == nil {
		p.Steps = append(p.Steps, steps...)
	}
	return err
}

// WriteTo writes the plan as SQL: every statement, and where transactions begin
// and end. Rows of a COPY are left out.
func (p *Plan) WriteTo(w io.Writer) (int64, error) {
	c := &counter{w: bufio.NewWriter(w)}
	if len(p.Steps) == 0 {
		c.printf("-- nothing to do on %s\n", p.Database)
	}
	for i := range p.Steps {
		if err := p.write(c, &p.Steps[i]); err != nil {
			return c.n, err
		}
	}
	return c.n, c.w.Flush()
}

// counter writes and counts; its writer keeps the first error.
type counter struct {
	w *bufio.Writer
	n int64
}

func (c *counter) printf(format string, args ...any) {
	n, _ := fmt.Fprintf(c.w, format, args...)
	c.n += int64(n)
}

func (p *Plan) write(c *counter, s *Step) error {
	begin, end := "-- each statement takes effect by itself\n", "\n"
	if s.Transaction {
		begin, end = "BEGIN;\n", "COMMIT;\n\n"
	}
	c.printf("-- %s (%s)\n%s", s, s.File, begin)
	if err := s.writeStatements(c); err != nil {
		return err
	}
	c.printf("%s", end)
	return nil
}

func (s *Step) writeStatements(c *counter) error {
	if s.Go {
		c.printf("-- a function in Go runs here\n")
	}
	for st, err := range s.Statements() {
		if err != nil {
			return err
		}
		s.writeStatement(c, &st)
	}
	return nil
}

func (s *Step) writeStatement(c *counter, st *sqlsplit.Statement) {
	if s.open != nil && st.Number <= s.Resumed {
		c.printf("-- done in an earlier run: %s\n", cut(oneLine(st.SQL), 100))
		return
	}
	c.printf("%s;\n", st.SQL)
	if st.Data != nil {
		c.printf("-- and its rows\n")
	}
}
