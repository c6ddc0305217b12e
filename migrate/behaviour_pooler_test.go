package migrate_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/migrate"
	"github.com/sqlscope/sqlscope/session"
)

// pooler starts a pgbouncer in front of the database, in transaction or session
// mode, and returns the URL that leads through it.
func (b *bed) pooler(mode string) string {
	b.Helper()
	return testdsn.With(b, testdsn.Pooler(b, b.url, mode), "default_query_exec_mode", "exec")
}

func (b *bed) wantNoAdvisoryLocks() {
	b.Helper()
	await(b, "no advisory lock is left", func() bool {
		return b.count("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "+
			"(SELECT oid FROM pg_database WHERE datname = current_database())") == 0
	})
}

func TestBehaviour28BehindAPoolerInTransactionModeTheLockIsTheTransactions(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		url := b.pooler("transaction")
		var all sync.WaitGroup
		var mu sync.Mutex
		applied := 0
		for range 6 {
			m := b.migratorOn(b.open(url, session.Options{MaxConns: 2}), mixed())
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
		b.wantNoAdvisoryLocks()
	})
}

func TestBehaviour28WhatNeedsNoTransactionIsRefusedBehindAPooler(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		url := b.pooler("transaction")
		f := mixed().with("5_i.sql", "CREATE INDEX CONCURRENTLY i ON a (id);")
		res, err := b.migratorOn(b.open(url, session.Options{}), f).Up(t.Context())
		if !errors.Is(err, session.ErrUnsupported) || !errors.Is(err, migrate.ErrInTransaction) {
			t.Fatalf("the error is %v", err)
		}
		wantText(t, err.Error(), "5_i.sql", "pooler", "connect to the database itself")
		equal(t, "applied", versions(res.Applied), "1 2 3 4")
		b.wantNoAdvisoryLocks()
		e := b.open(url, session.Options{})
		err = e.RunSync(t.Context(), "x", func(context.Context, *session.SyncConn) error { return nil },
			session.SyncOptions{NoTransaction: true, LockWait: time.Second})
		if !errors.Is(err, session.ErrUnsupported) {
			t.Errorf("RunSync: %v", err)
		}
		b.wantNoAdvisoryLocks()
		equal(t, "applied without the pooler", versions(b.up(f).Applied), "5")
	})
}

func TestBehaviour28PreparedStatementsBehindAPooler(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		for _, mode := range []string{"exec", "cache_describe"} {
			url := testdsn.With(t, b.pooler("transaction"), "default_query_exec_mode", mode)
			f := files{"1_" + mode + ".sql": table(mode)}
			m, err := migrate.New(b.open(url, session.Options{}), []migrate.Source{{Name: mode, FS: f.fs()}},
				quiet(migrate.Options{NotEmpty: migrate.Allow}))
			noErr(t, err)
			_, err = m.Up(t.Context())
			noErr(t, err)
		}
		b.wantTables("exec cache_describe", "")
	})
}

func TestTwoSourcesMakeTheirFirstHistoryAtOnceBehindAPooler(t *testing.T) {
	onEach(t, "postgres", func(t *testing.T, b *bed) {
		url := b.pooler("transaction")
		for range 5 {
			var all sync.WaitGroup
			begin := make(chan struct{})
			for _, name := range []string{"app", "lib"} {
				f := files{"1_x.sql": table(name + "1"), "2_x.sql": table(name + "2")}
				m, err := migrate.New(b.open(url, session.Options{MaxConns: 2}),
					[]migrate.Source{{Name: name, FS: f.fs()}}, quiet(migrate.Options{}))
				noErr(t, err)
				all.Go(func() {
					<-begin
					if res, err := m.Up(t.Context()); err != nil || versions(res.Applied) != "1 2" {
						t.Errorf("applied %s: %v", versions(res.Applied), err)
					}
				})
			}
			close(begin)
			all.Wait()
			b.exec("DROP TABLE app1, app2, lib1, lib2, sqlscope_migrations, sqlscope_migrations_statements")
		}
	})
}
