package scoped

import (
	"context"

	"github.com/sqlscope/sqlscope/session"
)

// carrier is the context that carries a scope, in one piece with it: a request
// that uses no database is not to pay for one. The session, and the mark that
// says that code runs inside it, are made when the first statement comes.
type carrier struct {
	context.Context // the one around
	registry        *Registry
	engine          *session.Engine
	work            work
	marked          context.Context // see session.Session.Context; nil before work.opened
}

// Value finds the scope by its registry, and everything else around.
func (c *carrier) Value(key any) any {
	if r, ok := key.(*Registry); ok && r == c.registry {
		return c
	}
	if c.work.opened.Load() {
		return c.marked.Value(key)
	}
	return c.Context.Value(key)
}

// scope is c if it is a scope, ended or not. It may be a mere note of the engine
// instead, which is no context, or nil.
func (c *carrier) scope() *carrier {
	if c == nil || c.registry == nil {
		return nil
	}
	return c
}

// enter returns the scope's work to whoever has a statement for it, with a
// session.
func (c *carrier) enter() (*work, error) {
	w := &c.work
	if w.opened.Load() && !w.finished.Load() {
		return w, nil
	}
	return c.enterFirst()
}

// enterFirst is enter for the first statement, and for those that come too late.
func (c *carrier) enterFirst() (*work, error) {
	w := &c.work
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return nil, w.endedLocked()
	}
	if w.session == nil {
		c.useLocked(c.newSession())
	}
	return w, nil
}

func (c *carrier) newSession() *session.Session {
	if given := c.work.given; given != nil {
		return c.engine.Session(*given)
	}
	return c.engine.Session()
}

func (c *carrier) useLocked(s *session.Session) {
	c.work.session = s
	c.marked = s.Context(c.Context)
	c.work.opened.Store(true)
}
