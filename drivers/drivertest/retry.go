package drivertest

import (
	"context"
	"sync"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

var retryCases = []Case{
	{
		Name: "Two that lock each other out both succeed when Do may try again",
		Rule: "A deadlock is retryable, on the statement that meets it, and the victim's second try " +
			"finds nothing of its first.",
		Needs: not(singleWriter),
		Run:   deadlockRetried,
	},
	{
		Name: "Counters under load lose nothing when Do may try again",
		Rule: "Whatever a database does about those who read and then write the same row at the same " +
			"time, at its strictest level: each increment is there once, or its Do returned an error.",
		Needs: has(session.Serializable),
		Run:   incrementsRetried,
	},
	{
		Name: "Do tries again after a lock that was not to be had",
		Rule: "A lock timeout, be it of a row or of the whole database, is retryable, and the next " +
			"try gets the lock when its holder has ended.",
		Needs: lockTimeout,
		Run:   lockRetried,
	},
	{
		Name:  "Do tries again after a connection that was lost on the way",
		Rule:  "A statement whose connection is lost is retryable, and nothing of it is kept.",
		Needs: remote,
		Run:   lossRetried,
	},
}

func deadlockRetried(t *T) {
	t.Room(2)
	table := t.Items()
	t.Fill(table, 1, 2)
	var both, all sync.WaitGroup // both hold one row before each asks for the other
	both.Add(2)
	errs := make([]error, 2)
	for i, rows := range [][2]int64{{1, 2}, {2, 1}} {
		all.Go(func() {
			first := true
			errs[i] = t.DB.Do(t.Context(), func(_ context.Context, s *session.Session) error {
				if err := t.addTo(s, table, rows[0]); err != nil {
					return err
				}
				if first {
					first = false
					both.Done()
					both.Wait()
				}
				return t.addTo(s, table, rows[1])
			}, session.Retry{Attempts: 50})
		})
	}
	all.Wait()
	t.NoErr("the first Do", errs[0])
	t.NoErr("the second Do", errs[1])
	if t.DB.Stats().Retries == 0 {
		t.Fatal("nobody had to try again: the case has shown nothing")
	}
	s := t.Session()
	Equal(t, "the first row after two increments", t.N(s, table, 1), 10+2)
	Equal(t, "the second row after two increments", t.N(s, table, 2), 20+2)
}

func incrementsRetried(t *T) {
	const clients, each = 4, 5
	table := t.Items()
	t.Fill(table, 1)
	var all sync.WaitGroup
	allHaveRead := t.gathering(clients)
	errs := make(chan error, clients*each)
	for range clients {
		all.Go(func() {
			meet := sync.OnceFunc(allHaveRead)
			for range each {
				errs <- t.DB.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
					n, err := session.One[int64](ctx, s, "SELECT n FROM "+table+" WHERE id = 1")
					if meet(); err == nil {
						_, err = s.Exec(ctx, "UPDATE "+table+" SET n = ? WHERE id = 1", n+1)
					}
					return err
				}, session.TxOptions{Isolation: session.Serializable}, session.Retry{Attempts: 100})
			}
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		t.NoErr("a Do with a hundred tries", err)
	}
	Equal(t, "the counter", t.N(t.Session(), table, 1), 10+clients*each)
}

func lockRetried(t *T) {
	other := t.Another()
	table := t.Items()
	t.Fill(table, 1)
	holder := other.Session()
	defer holder.Close()
	t.NoErr("UPDATE by the holder", t.addTo(holder, table, 1))
	tries := 0
	// A second at least: some databases count in seconds.
	err := t.DB.Do(t.Context(), func(_ context.Context, s *session.Session) error {
		if tries++; tries == 2 {
			t.NoErr("Commit of the holder", holder.Commit(t.Context()))
		}
		err := t.addTo(s, table, 1)
		if tries == 1 {
			t.KindIs("an UPDATE of a row that is locked", err, session.KindLockTimeout)
		}
		return err
	}, session.TxOptions{LockTimeout: time.Second}, session.Retry{})
	t.NoErr("Do", err)
	Equal(t, "tries", tries, 2)
	Equal(t, "the row after two increments", t.N(t.Session(), table, 1), 10+2)
}

// gathering returns what waits until n have called it, or does not wait where
// they cannot all be in a transaction at once.
func (t *T) gathering(n int) (meet func()) {
	if t.Caps.SingleWriter || t.DB.Describe().MaxConns < n {
		return func() {}
	}
	var here sync.WaitGroup
	here.Add(n)
	return func() {
		here.Done()
		here.Wait()
	}
}

func lossRetried(t *T) {
	if t.Faults.Cut == nil {
		t.Skip("the harness has no Faults.Cut")
	}
	table := t.Items()
	t.Fill(table, 1)
	cut := t.Faults.Cut(During, "set n = n + 1")
	tries := 0
	err := t.DB.Do(t.Context(), func(_ context.Context, s *session.Session) error {
		tries++
		t.Insert(s, table, int64(100+tries))
		return t.addTo(s, table, 1)
	}, session.Retry{})
	t.NoErr("Do", err)
	<-cut
	Equal(t, "tries", tries, 2)
	t.AllBack()
	t.Holds(table, 1, 102)
}
