package drivertest

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
)

func (c *mutantConn) Examine(ctx context.Context) (*drivers.Examination, error) {
	found, err := c.Conn.(drivers.Examiner).Examine(ctx)
	if change := c.pool.fault.examine; change != nil && err == nil {
		change(ctx, c, found)
	}
	return found, err
}

// saysNoRemedy finds what is wrong and leaves people alone with it.
func saysNoRemedy(_ context.Context, _ *mutantConn, found *drivers.Examination) {
	found.Findings = append(found.Findings, drivers.Finding{Severity: drivers.Note,
		Subject: "clock", What: "it is slow", Why: "time passes"})
}

// examinesInside leaves the transaction open in which it has looked.
func examinesInside(ctx context.Context, c *mutantConn, _ *drivers.Examination) {
	_, _ = c.Conn.Run(ctx, &drivers.Flight{Steps: []drivers.Step{{Op: drivers.OpBegin}}})
}
