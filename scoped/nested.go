package scoped

import (
	"context"
	"errors"

	"github.com/sqlscope/sqlscope/session"
)

// Nested runs fn in a savepoint of the scope of ctx: all statements that the
// scope is given meanwhile belong to it. When fn returns nil what it did is
// kept, as far as the scope is; when it returns an error or panics that alone
// is undone, and the scope goes on. The error is returned, the panic goes on.
//
// If a Do inside of it failed and fn returns nil all the same, the savepoint is
// rolled back and the error is [ErrRollbackOnly]. Without a scope it is
// [ErrNoScope] or [ErrScopeEnded]; a Do with the option [Nested] opens one then.
func (r *Registry) Nested(ctx context.Context, fn func(ctx context.Context) error) error {
	c := r.at(ctx).scope()
	if c == nil {
		return r.noScope()
	}
	part := &Scope{in: c, joined: true}
	if err := c.nest(part, (*session.Session).Savepoint); err != nil {
		return err
	}
	return part.run(ctx, fn)
}

// nest puts the part into a savepoint of its own.
func (c *carrier) nest(part *Scope, open func(*session.Session) (*session.Savepoint, error)) error {
	w, err := c.enter()
	if err != nil {
		return err
	}
	defer w.out()
	sp, err := open(w.session)
	if err != nil {
		if errors.Is(err, session.ErrConcurrentUse) {
			w.spoil(err)
		}
		return err
	}
	part.savepoint, part.depth = sp, w.descend(sp)
	return nil
}

// endNested ends the savepoint of a part that has one.
func (w *work) endNested(s *Scope, err error) error {
	if over, err := w.leaveLate(s, err); over {
		return err
	}
	defer w.out()
	if err == nil {
		err = w.spoilt(s.depth)
	}
	ended := s.savepoint.End(err)
	w.ascend(s.depth)
	if errors.Is(ended, session.ErrConcurrentUse) {
		// The session may have refused the rollback to the savepoint as well:
		// what is in it must not be committed with the rest.
		w.spoil(ended)
	}
	return ended
}

// leaveLate reports whether the part or its scope had ended before, and what
// the part is told then.
func (w *work) leaveLate(s *Scope, err error) (over bool, _ error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case s.done, w.over && err == nil && !w.committed:
		return true, w.endedLocked()
	case w.over:
		s.done = true
		return true, err
	}
	s.done = true
	return false, nil
}
