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

// newPlanData reads the statements of a plan.
func newPlanData(p *migrate.Plan) (*planData, error) {
	data := &planData{Steps: []planStep{}, Findings: []lint.Finding{}, Problems: p.Problems}
	for i := range p.Steps {
		step := planStep{Step: p.Steps[i], SQL: []planStatement{}}
		for st, err := range p.Steps[i].Statements() {
			if err != nil {
				return data, err
			}
			step.SQL = append(step.SQL, planStatement{st.Number, st.Line, st.Column, st.SQL})
		}
		data.Steps = append(data.Steps, step)
	}
	return data, nil
}
