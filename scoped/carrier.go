package scoped

import (
	"context"
	"sync/atomic"
)

// carrier is the context that carries a scope, in one piece with it: a request
// that uses no database is not to pay for one. The session, and the mark that
// says that code runs inside it, are made when the first statement comes.
type carrier struct {
	context.Context // the one around
	registry        *Registry
	work            work

	open   atomic.Bool     // marked is set
	marked context.Context // see session.Session.Context
}

// Value finds the scope by its registry, and everything else around.
func (c *carrier) Value(key any) any {
	if r, ok := key.(*Registry); ok && r == c.registry {
		return c
	}
	if c.open.Load() {
		return c.marked.Value(key)
	}
	return c.Context.Value(key)
}

// enter returns the scope's work to whoever has a statement for it, with a
// session.
func (c *carrier) enter() (*work, error) {
	w := &c.work
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return nil, w.endedLocked()
	}
	if w.session == nil {
		w.session = c.registry.engine.Session(w.options()...)
		c.marked = w.session.Context(c.Context)
		c.open.Store(true)
	}
	return w, nil
}
