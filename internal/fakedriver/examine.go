package fakedriver

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
)

// Examine implements [drivers.Examiner].
func (c *Conn) Examine(ctx context.Context) (*drivers.Examination, error) {
	defer c.enter("Examine")()
	if err := c.reach(ctx); err != nil {
		return nil, err
	}
	return &drivers.Examination{Product: "fake", Version: "1",
		Findings: []drivers.Finding{{Severity: drivers.Warning, Subject: "memory",
			What: "the database is in memory", Why: "it ends with the process", Do: "use it in tests only"}}}, nil
}
