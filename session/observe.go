package session

import (
	"context"
	"log/slog"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// Observer is told of every flight of an engine, for tracing and metrics. Its
// functions run on the goroutine that uses the session, or on the engine's for
// a rollback that nobody waits for, and must not use the session. Each may be
// nil.
type Observer struct {
	// Acquired is called when a session has waited for a connection, because
	// its first statement needs one, and has got it or, if err is not nil, has
	// not. The time has the wait for others and the opening of a connection in
	// it.
	Acquired func(ctx context.Context, waited time.Duration, err error)
	// Start is called before a flight is sent. The context it returns is the
	// one the driver gets, so that a span begun here is the parent of the
	// driver's own.
	Start func(ctx context.Context, e Event) context.Context
	// End is called when the flight's answer has come, before rows are read,
	// with the context that Start returned.
	End func(ctx context.Context, e Event)
}

// Event is one flight.
type Event struct {
	// Op is what the last step does: "query", "exec", "commit", ….
	Op string
	// SQL is the last step's statement, if it is one.
	SQL string
	// Args are its arguments; they may hold secrets.
	Args []any
	// Rows is how many rows of arguments an "exec many" has; what they hold is
	// not told.
	Rows int
	// Along lists what travelled before the last step: "begin", "savepoint",
	// or the text of a queued statement.
	Along []string
	// Result is the result of an "exec" or "exec many".
	Result Result
	// Duration is how long the flight took; set for End only.
	Duration time.Duration
	// Err is what the flight ended with; set for End only.
	Err error
}

// acquired tells the observer of a wait that began at start.
func (e *Engine) acquired(ctx context.Context, start time.Time, err error) {
	if o := e.opts.Observer; o != nil && o.Acquired != nil {
		o.Acquired(ctx, time.Since(start), err)
	}
}

func (e *Engine) observed() bool { return e.opts.Observer != nil || e.opts.LogStatements }

// observeFlight runs a flight and tells the observer and the log of it.
func (e *Engine) observeFlight(ctx context.Context, c drivers.Conn, f *drivers.Flight) (drivers.Rows, error) {
	ev := eventOf(f)
	if o := e.opts.Observer; o != nil && o.Start != nil {
		ctx = o.Start(ctx, ev)
	}
	start := time.Now()
	rows, err := c.Run(ctx, f)
	ev.Duration, ev.Err = time.Since(start), err
	ev.Result = f.Steps[len(f.Steps)-1].Result
	if o := e.opts.Observer; o != nil && o.End != nil {
		o.End(ctx, ev)
	}
	if e.opts.LogStatements {
		e.log(ctx, ev)
	}
	return rows, err
}

func eventOf(f *drivers.Flight) Event {
	n := len(f.Steps) - 1
	last := &f.Steps[n]
	ev := Event{Op: last.Op.String(), SQL: last.SQL, Args: last.Args,
		Rows: len(last.Many)}
	for i := range f.Steps[:n] {
		if s := &f.Steps[i]; s.Op == drivers.OpExec {
			ev.Along = append(ev.Along, s.SQL)
		} else {
			ev.Along = append(ev.Along, s.Op.String())
		}
	}
	return ev
}

func (e *Engine) log(ctx context.Context, ev Event) {
	attrs := []slog.Attr{slog.String("op", ev.Op), slog.Duration("took", ev.Duration)}
	if ev.SQL != "" {
		attrs = append(attrs, slog.String("sql", ev.SQL))
	}
	switch {
	case e.opts.LogArgs && len(ev.Args) > 0:
		attrs = append(attrs, slog.Any("args", ev.Args))
	case len(ev.Args) > 0:
		attrs = append(attrs, slog.Int("args", len(ev.Args))) // how many, not which
	}
	if ev.Rows > 0 {
		attrs = append(attrs, slog.Int("rows", ev.Rows))
	}
	if len(ev.Along) > 0 {
		attrs = append(attrs, slog.Any("along", ev.Along))
	}
	if ev.Err != nil {
		attrs = append(attrs, slog.Any("error", ev.Err))
	}
	e.opts.Logger.LogAttrs(ctx, slog.LevelInfo, "session: flight", attrs...)
}
