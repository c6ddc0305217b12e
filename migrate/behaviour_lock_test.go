package migrate_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/migrate/source"
	"github.com/sqlscope/sqlscope/session"
)

// busy has another engine in the middle of a migration, version 7 with four
// statements or in Go, until the function it returns is called.
func (b *bed) busy(t *testing.T, f files) (release func()) {
	t.Helper()
	inside, leave, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	m, err := migrate.New(b.open(b.url, session.Options{}), []migrate.Source{{FS: f.fs(), Options: source.Options{
		Format: source.Plain, Go: []source.Go{{Version: "7", Name: "slow", Up: func(context.Context, session.Querier) error {
			close(inside)
			<-leave
			return nil
		}}}}}}, quiet(migrate.Options{AppliedBy: "the holder"}))
	noErr(t, err)
	go func() {
		_, err := m.Up(context.WithoutCancel(t.Context()))
		done <- err
	}()
	select {
	case <-inside:
	case err := <-done:
		t.Fatalf("the holder ended: %v", err)
	}
	released := false
	release = func() {
		if !released {
			released = true
			close(leave)
			noErr(t, <-done)
		}
	}
	t.Cleanup(release)
	return release
}

func TestBehaviour23AHeldLockIsATypedErrorThatNamesTheHolder(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		b.busy(t, pairs("a1"))
		const budget = 600 * time.Millisecond
		m := b.migrator(pairs("a1", "a2"), migrate.Options{LockWait: budget, Ahead: migrate.Allow})
		for range 2 {
			began := time.Now()
			_, err := m.Up(t.Context())
			var late *session.LockTimeoutError
			if !errors.As(err, &late) {
				t.Fatalf("the error is %v", err)
			}
			if took := time.Since(began); took < budget {
				t.Errorf("it waited %v of %v", took, budget)
			}
			if late.Holder == nil || late.Holder.Connection == "" {
				t.Errorf("the holder is %+v", late.Holder)
			}
			wantText(t, err.Error(), "held by", "connection")
		}
	})
}

func TestBehaviour24ALockTimeoutInTheDSNBoundsTheDDLAndNotTheWait(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		release := b.busy(t, pairs("a1"))
		e := b.open(testdsn.With(t, b.url, "lock_timeout", "200ms"), session.Options{})
		f := files{"8_x.sql": "ALTER TABLE a1 ADD COLUMN c INTEGER;"}
		done := make(chan error)
		go func() {
			_, err := b.migratorOn(e, f.with("1_a1.sql", pair("a1")), migrate.Options{LockRetries: -1,
				Missing: migrate.Allow}).Up(t.Context())
			done <- err
		}()
		select {
		case err := <-done:
			t.Fatalf("the wait for the migrations' lock ended: %v", err)
		case <-time.After(1500 * time.Millisecond):
		}
		holder := b.engine.Session()
		defer holder.Close()
		_, err := holder.Exec(t.Context(), "LOCK TABLE a1")
		noErr(t, err)
		release()
		err = <-done
		equal(t, "kind", session.KindOf(err), session.KindLockTimeout)
	})
}

func TestBehaviour25NothingPendingNeedsNoLock(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		b.busy(t, pairs("a1"))
		waits := 0
		_, err := b.migrator(pairs("a1"), migrate.Options{LockWait: time.Hour, OnEvent: func(e migrate.Event) {
			if e.Kind == migrate.LockWaiting {
				waits++
			}
		}}).Up(t.Context())
		noErr(t, err)
		equal(t, "times it asked for the lock", waits, 0)
	})
}

func TestStartUpWithNothingPendingTakesThreeRoundTripsAtMost(t *testing.T) {
	onEach(t, "postgres mysql", func(t *testing.T, b *bed) {
		f := pairs("a1", "a2", "a3")
		b.up(f)
		proxy, url := testdsn.Proxied(t, b.url)
		e := b.open(url, session.Options{})
		m := b.migratorOn(e, f)
		noErr(t, e.Ping(t.Context())) // it connects
		for range 3 {
			before := proxy.RoundTrips()
			_, err := m.Up(t.Context())
			noErr(t, err)
			await(t, "the connection is back", func() bool { return e.Stats().InUse == 0 })
			if n := proxy.RoundTrips() - before; n > 3 {
				t.Errorf("start-up took %d round trips", n)
			}
		}
	})
}

