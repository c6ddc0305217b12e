// Package progress shows how a run of migrations gets on: a line for each
// migration, and on a terminal a bar below them that is painted over.
package progress

import (
	"fmt"
	"sync"
	"time"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/migratecli/internal/term"
)

const (
	frame     = 100 * time.Millisecond // between two pictures of the bar
	heartbeat = 30 * time.Second       // between two signs of life where there is no bar
)

// Reporter shows events. It must be closed.
type Reporter struct {
	out     *term.Screen // of the lines; nil: there are none
	bar     *term.Screen // of the bar; nil: there is none
	verbose bool
	stop    chan struct{}
	ended   sync.WaitGroup

	mu      sync.Mutex // guards what follows
	now     position
	painted bool // the bar is there
}

// position is where a run is.
type position struct {
	doing     string // when it is at no step
	step      *migrate.Step
	number    int // of the step, from 1
	steps     int
	statement int
	of        int
	sql       string
	rows      int64
	since     time.Time // the beginning of the step or of the waiting
}

// New returns a reporter whose lines go to out and whose bar goes to bar; either
// may be nil. A bar needs a terminal. Verbose lines tell of each statement.
func New(out, bar *term.Screen, verbose bool) *Reporter {
	if bar != nil && !bar.Terminal {
		bar = nil
	}
	r := &Reporter{out: out, bar: bar, verbose: verbose, stop: make(chan struct{})}
	if out != nil || bar != nil {
		r.ended.Go(r.tick)
	}
	return r
}

// Close removes the bar.
func (r *Reporter) Close() {
	close(r.stop)
	r.ended.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wipe()
}

// tick shows that time goes by, until the reporter is closed.
func (r *Reporter) tick() {
	ticker := time.NewTicker(r.interval())
	defer ticker.Stop()
	for {
		select {
		case <-r.stop:
			return
		case <-ticker.C:
			r.again()
		}
	}
}

func (r *Reporter) interval() time.Duration {
	if r.bar != nil {
		return frame
	}
	return heartbeat
}

// again shows the same once more, later.
func (r *Reporter) again() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bar != nil {
		r.paint()
	} else if text := r.now.alive(time.Now()); text != "" {
		fmt.Fprintln(r.out.W, text)
	}
}

// Event shows an event; it is for migrate.Options.OnEvent.
func (r *Reporter) Event(e migrate.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.print(r.lines(&e))
	r.now.follow(&e)
	if r.bar != nil && e.Kind != migrate.StatementEnds {
		r.paint()
	}
}

// print writes lines in the place of the bar.
func (r *Reporter) print(lines []string) {
	if len(lines) > 0 {
		r.wipe()
	}
	for _, line := range lines {
		fmt.Fprintln(r.out.W, line)
	}
}

// follow goes where the run goes.
func (p *position) follow(e *migrate.Event) {
	switch e.Kind {
	case migrate.LockWaiting:
		*p = position{doing: "waiting for the lock", since: time.Now()}
	case migrate.LockTaken:
		*p = position{steps: e.Of}
	case migrate.StepBegins:
		*p = position{step: e.Step, number: p.number + 1, steps: p.steps, of: e.Of, since: time.Now()}
	case migrate.StatementBegins:
		p.statement, p.sql = e.Number, e.SQL
	case migrate.StatementEnds:
		p.rows += max(0, e.Rows)
	case migrate.StepEnds:
		p.step = nil
	case migrate.Retrying:
		p.rows = 0
	}
}
