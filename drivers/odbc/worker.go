//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"
	"errors"
	"sync"
	"time"
)

// worker makes all ODBC calls of one connection, on a goroutine of its own, so
// that who waits for a call can stop waiting for it.
//
// A call that does not return keeps the worker, its thread and its connection.
// It is then abandoned: the worker cleans up when it does return, and the pool
// has it in its list until then.
type worker struct {
	jobs  chan func() error
	done  chan error    // what a job returned; room for one, so that the worker never waits
	ended chan struct{} // closed when the worker has cleaned up
	left  *abandoned    // where it is listed when it was abandoned
	spawn func(func())  // starts a goroutine that the pool waits for
	grace time.Duration

	thread    thread // that of the job
	canceller thread // that of SQLCancel

	handle    sync.Mutex // guards statement; held while SQLCancel has it, which may be long
	statement *statement

	mu     sync.Mutex // guards the fields below, which callers look at
	over   bool
	late   *time.Timer // hangs it up; nil unless it was abandoned
	hungUp bool
}

// newWorker starts a worker, which calls clean when it ends.
func newWorker(p *pool, clean func()) *worker {
	w := &worker{jobs: make(chan func() error), done: make(chan error, 1), ended: make(chan struct{}),
		left: &p.abandoned, spawn: p.workers.Go, grace: p.opts.Pool.CancelGrace}
	p.workers.Go(func() {
		for job := range w.jobs {
			w.done <- w.calmly(job)
		}
		w.thread.enter()
		clean()
		w.thread.leave()
		w.leave()
	})
	return w
}

// calmly does a job out of reach of SQLCancel, but for the calls in it that may
// take long.
func (w *worker) calmly(job func() error) error {
	if s := w.statement; s != nil { // written by this goroutine only
		defer s.calm()()
	}
	w.thread.enter()
	defer w.thread.leave()
	return job()
}

func (w *worker) leave() {
	defer close(w.ended)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over = true; w.late != nil {
		w.late.Stop()
		w.left.remove(w)
	}
}

// call has the worker do a job and waits for it. When ctx ends first, the job is
// cancelled if it can be, and given up when it has not ended after the grace.
func (w *worker) call(ctx context.Context, grace time.Duration, cancel bool, job func() error) (fired bool, err error) {
	w.jobs <- job
	select {
	case err := <-w.done:
		return false, err
	case <-ctx.Done():
	}
	return true, w.interrupt(grace, cancel)
}

// interrupt is the rest of call, from the end of its context on.
func (w *worker) interrupt(grace time.Duration, cancel bool) error {
	limit := time.NewTimer(grace)
	defer limit.Stop()
	var c canceller
	if cancel {
		c = w.startCancel()
	}
	err := ErrAbandoned
	select {
	case answer := <-w.done:
		if c.end(limit.C) {
			return answer
		}
		err = errLateCancel // it may reach a later statement, so there must be none
	case <-limit.C:
		c.end(nil)
	}
	w.abandon()
	return &lostError{err}
}

// wasAbandoned reports whether an error of call means that the worker was left
// to itself.
func wasAbandoned(err error) bool {
	return errors.Is(err, ErrAbandoned) || errors.Is(err, errLateCancel)
}

// abandon leaves the worker to itself: it cleans up when its call returns.
func (w *worker) abandon() {
	close(w.jobs)
	w.list()
}

// list puts the worker among the abandoned unless it has ended.
func (w *worker) list() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.late = time.AfterFunc(hangUpAfter, func() { w.hangUp() })
		w.left.add(w)
	}
}

// retire ends a worker that has nothing to do. It waits for the clean-up, which
// says good-bye to the server, no longer than the grace.
func (w *worker) retire() {
	close(w.jobs)
	limit := time.NewTimer(w.grace)
	defer limit.Stop()
	select {
	case <-w.ended:
	case <-limit.C:
		w.list()
	}
}
