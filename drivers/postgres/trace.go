package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlscope/sqlscope/drivers"
)

// trace is a statement that a pgx.QueryTracer was told of; ctx is nil when it
// was also told of its end.
type trace struct{ ctx context.Context }

// traceStart tells the pool's tracer of each step of the segment, as pgx would
// have. Without a tracer there is nothing to do here and below.
func (c *conn) traceStart(ctx context.Context, f *drivers.Flight, s *segment) {
	if c.pool.tracer == nil {
		return
	}
	c.traces = c.traces[:0]
	for i := s.first; i < s.sent(); i++ {
		step := &f.Steps[i]
		data := pgx.TraceQueryStartData{SQL: c.stepSQL(step), Args: step.Args}
		c.traces = append(c.traces, trace{c.pool.tracer.TraceQueryStart(ctx, c.pgx, data)})
	}
}

func (c *conn) stepSQL(s *drivers.Step) string {
	switch s.Op {
	case drivers.OpExec, drivers.OpQuery, drivers.OpExecMany:
		return s.SQL
	case drivers.OpBegin:
		return c.begin.of(s.Tx)[0]
	case drivers.OpSet:
		return settingsSQL(s.Tx.Settings.Len())
	}
	return controlSQL(s)
}

// traceTag keeps the last command's tag for the tracer.
func (c *conn) traceTag(tag []byte) {
	if c.pool.tracer != nil {
		c.tag = pgconn.NewCommandTag(string(tag))
	}
}

// traceStep ends the trace of the segment's i-th step.
func (c *conn) traceStep(i int, err error) {
	if i < len(c.traces) {
		c.endTrace(&c.traces[i], err)
	}
}

// traceRest ends the traces that are left when the segment has been read: those
// of the step that failed and of the steps behind it, which did not run. A step
// that was only described is traced once more when it runs.
func (c *conn) traceRest(err error) {
	for i := range c.traces {
		c.tag = pgconn.CommandTag{}
		c.endTrace(&c.traces[i], err)
	}
	c.traces = c.traces[:0]
}

// takeTrace leaves the end of the i-th step's trace to its rows.
func (c *conn) takeTrace(i int) trace {
	if i >= len(c.traces) {
		return trace{}
	}
	t := c.traces[i]
	c.traces[i].ctx = nil
	return t
}

func (c *conn) endTrace(t *trace, err error) {
	if t.ctx == nil {
		return
	}
	c.pool.tracer.TraceQueryEnd(t.ctx, c.pgx, pgx.TraceQueryEndData{CommandTag: c.tag, Err: err})
	t.ctx = nil
}
