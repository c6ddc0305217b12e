//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"errors"
	"time"
)

// cancelAgain is how long a cancelled statement may go on before SQLCancel is
// repeated; the time doubles with each. One that arrives before its statement
// has no effect.
const cancelAgain = 20 * time.Millisecond

var errLateCancel = errors.New("odbc: SQLCancel has not returned in time; the connection was given up")

// canceller calls SQLCancel until it is stopped. SQLCancel may take its time: it
// opens a network connection with most drivers. So it has a goroutine of its own,
// and whoever goes on with the connection waits for it to return.
type canceller struct {
	stop chan struct{} // closed by end
	over chan struct{} // closed when no SQLCancel is under way any more
}

func (w *worker) startCancel() canceller {
	c := canceller{stop: make(chan struct{}), over: make(chan struct{})}
	w.spawn(func() {
		defer close(c.over)
		for wait := cancelAgain; ; wait *= 2 {
			w.cancel()
			timer := time.NewTimer(wait)
			select {
			case <-c.stop:
				timer.Stop()
				return
			case <-timer.C:
			}
		}
	})
	return c
}

// end stops it, and reports whether it was over before limit.
func (c canceller) end(limit <-chan time.Time) bool {
	if c.stop == nil {
		return true
	}
	close(c.stop)
	if limit == nil {
		return false
	}
	select {
	case <-c.over:
		return true
	case <-limit:
		return false
	}
}

// cancel calls SQLCancel, unless the statement is gone. The mutex keeps the
// worker from freeing it meanwhile.
func (w *worker) cancel() {
	w.handle.Lock()
	defer w.handle.Unlock()
	if w.statement != nil {
		w.canceller.enter()
		defer w.canceller.leave()
		w.statement.cancel()
	}
}

// hold lets cancel have the statement; nil takes it away.
func (w *worker) hold(s *statement) {
	w.handle.Lock()
	defer w.handle.Unlock()
	w.statement = s
}
