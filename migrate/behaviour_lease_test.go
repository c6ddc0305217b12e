package migrate_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/session"
)

// onEachLockless runs a test on databases that keep no locks with names, so that
// the lock is a lease.
func onEachLockless(t *testing.T, test func(t *testing.T, b *bed)) {
	onEach(t, every, func(t *testing.T, b *bed) {
		b.lockless = true
		b.engine = b.open(b.url, session.Options{MaxConns: 4})
		test(t, b)
	})
}

// takeOver is what another does whose wait for the lease was long enough.
func takeOver(t *testing.T, thief *session.Engine) {
	t.Helper()
	noErr(t, thief.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		res, err := s.Exec(ctx, "UPDATE sqlscope_lease SET holder = '1 another x', token = token + 1 "+
			"WHERE name LIKE 'sqlscope migrate%'")
		equal(t, "leases", res.RowsAffected, 1)
		return err
	}))
}

// outcomes are those in the history.
func (b *bed) outcomes() string {
	b.Helper()
	s := b.engine.Session()
	defer s.Close()
	all, err := session.Collect[string](b.Context(), s, "SELECT outcome FROM sqlscope_migrations ORDER BY seq")
	noErr(b, err)
	return strings.Join(all, ", ")
}

func TestManyReplicasMigrateOnceUnderALease(t *testing.T) {
	onEachLockless(t, func(t *testing.T, b *bed) {
		var all sync.WaitGroup
		var mu sync.Mutex
		applied := 0
		for range 6 {
			m := b.migratorOn(b.open(b.url, session.Options{MaxConns: 2}), mixed())
			all.Go(func() {
				res, err := m.Up(t.Context())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				applied += len(res.Applied)
			})
		}
		all.Wait()
		equal(t, "applied by all together", applied, 4)
		equal(t, "rows", b.count("SELECT count(*) FROM a"), 1)
	})
}

func TestBehaviour18ARunWhoseLeaseWasTakenOverStopsBeforeItsNextStatement(t *testing.T) {
	onEachLockless(t, func(t *testing.T, b *bed) {
		thief := b.open(b.url, session.Options{})
		m := b.migrator(files{"1_a.sql": table("a"), "2_b.sql": table("b") + table("c")}, migrate.Options{
			OnEvent: func(e migrate.Event) {
				if e.Step == nil || e.Step.Version != "2" {
					return
				}
				// SQLite has one writer, and nobody takes a lease over in its transaction.
				if e.Kind == migrate.StepBegins && b.kind == "sqlite" ||
					e.Kind == migrate.StatementBegins && e.Number == 2 && b.kind != "sqlite" {
					takeOver(t, thief)
				}
			}})
		res, err := m.Up(t.Context())
		if !errors.Is(err, session.ErrLockLost) {
			t.Fatalf("the error is %v", err)
		}
		wantText(t, err.Error(), "taken over")
		equal(t, "applied", versions(res.Applied), "1")
		if b.kind == "mysql" { // where the first statement of the file took effect
			b.wantTables("a b", "c")
			equal(t, "outcomes", b.outcomes(), "done, running")
			return
		}
		b.wantTables("a", "b c")
		equal(t, "outcomes", b.outcomes(), "done")
	})
}

func TestBehaviour19AFrozenHolderRunsNothingAfterItsLeaseHasRunOut(t *testing.T) {
	slow := map[string]string{"postgres": "SELECT pg_sleep(1);\n", "mysql": "DO SLEEP(1);\n"}
	onEach(t, "postgres mysql", func(t *testing.T, b *bed) {
		b.lockless = true
		b.engine = b.open(b.url, session.Options{MaxConns: 4})
		f := files{"1_a.sql": "-- sqlscope: no transaction\n" + table("a") + slow[b.kind] + table("c")}
		c := start(t, childSpec{URL: b.url, Dir: f.dir(t), Peer: time.Second, Lockless: true})
		c.letGo()
		c.await("event statement begins v1 2")
		noErr(t, c.cmd.Process.Signal(syscall.SIGSTOP))
		before := b.count("SELECT max(token) FROM sqlscope_lease")
		wrote := b.outcomes()
		err := b.engine.RunSync(t.Context(), b.leaseName(), func(ctx context.Context, q *session.SyncConn) error {
			noErr(t, c.cmd.Process.Signal(syscall.SIGCONT))
			code, said := c.wait()
			if code != 1 {
				t.Errorf("the exit code is %d", code)
			}
			wantText(t, said, session.ErrLockLost.Error(), "taken over")
			return nil
		}, session.SyncOptions{NoTransaction: true, LockWait: time.Minute, PeerTimeout: time.Second})
		noErr(t, err)
		equal(t, "token", b.count("SELECT max(token) FROM sqlscope_lease"), before+1)
		equal(t, "outcomes", b.outcomes(), wrote)
		b.wantTables("a", "c")
	})
}

func TestTheLeaseOfAKilledHolderRunsOut(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		b.lockless = true
		b.engine = b.open(b.url, session.Options{MaxConns: 4})
		f := files{"1_a.sql": table("a") + "SELECT pg_sleep(2);\n" + table("c")}
		c := start(t, childSpec{URL: b.url, Dir: f.dir(t), Peer: time.Second, Lockless: true})
		c.letGo()
		c.await("event statement begins v1 2")
		c.kill()
		res := b.up(f, migrate.Options{PeerTimeout: time.Second})
		equal(t, "applied", versions(res.Applied), "1")
		b.wantTables("a c", "")
	})
}

// leaseName is the name of the migrations' lease.
func (b *bed) leaseName() string {
	b.Helper()
	s := b.engine.Session()
	defer s.Close()
	name, err := session.One[string](b.Context(), s, "SELECT name FROM sqlscope_lease WHERE name LIKE 'sqlscope migrate%'")
	noErr(b, err)
	return name
}

func TestWithALeaseAMigrationWithoutATransactionRunsBehindAPooler(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		url := b.pooler("transaction")
		f := mixed().with("5_i.sql", "CREATE INDEX CONCURRENTLY i ON a (id);")
		opts := migrate.Options{LeaseTable: "public.sqlscope_lease"}
		res, err := b.migratorOn(b.open(url, session.Options{}), f, opts).Up(t.Context())
		noErr(t, err)
		equal(t, "applied", versions(res.Applied), "1 2 3 4 5")
		b.wantNoAdvisoryLocks()
	})
}

func TestALeaseIsNotEndedByUnlock(t *testing.T) {
	onEachLockless(t, func(t *testing.T, b *bed) {
		b.busy(t, pairs("a1"))
		m := b.migrator(pairs("a1"))
		st, err := m.Status(t.Context())
		noErr(t, err)
		equal(t, "running", len(st.Running), 1)
		_, err = m.Unlock(t.Context(), "")
		wantText(t, err.Error(), "a lease of process", "run out")
	})
}
