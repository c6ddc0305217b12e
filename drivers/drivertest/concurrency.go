package drivertest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

var concurrencyCases = []Case{
	{
		Name: "Many sessions at once keep their rows apart",
		Rule: "Each session reads what it asked for and what it wrote, whoever else is at work.",
		// Fewer connections than sessions, so that they change hands.
		Options: session.Options{MaxConns: 4},
		Run:     rowsApart,
	},
	{
		Name:    "No update is lost",
		Rule:    "Transactions that add to one row at once add up.",
		Options: session.Options{MaxConns: 4},
		Run:     noLostUpdate,
	},
	{
		Name:    "There are never more connections than MaxConns",
		Rule:    "However many sessions there are, MaxConns is the limit.",
		Options: session.Options{MaxConns: 3},
		Run:     capHolds,
	},
	{
		Name: "Two goroutines in one session are told so",
		Rule: "Concurrent use of a session is ErrConcurrentUse and never reaches the connection.",
		Run:  concurrentUse,
	},
	{
		Name: "Sessions wait for their turn and none is forgotten",
		Rule: "With one connection, every one of many sessions gets it.",
		// One, so that each but the first has to wait.
		Options: session.Options{MaxConns: 1},
		Run:     turns,
	},
	{
		Name:    "Ping answers while sessions are at work",
		Rule:    "Ping takes a connection of its own and gives it back.",
		Options: session.Options{MaxConns: 2},
		Run:     pingAtWork,
	},
}

// together runs n goroutines and ends the case with the first error.
func (t *T) together(n int, fn func(worker int) error) {
	t.Helper()
	errs := make(chan error, n)
	for worker := range n {
		t.Go(func() { errs <- fn(worker) })
	}
	var all []error
	for range n {
		all = append(all, <-errs)
	}
	t.NoErr("a worker", errors.Join(all...))
}

func rowsApart(t *T) {
	table := t.Items()
	t.together(12, func(worker int) error {
		for round := range 8 {
			id := int64(100*worker + round)
			err := t.DB.Do(t.Context(), func(_ context.Context, s *session.Session) error {
				return t.writeAndRead(s, table, id)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	t.AllBack()
	Equal(t, "rows", len(t.IDs(t.Session(), table)), 12*8)
}

// writeAndRead inserts a row and reads it in two ways.
func (t *T) writeAndRead(s *session.Session, table string, id int64) error {
	if err := t.TryInsert(s, table, id); err != nil {
		return err
	}
	type item struct {
		ID, N int64
		Name  string
	}
	want := item{id, 10 * id, fmt.Sprint("item ", id)}
	for _, columns := range []string{"id, n, name", "name, n, id"} {
		got, err := session.One[item](t.Context(), s,
			"SELECT "+columns+" FROM "+table+" WHERE id = ?", id)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("session of row %d read %+v", id, got)
		}
	}
	return nil
}

func noLostUpdate(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	t.together(8, func(int) error {
		for range 10 {
			err := t.DB.Do(t.Context(), func(_ context.Context, s *session.Session) error {
				return t.addTo(s, table, 1)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	Equal(t, "n", t.N(t.Session(), table, 1), 10+80)
}

func capHolds(t *T) {
	table := t.Items()
	t.Fill(table, 1)
	limit := t.DB.Describe().MaxConns
	t.together(20, func(int) error {
		s := t.DB.Session()
		defer s.Close()
		if _, err := session.Collect[int64](t.Context(), s, "SELECT id FROM "+table); err != nil {
			return err
		}
		if stats := t.DB.Stats(); stats.InUse > limit || stats.Pool.Open > limit {
			return fmt.Errorf("%d connections in use and %d open; MaxConns is %d",
				stats.InUse, stats.Pool.Open, limit)
		}
		return s.Commit(t.Context())
	})
	t.AllBack()
	if idle := t.DB.Stats().Pool.Idle; idle < 1 || idle > limit {
		t.Fatalf("%d connections were kept; MaxConns is %d", idle, limit)
	}
}

// concurrentUse lets one goroutine be busy in a session while another tries to
// use it. Whichever comes second is refused.
func concurrentUse(t *T) {
	slow := "SELECT " + t.Slow(400*time.Millisecond)
	s := t.Session()
	busy := make(chan error, 1)
	t.Go(func() {
		_, err := session.Collect[int64](t.Context(), s, slow)
		busy <- err
	})
	var refused error
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case err := <-busy:
			t.ErrIs("one of the two", errors.Join(err, refused), session.ErrConcurrentUse)
			t.NoErr("Rollback", s.Rollback(t.Context()))
			_, err = session.One[int](t.Context(), s, "SELECT 1")
			t.NoErr("SELECT", err)
			return
		case <-ticker.C:
			_, err := s.Exec(t.Context(), "SELECT 1")
			if errors.Is(err, session.ErrConcurrentUse) {
				refused = err
			}
		}
	}
}

func turns(t *T) {
	table := t.Items()
	t.together(15, func(worker int) error {
		return t.DB.Do(t.Context(), func(_ context.Context, s *session.Session) error {
			return t.TryInsert(s, table, int64(worker))
		})
	})
	Equal(t, "rows", len(t.IDs(t.Session(), table)), 15)
}

func pingAtWork(t *T) {
	table := t.Items()
	s := t.Session()
	t.Insert(s, table, 1)
	if t.DB.Describe().MaxConns > 1 {
		t.NoErr("Ping", t.DB.Ping(t.Context()))
	}
	t.NoErr("Commit", s.Commit(t.Context()))
	t.NoErr("Ping", t.DB.Ping(t.Context()))
	Equal(t, "connections in use", t.DB.Stats().InUse, 0)
}
