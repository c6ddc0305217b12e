package session

import "github.com/sqlscope/sqlscope/drivers"

// implicit makes of the error of a statement that commits before it does its work,
// as DDL does on MySQL and Oracle, one that says so: whoever ran the unit of work
// again would do twice what came before it.
func (s *Session) implicit(u *unit, at int, err error) error {
	step := &u.flight.Steps[at]
	if u.autocommit || u.flight.Sent <= at || !commits(s.engine.pool, step) {
		return err
	}
	switch u.lease.conn.State() {
	case drivers.TxLost:
		u.unknown = true
		s.engine.counts.unknown.Add(1)
		return &failure{is: ErrCommitUnknown, cause: err}
	case drivers.TxIdle:
		if u.worked {
			s.committed = true
			return &failure{is: ErrImplicitCommit, cause: err}
		}
	}
	return err
}

func isStatement(op drivers.Op) bool {
	return op == drivers.OpExec || op == drivers.OpQuery || op == drivers.OpExecMany
}
