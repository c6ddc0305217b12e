// Package failover tests sessions on a server of its own, which it restarts and
// crashes.
package failover

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/internal/testbed/bed"
	"github.com/sqlscope/sqlscope/session"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// start brings up a server of the test's own, the way the testbed went if it
// runs this test.
func start(t *testing.T) *bed.Server {
	t.Helper()
	paths := []bed.Path{bed.Local, bed.Container}
	if p := bed.Path(os.Getenv("SQLSCOPE_TESTBED_POSTGRES")); p == bed.Local || p == bed.Container {
		paths = []bed.Path{p}
	}
	b := bed.New(bed.Options{Getenv: os.Getenv, Say: func(line string) { t.Log(line) }})
	t.Cleanup(func() { must(t, b.Down(context.Background())) })
	var errs []error
	for _, p := range paths {
		server, err := b.Start(t.Context(), bed.Postgres, p)
		if err == nil {
			return server
		}
		errs = append(errs, err)
	}
	if strings.Contains(os.Getenv("SQLSCOPE_REQUIRE"), "postgres") {
		t.Fatal(errors.Join(errs...))
	}
	t.Skip(errors.Join(errs...))
	return nil
}

// open opens an engine of four connections, all of them made, and a table.
func open(t *testing.T, s *bed.Server) *session.Engine {
	t.Helper()
	e, err := session.Open(t.Context(), s.DSN, session.Options{MaxConns: 4}, postgres.Driver)
	must(t, err)
	t.Cleanup(func() { must(t, e.Close(context.Background())) })
	must(t, e.RunSync(t.Context(), "table", func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, "create table done (id bigint primary key)")
		return err
	}))
	warm(t, e)
	return e
}

func warm(t *testing.T, e *session.Engine) {
	t.Helper()
	var all []*session.Session
	for range 4 {
		s := e.Session()
		_, err := s.Exec(t.Context(), "select ?::int", 1)
		must(t, err)
		all = append(all, s)
	}
	for _, s := range all {
		must(t, s.Commit(t.Context()))
		must(t, s.Close())
	}
}

func insert(t *testing.T, e *session.Engine, id int64) error {
	return e.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "insert into done values (?)", id)
		return err
	})
}

// eventually waits until something that another process does has happened.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(end) {
			t.Fatal("nothing happened in 30 seconds")
		}
		<-time.After(5 * time.Millisecond)
	}
}

func TestNobodyNoticesThatTheServerWasRestartedBetweenRequests(t *testing.T) {
	server := start(t)
	e := open(t, server)
	must(t, server.Restart(t.Context()))
	must(t, insert(t, e, 1))
	s := e.Stats()
	if s.Replays < 1 || s.Pool.Opened > 4+1 {
		t.Errorf("%d replays, %d connections opened", s.Replays, s.Pool.Opened)
	}
	if s.Pool.Idle > 1 {
		t.Errorf("%d connections are idle, of which one can be alive", s.Pool.Idle)
	}
}

// outcomes is what callers were told of their requests.
type outcomes struct {
	mu                     sync.Mutex // guards the fields below
	done, notDone, unknown map[int64]bool
}

func (o *outcomes) note(t *testing.T, id int64, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err == nil:
		o.done[id] = true
	case errors.Is(err, session.ErrCommitUnknown):
		o.unknown[id] = true
	case session.KindOf(err) == session.KindConnLost:
		o.notDone[id] = true
	default:
		t.Errorf("%d: the error is neither a lost connection nor an unknown commit: %v", id, err)
	}
}

func TestRequestsDuringARestartAreToldTheTruth(t *testing.T) {
	server := start(t)
	e := open(t, server)
	o := &outcomes{done: map[int64]bool{}, notDone: map[int64]bool{}, unknown: map[int64]bool{}}
	var next atomic.Int64
	var stop atomic.Bool
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for !stop.Load() {
				id := next.Add(1)
				o.note(t, id, insert(t, e, id))
			}
		})
	}
	for round := range 3 {
		before := next.Load()
		eventually(t, func() bool { return next.Load() > before+200 })
		must(t, server.Restart(t.Context()))
		t.Logf("round %d: restarted", round)
	}
	before := next.Load()
	eventually(t, func() bool { return next.Load() > before+200 })
	stop.Store(true)
	all.Wait()
	t.Logf("%d committed, %d lost, %d unknown", len(o.done), len(o.notDone), len(o.unknown))
	compare(t, e, o)
}

// compare checks what is in the table against what callers were told.
func compare(t *testing.T, e *session.Engine, o *outcomes) {
	t.Helper()
	s := e.Session()
	defer s.Close()
	ids, err := session.Collect[int64](t.Context(), s, "select id from done")
	must(t, err)
	for _, id := range ids {
		if !o.done[id] && !o.unknown[id] {
			t.Errorf("%d is committed, and its caller was told that it is not", id)
		}
		delete(o.done, id)
	}
	for id := range o.done {
		t.Errorf("%d is not committed, and its caller was told that it is", id)
	}
}

func TestAStatementWhoseBackendIsKilledIsLostAndNotRunAgain(t *testing.T) {
	server := start(t)
	if server.Path != bed.Local {
		t.Skip("the backends are not processes of this machine")
	}
	e := open(t, server)
	const sql = "select pg_sleep(60)"
	result := make(chan error, 1)
	go func() {
		result <- e.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
			_, err := s.Exec(ctx, sql)
			return err
		})
	}()
	var pid int
	eventually(t, func() bool { pid = running(t, server, sql); return pid != 0 })
	must(t, syscall.Kill(pid, syscall.SIGKILL))
	if err := <-result; session.KindOf(err) != session.KindConnLost {
		t.Errorf("error is %v", err)
	}
	// The server ends every backend and recovers.
	eventually(t, func() bool { return insert(t, e, 1) == nil })
	if running(t, server, sql) != 0 || e.Stats().Replays > 1 {
		t.Errorf("the statement was run again; %d replays", e.Stats().Replays)
	}
}

// running is the backend that runs the statement, or 0.
func running(t *testing.T, s *bed.Server, sql string) (pid int) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), s.DSN)
	must(t, err)
	defer func() { must(t, c.Close(context.Background())) }()
	err = c.QueryRow(t.Context(), "select pid from pg_stat_activity where query = $1 and "+
		"state = 'active' and pid <> pg_backend_pid()", sql).Scan(&pid)
	if !errors.Is(err, pgx.ErrNoRows) {
		must(t, err)
	}
	return pid
}
