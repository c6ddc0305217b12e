package session

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// hooks are functions that wait for the outcome of a transaction.
type hooks struct {
	list []hook
	// verdict, of a session that is one try of several, says what becomes of
	// those that wait for a rollback.
	verdict *verdict
}

type hook struct {
	onCommit bool
	fn       func(context.Context)
}

// OnCommit registers fn to run after the transaction has been committed and
// its connection is back in the pool. It runs once, in the order of
// registration, on the goroutine that commits, with the context given to
// Commit; a panic in it is logged and does not keep the others from running. A
// rollback, of the transaction or of the savepoint it was registered in, drops
// it. The error is [ErrClosed] or [ErrConcurrentUse]; fn is not registered then.
func (s *Session) OnCommit(fn func(context.Context)) error {
	return s.hook(hook{onCommit: true, fn: fn})
}

// OnRollback registers fn to run after the transaction has ended in any other
// way than a known commit. It is dropped together with the savepoint it was
// registered in; otherwise see [Session.OnCommit].
func (s *Session) OnRollback(fn func(context.Context)) error { return s.hook(hook{fn: fn}) }

func (s *Session) hook(h hook) error {
	if err := s.guard.enterBriefly(); err != nil {
		return err
	}
	defer s.leave()
	if s.closed {
		return errSessionClosed()
	}
	if s.hooks == nil {
		s.hooks = &hooks{}
	}
	s.hooks.list = append(s.hooks.list, h)
	return nil
}

// takeHooks hands the hooks over to whoever runs them.
func (s *Session) takeHooks() *hooks {
	h := s.hooks
	s.hooks = nil
	if h != nil && h.verdict != nil {
		s.hooks = &hooks{verdict: h.verdict}
	}
	return h
}

// count is how many hooks there are, for a savepoint to return to.
func (h *hooks) count() int {
	if h == nil {
		return 0
	}
	return len(h.list)
}

// keep drops the hooks from the n-th on.
func (h *hooks) keep(n int) {
	if h != nil && n < len(h.list) {
		h.list = h.list[:n]
	}
}

// waitsForRollback reports whether a hook wants to know when a rollback is
// over.
func (h *hooks) waitsForRollback() bool {
	if h == nil {
		return false
	}
	for _, k := range h.list {
		if !k.onCommit {
			return true
		}
	}
	return false
}

func (h *hooks) run(ctx context.Context, e *Engine, committed bool) {
	switch {
	case h == nil:
	case h.verdict != nil && !committed:
		h.verdict.await(func() { h.call(ctx, e, false) })
	default:
		h.call(ctx, e, committed)
	}
}

func (h *hooks) call(ctx context.Context, e *Engine, committed bool) {
	for _, k := range h.list {
		if k.onCommit == committed {
			k.call(ctx, e)
		}
	}
}

func (k hook) call(ctx context.Context, e *Engine) {
	defer func() {
		if p := recover(); p != nil {
			e.opts.Logger.Error("session: a hook panicked", "panic", fmt.Sprint(p),
				"stack", string(debug.Stack()))
		}
	}()
	k.fn(ctx)
}

// verdict holds hooks back until it is known whether the try they belong to was
// the last one.
type verdict struct {
	mu     sync.Mutex // guards the fields below
	spoken bool
	again  bool // another try follows: the hooks are dropped
	held   []func()
}

func (v *verdict) await(run func()) {
	v.mu.Lock()
	spoken, again := v.spoken, v.again
	if !spoken {
		v.held = append(v.held, run)
	}
	v.mu.Unlock()
	if spoken && !again { // of a session that somebody else closed late
		run()
	}
}

func (v *verdict) speak(again bool) {
	v.mu.Lock()
	v.spoken, v.again = true, again
	held := v.held
	v.held = nil
	v.mu.Unlock()
	if again {
		return
	}
	for _, run := range held {
		run()
	}
}
