package session

import "context"

// SavepointFor opens a savepoint for code that begins and ends a transaction by
// itself and knows nothing of the session around it, as code for database/sql
// does. It differs from one of [Session.Savepoint] in two ways.
//
// It ends with ctx: whoever uses the session next rolls it back before anything
// else. No goroutine watches ctx, and nothing enters the session from aside.
//
// And it must be ended. Commit, and Release of a savepoint around it, roll back
// and return [ErrSavepointOpen] while it is open: nobody has said that its work
// is to be kept.
func (s *Session) SavepointFor(ctx context.Context) (*Savepoint, error) {
	if err := s.guard.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	if err := ctx.Err(); err != nil {
		return nil, s.engine.wrap("savepoint", "", err)
	}
	sp, err := s.savepoint()
	if err == nil {
		sp.ctx = ctx
	}
	return sp, err
}

// expire rolls back to the outermost savepoint whose context has ended.
func (s *Session) expire() {
	u := s.unit
	if u == nil || s.spared {
		return
	}
	for _, sp := range u.saves {
		if sp.ctx == nil || sp.ctx.Err() == nil {
			continue
		}
		if u.rows != nil {
			_ = u.rows.close() // its error is what is being rolled back
		}
		_ = sp.undo() // if more than it has failed, the next call says so
		return
	}
}

// cannotKeep is why what has been done inside the level cannot be kept.
func (u *unit) cannotKeep(level int) error {
	if u.failed != nil {
		return u.refuse()
	}
	for _, sp := range u.saves[level:] {
		if sp.ctx != nil {
			return refuse(ErrSavepointOpen, "commit or roll back what Begin returned "+
				"before its scope ends; it is the savepoint %s", sp.name)
		}
	}
	return nil
}
