//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/odbc"
	"github.com/sqlscope/sqlscope/internal/netproxy"
)

// slack is what a busy machine may add to a limit.
const slack = 2 * time.Second

// servers are the databases behind a network.
var servers = []struct{ name, driver, database, slow string }{
	{"Postgres", postgresDriver, "postgres", "SELECT pg_sleep(10)"},
	{"MariaDB", mysqlDriver, "mysql", "SELECT SLEEP(10)"},
}

func onServers(t *testing.T, test func(t *testing.T, proxy *netproxy.Proxy, url, slow string)) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			proxy, url := proxied(t, s.driver, s.database)
			test(t, proxy, url, s.slow)
		})
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for start := time.Now(); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Since(start) > 20*time.Second {
			t.Fatalf("in vain: waited until %s", what)
		}
	}
}

func soon(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestAFrozenServerGivesControlBackAfterTheGrace(t *testing.T) {
	onServers(t, func(t *testing.T, proxy *netproxy.Proxy, url, _ string) {
		p := open(t, url)
		for name, flight := range map[string][]drivers.Step{
			"a query":                {query("SELECT 1")},
			"the first of a session": {begin, query("SELECT 1")},
		} {
			c, err := p.Acquire(t.Context(), drivers.Need{})
			must(t, err)
			mustRun(t, c, query("SELECT 1"))
			proxy.Stall(true)
			ctx := soon(t, 100*time.Millisecond)
			start := time.Now()
			_, _, err = runWith(ctx, c, flight...)
			took := time.Since(start)
			t.Logf("%s: control came back %v after the context's end, the grace is %v", name,
				took-100*time.Millisecond, grace)
			if !errors.Is(err, ctx.Err()) || !errors.Is(err, odbc.ErrAbandoned) || took > 100*time.Millisecond+grace+slack {
				t.Errorf("%s: after %v: %v", name, took, err)
			}
			wantState(t, c, drivers.TxLost)
			if n := p.Stats().Abandoned; n != 1 {
				t.Errorf("%d calls count as abandoned", n)
			}
			c.Release()
			proxy.Stall(false)
			eventually(t, "the call has returned", func() bool { return p.Stats().Abandoned == 0 })
		}
		mustRun(t, acquire(t, p), query("SELECT 1"))
	})
}

func wantState(t testing.TB, c drivers.Conn, want drivers.TxState) {
	t.Helper()
	if got := c.State(); got != want {
		t.Fatalf("the state is %v, want %v", got, want)
	}
}

func TestACommitOnAFrozenServerHasAnUnknownOutcome(t *testing.T) {
	onServers(t, func(t *testing.T, proxy *netproxy.Proxy, url, _ string) {
		c := acquire(t, open(t, url))
		mustRun(t, c, begin, exec("SELECT 1"))
		proxy.Stall(true)
		defer proxy.Stall(false)
		ctx := soon(t, 100*time.Millisecond)
		f, _, err := runWith(ctx, c, commit)
		if !errors.Is(err, odbc.ErrAbandoned) || f.Sent != 1 || f.Done != 0 {
			t.Errorf("error %v, sent %d, done %d", err, f.Sent, f.Done)
		}
		wantState(t, c, drivers.TxLost)
	})
}

func TestConnectingToAFrozenServerEndsAfterConnectTimeout(t *testing.T) {
	onServers(t, func(t *testing.T, proxy *netproxy.Proxy, url, _ string) {
		o := options()
		o.ConnectTimeout = 200 * time.Millisecond
		p := openWith(t, url+";sqlscope.MaxAbandoned=2", o)
		proxy.Stall(true)
		start := time.Now()
		for range 2 {
			_, err := p.Acquire(t.Context(), drivers.Need{})
			if kind := p.Classify(err).Kind; err == nil || kind != drivers.KindConnLost {
				t.Errorf("kind %v, error %v", kind, err)
			}
		}
		if took := time.Since(start); took > 400*time.Millisecond+slack {
			t.Errorf("it took %v", took)
		}
		if n := p.Stats().Abandoned; n != 2 {
			t.Errorf("%d calls count as abandoned, want 2", n)
		}
		proxy.Stall(false)
		eventually(t, "the calls have returned", func() bool { return p.Stats().Abandoned == 0 })
		mustRun(t, acquire(t, p), query("SELECT 1"))
	})
}
