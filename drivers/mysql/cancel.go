package mysql

import (
	"context"
	"errors"
	"time"
)

// cancelAgain is how long a killed statement may go on before the KILL is
// repeated; the time doubles with each.
const cancelAgain = 20 * time.Millisecond

var errKillUnsure = errors.New("KILL QUERY got no answer in time")

// watch cancels on the server when the context of a statement ends.
//
// The library never sees that context: its answer to its end is to close the
// connection, while the server goes on with the statement. The watch sends KILL
// QUERY on a connection of its own. A KILL that arrives before its statement has
// no effect, so it is sent again until the statement has ended. One that arrives
// after it may hit the next: whoever ends the statement therefore waits for the
// KILL's own answer, and then runs a statement that does nothing, see
// [link.settle]. TestNoKillReachesALaterStatement does that at random moments.
//
// When the server says nothing within the grace the connection is closed, which
// gives control back.
type watch struct {
	wire  *wire
	kills *killer // nil: close at once
	grace time.Duration

	ctx      context.Context
	stop     func() bool   // nil when nothing is watched
	fire     func()        // cancel, bound once
	landed   chan struct{} // gets a value when the statement has ended
	done     chan struct{} // gets a value when cancel has ended
	killable bool

	// The fields below are cancel's until done has a value.
	fired  bool // the context has ended before the statement
	shots  int  // KILLs that were answered
	unsure bool // a KILL got no answer: it may still come
}

func (w *watch) init(l *link) {
	w.wire, w.kills, w.grace = l.wire, l.pool.kills, l.pool.opts.Pool.CancelGrace
	w.fire = w.cancel
	w.landed, w.done = make(chan struct{}, 1), make(chan struct{}, 1)
}

// start watches a statement until end. One that is not killable is waited for,
// up to the grace.
func (w *watch) start(ctx context.Context, killable bool) {
	w.ctx, w.stop, w.killable = ctx, nil, killable
	w.fired, w.shots, w.unsure = false, 0, false
	if ctx.Done() != nil {
		w.stop = context.AfterFunc(ctx, w.fire)
	}
}

// end stops watching and reports whether the context had ended. It may be
// called again.
func (w *watch) end() (fired bool) {
	if w.stop == nil {
		return false
	}
	stopped := w.stop()
	w.stop = nil
	if stopped {
		return false
	}
	w.landed <- struct{}{}
	<-w.done
	select {
	case <-w.landed: // cancel was over before it could look
	default:
	}
	return w.fired
}

// also cancels what is being watched, as if its context had ended.
func (w *watch) also() {
	if w.stop == nil || w.stop() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		w.stop = context.AfterFunc(ended, w.fire)
	}
}

// cancel runs on a goroutine of its own, at most once between start and end.
func (w *watch) cancel() {
	w.fired = true
	ctx, free := context.WithTimeout(context.Background(), w.grace)
	defer free()
	if !w.ended(ctx) {
		_ = w.wire.Close() // the statement's read fails on it
	}
	w.done <- struct{}{}
}

// ended cancels and reports whether the statement has ended.
func (w *watch) ended(ctx context.Context) bool {
	switch {
	case !w.killable:
		return w.await(ctx, 2*w.grace)
	case w.kills == nil:
		return false
	}
	for wait := cancelAgain; ; wait *= 2 {
		switch asked, err := w.kills.kill(ctx, w.wire); {
		case asked && err == nil:
			w.shots++
		case asked:
			w.unsure = true
			return false
		}
		if w.await(ctx, wait) {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
	}
}

// await waits for the end of the statement.
func (w *watch) await(ctx context.Context, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-w.landed:
		return true
	case <-ctx.Done():
	case <-timer.C:
	}
	return false
}
