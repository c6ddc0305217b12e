package scoped

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/sqlscope/sqlscope/session"
)

// work is what the contexts of one scope share.
type work struct {
	session *session.Session   // nil before the first statement; set under mu, see enter
	given   *session.TxOptions // nil: opened without options
	// unclosed is set when the session could not be closed because another
	// goroutine was in it; whoever comes out of it then closes it.
	unclosed atomic.Bool
	finished atomic.Bool // over, for those who do not want to wait for mu
	opened   atomic.Bool // the carrier's marked is set

	mu        sync.Mutex // guards the fields below
	over      bool
	committed bool
	explained bool
	fate      string // how it ended, or what Explain says of that
	// open are the savepoints of parts, outermost first. Those that ended with
	// what is around them, or with their context, are dropped by depthLocked.
	open    []*session.Savepoint
	spoiled *spoiler       // nil if no part that had joined has failed
	tasks   map[*task]bool // those that the scope waits for
}

// spoiler is the first failure of a part that had joined. It spoilt the
// savepoint of its level, or the whole scope at level 0.
type spoiler struct {
	cause error
	level int
}

// leave ends a part that has joined.
func (w *work) leave(s *Scope, err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case s.done, err == nil && w.over && !w.committed:
		return w.endedLocked()
	case err != nil && !w.over:
		w.spoilLocked(min(s.depth, w.depthLocked()), failedHere(err))
	}
	s.done = true
	return err
}

// spoil makes the innermost savepoint, or the scope, fit for a rollback only.
func (w *work) spoil(cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spoilLocked(w.depthLocked(), cause)
}

// spoilAt does so with the savepoint of this level, or with the scope at 0.
func (w *work) spoilAt(level int, cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spoilLocked(level, cause)
}

// spoilLocked keeps the first cause, unless a later one reaches further out.
func (w *work) spoilLocked(level int, cause error) {
	if w.spoiled == nil || level < w.spoiled.level {
		w.spoiled = &spoiler{cause, level}
	}
}

// spoilt is why the savepoint of this level, or the scope at 0, must not be
// kept.
func (w *work) spoilt(level int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.depthLocked()
	if w.spoiled == nil || w.spoiled.level < level {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrRollbackOnly, w.spoiled.cause)
}

// end ends the scope itself.
func (w *work) end(ctx context.Context, err error) error {
	if err == nil && w.endUnused() {
		return nil
	}
	tasks, over := w.finish()
	if over != nil {
		return over
	}
	w.settle(tasks, err != nil)
	if err == nil {
		err = w.spoilt(0)
	}
	if err == nil && w.session != nil {
		err = w.session.Commit(ctx)
	}
	w.decide(err)
	w.close()
	return err
}

// endUnused ends a scope that nothing was asked of, which is most of a web
// server's, in one step.
func (w *work) endUnused() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || w.session != nil || w.tasks != nil || w.spoiled != nil {
		return false
	}
	w.over, w.committed = true, true
	w.tellLocked("it was committed")
	return true
}

// finish lets nobody in any more. It comes first, so that what a goroutine that
// was left behind does now is refused rather than committed by halves.
func (w *work) finish() (tasks map[*task]bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return nil, w.endedLocked()
	}
	w.over = true
	w.finished.Store(true)
	w.tellLocked("it is being committed or rolled back")
	tasks, w.tasks = w.tasks, nil
	return tasks, nil
}

// decide notes how the scope ended.
func (w *work) decide(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.committed = err == nil
	switch {
	case err == nil:
		w.tellLocked("it was committed")
	case errors.Is(err, session.ErrCommitUnknown):
		w.tellLocked("whether it was committed is unknown")
	case errors.Is(err, session.ErrImplicitCommit):
		w.tellLocked("a part of it was committed")
	default:
		w.tellLocked("it was rolled back")
	}
}

func (w *work) explain(how string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fate, w.explained = how, true
}

// tellLocked says how the scope ended, unless Explain has.
func (w *work) tellLocked(fate string) {
	if !w.explained {
		w.fate = fate
	}
}

func (w *work) endedLocked() error { return &endedError{w.fate} }

// close closes the session, rolling back what is left. A goroutine that was
// left behind may be inside; then it closes the session when it comes out,
// since nobody else can: see out. The second try is for the case that it came
// out before it could see the mark.
func (w *work) close() {
	if w.session != nil && w.session.Close() != nil {
		w.unclosed.Store(true)
		w.out()
	}
}

// out is called after every use of the session.
func (w *work) out() {
	if w.unclosed.Load() {
		_ = w.session.Close() // if it is in use again, its user will be here too
	}
}
