package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// worker does one thing after the other, all of them on rows of its own.
type worker struct {
	*line
	number int
	rng    *rand.Rand
	ledger ledger
	next   int64 // the last row that was numbered
	floor  int64 // the last row that has been compared
}

func newWorker(l *line, number int, rng *rand.Rand) *worker {
	return &worker{line: l, number: number, rng: rng, ledger: ledger{}}
}

// task is a unit of work. What it returns is what Do gets; rows that it adds
// with the worker's add have the fate of the whole, those of doomed have none.
type task struct {
	name  string
	often int // of a hundred
	run   func(w *worker, ctx context.Context, s *session.Session) error
	limit time.Duration // the context ends by then, at random; 0: it does not
	want  error         // how it ends when nothing happens to it
}

var (
	errMine   = errors.New("on second thoughts")
	errUnique = errors.New("a violation of the key")
	errBroken = errors.New("a panic")
)

var tasks = []task{
	{name: "write", often: 25, run: (*worker).write},
	{name: "change its mind", often: 8, run: (*worker).changeMind, want: errMine},
	{name: "fail", often: 10, run: (*worker).fail, want: errUnique},
	{name: "fail in a savepoint", often: 8, run: (*worker).failInside},
	{name: "panic", often: 5, run: (*worker).panics, want: errBroken},
	{name: "read", often: 8, run: (*worker).read},
	{name: "break off", often: 8, run: (*worker).breakOff},
	{name: "write many", often: 6, run: (*worker).writeMany},
	{name: "cancel a slow one", often: 6, run: (*worker).slow, limit: 400 * time.Millisecond},
	{name: "cancel a write", often: 8, run: (*worker).write, limit: 50 * time.Millisecond},
	{name: "cancel a read", often: 7, run: (*worker).read, limit: 100 * time.Millisecond},
	{name: "open an engine", often: 1, run: nil},
}

// choose draws one of the tasks.
func (w *worker) choose() *task {
	at := w.rng.IntN(100)
	for i := range tasks {
		if at -= tasks[i].often; at < 0 {
			return &tasks[i]
		}
	}
	panic("bug: the tasks are not a hundred")
}

// step does one task and notes what it came to.
func (w *worker) step(ctx context.Context) {
	t := w.choose()
	if t.run == nil {
		w.another(ctx)
		return
	}
	limited := ctx
	if t.limit > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, time.Duration(w.rng.Int64N(int64(t.limit))))
		defer cancel()
	}
	err := w.do(limited, t)
	w.ledger.end(err)
	w.judge(limited, t, err)
	if len(w.ledger) > auditAt {
		w.settle(ctx)
	}
}

// do runs a task in a session of its own, and makes an error of a panic.
func (w *worker) do(ctx context.Context, t *task) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = p.(error)
		}
	}()
	return w.engine.Do(ctx, func(ctx context.Context, s *session.Session) error { return t.run(w, ctx, s) })
}

// judge looks whether an end can be explained.
func (w *worker) judge(ctx context.Context, t *task, err error) {
	switch {
	case err == nil && t.want == nil, errors.Is(t.want, errUnique) && session.KindOf(err) == session.KindUnique,
		t.want != nil && errors.Is(err, t.want):
		w.count(t.name, "as it should")
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		w.count(t.name, "cancelled")
	case w.explained(err):
		w.count(t.name, "excused: "+reason(err))
	default:
		w.say("%s: %v", t.name, err)
	}
}

// explained reports whether an error is one that the cuts, or others' work,
// lead to.
func (w *worker) explained(err error) bool {
	switch session.KindOf(err) {
	case session.KindLockTimeout, session.KindDeadlock, session.KindSerialization:
		return true
	case session.KindConnLost:
		return w.target.Proxy != nil
	}
	if errors.Is(err, session.ErrPoolTimeout) {
		return w.target.Proxy != nil
	}
	return errors.Is(err, session.ErrCommitUnknown) && w.target.Proxy != nil
}

func reason(err error) string {
	switch {
	case errors.Is(err, session.ErrCommitUnknown):
		return "the commit is unknown"
	case errors.Is(err, session.ErrPoolTimeout):
		return "no connection"
	}
	return fmt.Sprint(session.KindOf(err))
}

// another opens one more engine, uses it once and closes it.
func (w *worker) another(ctx context.Context) {
	engine, err := w.target.Open(options())
	if err != nil {
		w.say("opening an engine: %v", err)
		return
	}
	w.opened.Add(1)
	if err := engine.Ping(ctx); err != nil && !w.explained(err) {
		w.say("pinging an engine: %v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := engine.Close(ctx); err != nil {
		w.say("closing an engine: %v", err)
	}
}
