package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
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
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		if path = "/usr/sbin/pgbouncer"; !isFile(path) {
			b.Fatal("no pgbouncer; testdata/setup.sh installs it")
		}
	}
	server, err := url.Parse(b.url)
	noErr(b, err)
	port := freePort(b)
	dir, err := os.MkdirTemp("", "pgbouncer")
	noErr(b, err)
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	password, _ := server.User.Password()
	ini := fmt.Sprintf("[databases]\n* = host=%s port=%s user=%s password=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"+
		"listen_port = %s\nauth_type = any\npool_mode = %s\nunix_socket_dir =\nmax_client_conn = 100\n"+
		"default_pool_size = 4\nignore_startup_parameters = extra_float_digits\n",
		server.Hostname(), server.Port(), server.User.Username(), password, port, mode)
	file := filepath.Join(dir, "pgbouncer.ini")
	noErr(b, os.WriteFile(file, []byte(ini), 0o600))
	args := []string{file}
	if os.Getuid() == 0 { // it refuses to run as root
		noErr(b, os.Chmod(dir, 0o755))  //nolint:gosec // for the user it becomes
		noErr(b, os.Chmod(file, 0o644)) //nolint:gosec // the same
		args = []string{"-u", unprivileged(), file}
	}
	cmd := exec.Command(path, args...)
	noErr(b, cmd.Start())
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address := net.JoinHostPort("127.0.0.1", port)
	await(b, "pgbouncer listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	server.Host = address
	return testdsn.With(b, server.String(), "default_query_exec_mode", "exec", "sslmode", "disable")
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func unprivileged() string {
	if _, err := user.Lookup("postgres"); err == nil {
		return "postgres"
	}
	return "nobody"
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	noErr(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	noErr(t, err)
	return port
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
