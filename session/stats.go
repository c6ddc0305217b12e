package session

import (
	"sync/atomic"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// Stats are an engine's numbers since it was opened.
type Stats struct {
	// InUse is the number of connections that sessions hold now, Waiting the
	// number of sessions that wait for one.
	InUse, Waiting int
	// Sessions is the number of sessions opened.
	Sessions int64
	// Waits counts the sessions that had to wait for a connection.
	Waits int64
	// WaitTime adds up how long those waited that got one.
	WaitTime time.Duration
	// Statements counts statements given to sessions, queued ones included;
	// Flights counts trips to the server.
	Statements, Flights int64
	// Commits and Rollbacks count transactions that ended so; one that never
	// sent anything is not counted.
	Commits, Rollbacks int64
	// UnknownCommits counts ErrCommitUnknown.
	UnknownCommits int64
	// Replays counts first flights that were sent on another connection
	// because theirs had died in the pool.
	Replays int64
	// Retries counts the tries of [Retry] after the first.
	Retries int64
	// Cancelled counts flights that a context ended.
	Cancelled int64
	// Forgotten counts sessions that were dropped without Close while they
	// held a connection.
	Forgotten int64
	// Pool has the driver's own numbers.
	Pool drivers.PoolStats
}

// counts are the engine's counters.
type counts struct {
	sessions, waits, waitTime, statements, flights  atomic.Int64
	commits, rollbacks, unknown, replays, cancelled atomic.Int64
	forgotten, retries                              atomic.Int64
}

// Stats returns the engine's numbers. They are read one after the other, not
// at one moment.
func (e *Engine) Stats() Stats {
	c := &e.counts
	s := Stats{
		Sessions: c.sessions.Load(), Waits: c.waits.Load(),
		WaitTime:   time.Duration(c.waitTime.Load()),
		Statements: c.statements.Load(), Flights: c.flights.Load(),
		Commits: c.commits.Load(), Rollbacks: c.rollbacks.Load(),
		UnknownCommits: c.unknown.Load(), Replays: c.replays.Load(),
		Retries: c.retries.Load(), Cancelled: c.cancelled.Load(), Forgotten: c.forgotten.Load(),
		Pool: e.pool.Stats(),
	}
	s.InUse, s.Waiting = e.write.load()
	if e.read != e.write {
		used, waiting := e.read.load()
		s.InUse += used
		s.Waiting += waiting
	}
	return s
}
