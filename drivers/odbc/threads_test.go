//go:build cgo

package odbc_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/odbc"
	"github.com/sqlscope/sqlscope/session"
)

// threads is the number of the process's operating system threads.
func threads(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/task")
	must(t, err)
	return len(entries)
}

func TestManySlowQueriesTakeAsManyThreadsAsConnections(t *testing.T) {
	if _, err := os.Stat("/proc/self/task"); err != nil {
		t.Skip("only Linux tells the threads")
	}
	const conns, queries = 16, 200
	e, err := session.Open(t.Context(), postgresURL(t), session.Options{MaxConns: conns, AcquireTimeout: time.Minute},
		odbc.Driver)
	must(t, err)
	defer func() { must(t, e.Close(context.Background())) }()
	before := threads(t)
	var all sync.WaitGroup
	for range queries {
		all.Go(func() {
			err := e.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
				_, err := s.Exec(ctx, "SELECT pg_sleep(0.2)")
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	most := 0
	for running := true; running; {
		most = max(most, threads(t))
		select {
		case <-done:
			running = false
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Logf("%d threads before, at most %d with %d queries on %d connections", before, most, queries, conns)
	const runtime = 8 // what Go keeps for itself: the scheduler's, the race detector's
	if most > before+conns+runtime {
		t.Errorf("%d threads, want at most %d", most, before+conns+runtime)
	}
}
