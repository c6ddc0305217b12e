package scoped

import (
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// join makes s a part, with these options, of the scope.
func (c *carrier) join(s *Scope, o *options) error {
	w := &c.work
	w.mu.Lock()
	defer w.mu.Unlock()
	if o.as == Never {
		return w.neverLocked()
	}
	if w.over {
		return w.endedLocked()
	}
	err := c.admits(o.tx)
	switch {
	case err == nil:
		s.in, s.joined, s.depth = c, true, w.depthLocked()
	case o.as != Nested:
		w.spoilLocked(w.depthLocked(), failedHere(err)) // the part's work is missing
	}
	return err
}

// neverLocked lets a part through that must not be in a scope. One that has
// ended keeps nothing from going on.
func (w *work) neverLocked() error {
	if w.over {
		return nil
	}
	return fmt.Errorf("%w: this part must not run in a scope (Never); call it before the scope or after", ErrJoin)
}

// admits refuses a part whose demands the scope does not meet. A part without
// options has none.
func (c *carrier) admits(asked *session.TxOptions) error {
	if asked == nil {
		return nil
	}
	has := c.options()
	if why := c.unmet(asked, &has); why != "" {
		return fmt.Errorf("%w: this part asks %s; the scope was opened with %+v. Open it with what its "+
			"parts need, or give this one a transaction of its own (RequiresNew)", ErrJoin, why, has)
	}
	return nil
}

// options are those that the scope's transaction has, unless somebody changed
// them on the session itself.
func (c *carrier) options() session.TxOptions {
	if given := c.work.given; given != nil {
		return *given
	}
	return c.engine.TxOptions()
}

// unmet says which of the demands the scope does not meet, or nothing.
func (c *carrier) unmet(asked, has *session.TxOptions) string {
	switch {
	case asked.Isolation > max(c.isolation(has), session.ReadUncommitted):
		return fmt.Sprintf("for isolation %v", asked.Isolation)
	case has.ReadOnly && !asked.ReadOnly:
		return "to write, and the scope is read-only"
	case asked.Deferrable && !has.Deferrable:
		return "for a deferrable transaction"
	case stricter(asked.StatementTimeout, has.StatementTimeout):
		return fmt.Sprintf("for a statement timeout of %v", asked.StatementTimeout)
	case stricter(asked.LockTimeout, has.LockTimeout):
		return fmt.Sprintf("for a lock timeout of %v", asked.LockTimeout)
	}
	for name, value := range asked.Settings.All() {
		if got, ok := has.Settings.Get(name); !ok || got != value {
			return fmt.Sprintf("for another setting of %s", name)
		}
	}
	return ""
}

// isolation is what the scope is known to have: the database's default is known
// where there is only one level.
func (c *carrier) isolation(has *session.TxOptions) session.Isolation {
	levels := c.engine.Describe().Capabilities.Isolation
	if has.Isolation == session.DefaultIsolation && len(levels) == 1 {
		return levels[0]
	}
	return has.Isolation
}

// stricter reports whether a limit is below another; 0 is none.
func stricter(asked, has time.Duration) bool {
	return asked != 0 && (has == 0 || asked < has)
}
