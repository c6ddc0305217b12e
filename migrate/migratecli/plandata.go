package migratecli

import (
	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/lint"
)

// planData is a plan with its statements.
type planData struct {
	Steps    []planStep        `json:"steps"`
	Problems []migrate.Problem `json:"problems,omitempty"`
	Findings []lint.Finding    `json:"findings"`
}

// planStep is a step with its statements.
type planStep struct {
	migrate.Step
	SQL []planStatement `json:"sql"`
}

// planStatement is one statement and where it begins in the file.
type planStatement struct {
	Number int    `json:"number"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	SQL    string `json:"sql"`
}

// newPlanData reads the statements of a plan, and lints them.
func (c *call) newPlanData(p *migrate.Plan) (*planData, error) {
	data := &planData{Steps: []planStep{}, Findings: []lint.Finding{}, Problems: p.Problems}
	for i := range p.Steps {
		if err := c.addStep(data, &p.Steps[i]); err != nil {
			return data, err
		}
	}
	return data, nil
}

// addStep adds a step, and what lint finds in it.
func (c *call) addStep(data *planData, s *migrate.Step) error {
	step, err := newPlanStep(s)
	data.Steps = append(data.Steps, step)
	if err != nil || s.Go {
		return err
	}
	found, err := c.lintScript(s.Source, s.Script(), nil)
	data.Findings = append(data.Findings, found...)
	return err
}

// newPlanStep reads the statements of a step. A function in Go has none.
func newPlanStep(s *migrate.Step) (planStep, error) {
	step := planStep{Step: *s, SQL: []planStatement{}}
	for st, err := range s.Statements() {
		if err != nil {
			return step, err
		}
		step.SQL = append(step.SQL, planStatement{st.Number, st.Line, st.Column, st.SQL})
	}
	return step, nil
}