func TestBehaviour26StatusTellsWhatRuns(t *testing.T) {
	slow := map[string]string{"postgres": "SELECT pg_sleep(60);\n", "mysql": "SELECT SLEEP(60);\n"}
	onEach(t, "postgres mysql", func(t *testing.T, b *bed) {
		f := files{"1_a.sql": table("a"), "7_slow.sql": table("b") + slow[b.kind] + table("c") + table("d")}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan struct{})
		m := b.migratorOn(b.open(b.url, session.Options{MaxConns: 1}), f, migrate.Options{AppliedBy: "me@host"})
		go func() { _, _ = m.Up(ctx); close(done) }()
		viewer := b.migrator(f)
		var st *migrate.Status
		await(t, "statement 2 runs", func() bool {
			var err error
			st, err = viewer.Status(t.Context())
			noErr(t, err)
			return len(st.Running) == 1 && st.Running[0].Statement == 2
		})
		wantText(t, st.Running[0].String(), "running v7, statement 2/4", "me@host")
		equal(t, "state", st.Entries[1].State, migrate.StateRunning)
		cancel()
		<-done
	})
	onEach(t, "sqlite", func(t *testing.T, b *bed) {
		b.busy(t, pairs("a1"))
		m := b.goMigrator(pairs("a1"), "7", func(context.Context, session.Querier) error { return nil })
		st, err := m.Status(t.Context())
		noErr(t, err)
		if len(st.Running) != 1 {
			t.Fatalf("running: %+v", st.Running)
		}
		wantText(t, st.Running[0].String(), "running v7", "process")
	})
}

func TestBehaviour29OneConnectionIsEnough(t *testing.T) {
	onEach(t, every, func(t *testing.T, b *bed) {
		e := b.open(b.url, session.Options{MaxConns: 1, AcquireTimeout: 5 * time.Second})
		m, err := migrate.New(e, []migrate.Source{{FS: pairs("a1", "a3").fs(), Options: source.Options{
			Format: source.Plain, Go: []source.Go{{Version: "2", Name: "g", NoTransaction: true,
				Up: func(ctx context.Context, q session.Querier) error {
					_, err := q.Exec(ctx, "INSERT INTO a1 VALUES (1)")
					return err
				}}}}}}, quiet(migrate.Options{}))
		noErr(t, err)
		res, err := m.Up(t.Context())
		noErr(t, err)
		equal(t, "applied", versions(res.Applied), "1 2 3")
	})
}

func TestBehaviour08AnInvalidIndexIsDroppedBeforeItIsBuiltAgain(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		f := files{"1_t.sql": "CREATE TABLE t (id INTEGER, v INTEGER);\nINSERT INTO t VALUES (1, 1);"}
		b.up(f)
		old := b.engine.Session(session.TxOptions{Isolation: session.RepeatableRead})
		defer old.Close()
		_, err := old.Exec(t.Context(), "UPDATE t SET v = 2") // a transaction that the build waits for
		noErr(t, err)
		retries := 0
		m := b.migrator(f.with("2_i.sql", "CREATE INDEX CONCURRENTLY t_v ON t (v);"), migrate.Options{
			LockTimeout: 300 * time.Millisecond, OnEvent: func(e migrate.Event) {
				if e.Kind == migrate.Retrying {
					if retries++; retries == 2 {
						noErr(t, old.Rollback(context.WithoutCancel(t.Context())))
					}
				}
			}})
		_, err = m.Up(t.Context())
		noErr(t, err)
		if retries < 2 {
			t.Errorf("there were %d retries", retries)
		}
		equal(t, "indexes", b.count("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass"), 1)
		equal(t, "valid indexes",
			b.count("SELECT count(*) FROM pg_index WHERE indexrelid = 't_v'::regclass AND indisvalid"), 1)
	})
}

func TestATransactionThatMeetsALockIsTriedAgain(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		b.up(pairs("a1"))
		holder := b.engine.Session()
		defer holder.Close()
		_, err := holder.Exec(t.Context(), "LOCK TABLE a1")
		noErr(t, err)
		var tries []string
		m := b.migrator(pairs("a1").with("2_x.sql", table("x")+"ALTER TABLE a1 ADD COLUMN c INTEGER;"), migrate.Options{
			LockTimeout: 100 * time.Millisecond, OnEvent: func(e migrate.Event) {
				if e.Kind == migrate.Retrying {
					tries = append(tries, e.Err.Error())
					if len(tries) == 3 {
						noErr(t, holder.Rollback(context.WithoutCancel(t.Context())))
					}
				}
			}})
		_, err = m.Up(t.Context())
		noErr(t, err)
		equal(t, "retries", len(tries), 3)
		wantText(t, strings.Join(tries, "\n"), "55P03")
	})
}
