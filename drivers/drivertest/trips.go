package drivertest

import (
	"github.com/sqlscope/sqlscope/session"
)

// tripCases count the round trips of a warm connection; they need
// Faults.RoundTrips.
var tripCases = []Case{
	{
		Name:    "Transactions take no more round trips than promised",
		Rule:    "With Capabilities.Pipelining BEGIN takes no trip of its own, nor do queued statements.",
		Needs:   pipelining,
		Options: session.Options{MaxConns: 1},
		Run:     tripsOfTransactions,
	},
}

// trips counts the round trips that fn's caller waits for when it runs for the
// third time, and statements have been prepared.
func (t *T) trips(fn func(s *session.Session)) int64 {
	t.Helper()
	return t.tripsWith(fn)
}

func (t *T) tripsWith(fn func(s *session.Session), opts ...session.TxOptions) int64 {
	t.Helper()
	if t.Faults.RoundTrips == nil {
		t.Skip("the harness has no Faults.RoundTrips")
	}
	var took int64
	for range 3 {
		t.AllBack()
		before := t.Faults.RoundTrips()
		s := t.Session(opts...)
		fn(s)
		took = t.Faults.RoundTrips() - before
		t.NoErr("Close", s.Close())
	}
	return took
}

func tripsOfTransactions(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	commit := func(s *session.Session) { t.NoErr("Commit", s.Commit(t.Context())) }
	update := func(s *session.Session) { t.NoErr("UPDATE", t.addTo(s, table, 1)) }
	queue := func(s *session.Session) {
		t.NoErr("Queue", s.Queue("UPDATE "+table+" SET n = n + 1 WHERE id = ?", 1))
	}
	for _, shape := range []struct {
		name string
		max  int64
		run  func(s *session.Session)
	}{
		{"one statement and commit", 2, func(s *session.Session) { update(s); commit(s) }},
		{"two statements and commit", 3, func(s *session.Session) { update(s); update(s); commit(s) }},
		{"one read", 1, func(s *session.Session) { t.IDs(s, table) }},
		{"queued writes, a read and commit", 2, func(s *session.Session) {
			queue(s)
			t.IDs(s, table)
			commit(s)
		}},
		{"queued writes and commit", 1, func(s *session.Session) { queue(s); queue(s); commit(s) }},
		{"nothing", 0, commit},
	} {
		if got := t.trips(shape.run); got > shape.max {
			t.Errorf("%s: %d round trips, want at most %d", shape.name, got, shape.max)
		}
	}
}
