package postgres_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/internal/testdsn"
)

func backend(t testing.TB, c drivers.Conn) any {
	t.Helper()
	_, values := mustRun(t, c, query("select pg_backend_pid() + $1", 0))
	return values[0]
}

// terminate ends the connection's backend and waits until it is gone.
func terminate(t testing.TB, pid any) {
	t.Helper()
	admin := connect(t)
	_, err := admin.Exec(t.Context(), "select pg_terminate_backend($1, 5000)", pid)
	must(t, err)
}

// arrives waits until what the server sent last has crossed a local network.
func arrives(t testing.TB, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Second); !holds(); {
		if time.Now().After(end) {
			t.Fatal("nothing happened in 3 seconds")
		}
		<-time.After(time.Millisecond)
	}
}

func TestABackendKilledBeforeCommitIsKnownNotToHaveCommitted(t *testing.T) {
	for name, dsn := range map[string]string{"tcp": dsn(t), "tls": tlsDSN(t)} {
		t.Run(name, func(t *testing.T) {
			p := open(t, dsn)
			c := acquire(t, p)
			mustRun(t, c, begin(), exec("select $1::int", 1))
			terminate(t, backend(t, c))
			f, _, err := run(c, exec("select $1::int", 1), commit())
			if err == nil || f.Sent != 0 {
				t.Fatalf("sent %d, error %v", f.Sent, err)
			}
			if kind := p.Classify(err).Kind; kind != drivers.KindConnLost {
				t.Errorf("kind %v of %v", kind, err)
			}
			wantState(t, c, drivers.TxLost)
		})
	}
}

// tlsDSN asks for TLS.
func tlsDSN(t testing.TB) string {
	c := connect(t)
	var on bool
	must(t, c.QueryRow(t.Context(), "select current_setting('ssl')::bool").Scan(&on))
	if !on {
		testdsn.Lacks(t, "postgres", "TLS")
	}
	return with(t, dsn(t), "sslmode", "require")
}

func TestALossDuringCommitCountsTheCommitAsSent(t *testing.T) {
	for _, phase := range []netproxy.Phase{netproxy.Before, netproxy.During, netproxy.After} {
		t.Run(phase.String(), func(t *testing.T) {
			proxy, dsn := proxied(t)
			p := open(t, dsn)
			c := acquire(t, p)
			mustRun(t, c, begin(), exec("select $1::int", 1))
			fired := proxy.CutNext(phase, func(b []byte) bool { return bytes.Contains(b, []byte("commit")) })
			f, _, err := run(c, commit())
			<-fired
			if err == nil || f.Sent != 1 || f.Done != 0 {
				t.Fatalf("sent %d, done %d, error %v", f.Sent, f.Done, err)
			}
			if kind := p.Classify(err).Kind; kind != drivers.KindConnLost {
				t.Errorf("kind %v of %v", kind, err)
			}
			wantState(t, c, drivers.TxLost)
		})
	}
}

func TestOneLossOutdatesOlderConnectionsAndNotNewerOnes(t *testing.T) {
	p := open(t, dsn(t))
	old := []drivers.Conn{acquire(t, p), acquire(t, p), acquire(t, p)}
	pids := make([]any, len(old))
	for i, c := range old {
		pids[i] = backend(t, c)
	}
	old[2].Release()
	terminate(t, pids[0])
	f, _, err := run(old[0], begin(), query("select $1::int", 1))
	if err == nil || f.Sent != 0 || old[0].State() != drivers.TxLost {
		t.Fatalf("sent %d, state %v, error %v", f.Sent, old[0].State(), err)
	}
	old[0].Release()
	fresh := acquire(t, p)
	if pid := backend(t, fresh); pid == pids[2] {
		t.Error("an idle connection as old as the lost one was handed out")
	}
	fresh.Release()
	terminate(t, pids[1])
	_, _, err = run(old[1], begin())
	if err == nil {
		t.Fatal("a killed connection answered")
	}
	again := acquire(t, p)
	if s := p.Stats(); s.Opened != 4 {
		t.Errorf("%d connections were opened, want 4: a late loss threw away a fresh one", s.Opened)
	}
	backend(t, again)
}

func TestAVerifiedConnectionAnswers(t *testing.T) {
	proxy, dsn := proxied(t)
	p := open(t, dsn)
	for range 2 {
		first, second := acquire(t, p), acquire(t, p)
		backend(t, first)
		backend(t, second)
		first.Release()
		second.Release()
		proxy.Cut()
		c, err := p.Acquire(t.Context(), drivers.Need{Verified: true})
		must(t, err)
		backend(t, c)
		c.Release()
	}
	proxy.Refuse(true)
	proxy.Cut()
	_, err := p.Acquire(t.Context(), drivers.Need{Verified: true})
	if kind := p.Classify(err).Kind; kind != drivers.KindConnLost {
		t.Errorf("kind %v of %v", kind, err)
	}
}

func TestDestroyDoesNotWait(t *testing.T) {
	proxy, dsn := proxied(t)
	p := open(t, dsn)
	for _, rows := range []bool{false, true} {
		c, err := p.Acquire(t.Context(), drivers.Need{})
		must(t, err)
		if rows {
			_, err = c.Run(t.Context(), &drivers.Flight{Steps: []drivers.Step{
				query("select generate_series(1, 100000000)")}})
			must(t, err)
		}
		proxy.Stall(true)
		start := time.Now()
		c.Destroy()
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("took %v", took)
		}
		proxy.Stall(false)
		arrives(t, func() bool { return p.Stats().Open == 0 })
	}
}

func TestReleaseClosesAConnectionInATransaction(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	mustRun(t, c, begin())
	c.Release()
	arrives(t, func() bool { return p.Stats().Open == 0 })
}

func TestConnectionErrorsDoNotShowThePassword(t *testing.T) {
	p := open(t, "postgres://user:geheim99@127.0.0.1:1/db?sslmode=disable")
	_, err := p.Acquire(t.Context(), drivers.Need{})
	if err == nil || strings.Contains(err.Error(), "geheim99") {
		t.Errorf("error is %v", err)
	}
	if kind := p.Classify(err).Kind; kind != drivers.KindConnLost {
		t.Errorf("kind %v of %v", kind, err)
	}
}
