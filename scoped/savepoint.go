package scoped

import (
	"context"
	"fmt"

	"github.com/sqlscope/sqlscope/session"
)

// Savepoint opens a part of the scope of ctx that is a savepoint, for an adapter
// of code that knows nothing of scopes: it is what such code's transactions
// become. All statements that the scope is given meanwhile belong to it.
//
// It differs from a part that is [Nested] as [session.Session.SavepointFor] says:
// it ends with ctx, and it must be ended before the scope is; otherwise the
// scope is rolled back, and the error is [session.ErrSavepointOpen]. Without a
// scope the error is [ErrNoScope] or [ErrScopeEnded].
//
// At most one opts is given. What it asks for the scope must have, as with Do.
// And one that asks for ReadOnly is refused in a scope that may write, since the
// database would let the part write as well. The error is [ErrJoin], and the
// scope is not spoilt.
func (r *Registry) Savepoint(ctx context.Context, opts ...session.TxOptions) (*Scope, error) {
	c := r.at(ctx).scope()
	if c == nil {
		return nil, r.noScope()
	}
	for i := range opts {
		if err := c.admitsAlone(&opts[i]); err != nil {
			return nil, err
		}
	}
	part := &Scope{in: c, joined: true}
	err := c.nest(part, func(s *session.Session) (*session.Savepoint, error) { return s.SavepointFor(ctx) })
	if err != nil {
		return nil, err
	}
	return part, nil
}

// admitsAlone is admits for a part that is told of its options' limits by nobody
// else.
func (c *carrier) admitsAlone(asked *session.TxOptions) error {
	if has := c.options(); asked.ReadOnly && !has.ReadOnly {
		return fmt.Errorf("%w: this part asks to be read-only; the scope was opened with %+v", ErrJoin, has)
	}
	return c.admits(asked)
}

// Savepoint is the savepoint of a part that has one, for running statements that
// are to be refused once it has ended. It is nil for other parts, and an error
// when the scope has ended.
func (s *Scope) Savepoint() (*session.Savepoint, error) {
	if s.in != nil && s.savepoint != nil {
		if _, err := s.in.enter(); err != nil {
			return nil, err
		}
	}
	return s.savepoint, nil
}

// descend enters a savepoint and returns its level, 1 for the outermost.
func (w *work) descend(sp *session.Savepoint) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.depthLocked()
	w.open = append(w.open, sp)
	return len(w.open)
}

// ascend leaves the savepoint of a level, and those inside it.
func (w *work) ascend(level int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cutLocked(level - 1)
}

// depthLocked is how many savepoints are open.
func (w *work) depthLocked() int {
	for i, sp := range w.open {
		if sp.Ended() {
			w.cutLocked(i)
			break
		}
	}
	return len(w.open)
}

// cutLocked leaves the savepoints beyond the first n. What was spoilt inside of
// them has been rolled back with them.
func (w *work) cutLocked(n int) {
	if n >= len(w.open) {
		return
	}
	clear(w.open[n:])
	w.open = w.open[:n]
	if w.spoiled != nil && w.spoiled.level > n {
		w.spoiled = nil
	}
}
