//go:build cgo && (darwin || freebsd || linux)

package odbc_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/odbc"
	"github.com/sqlscope/sqlscope/internal/netproxy"
)

// onlyWhereItHangsUp: elsewhere abandoned calls end when their driver notices.
func onlyWhereItHangsUp(t *testing.T) {
	t.Helper()
	if !odbc.CanHangUp {
		t.Skipf("what a call waits for is not known on %s/%s", runtime.GOOS, runtime.GOARCH)
	}
}

// giveUp gives up a query of a connection of the pool, whose server is silent.
func giveUp(t *testing.T, c drivers.Conn) {
	t.Helper()
	_, _, err := runWith(soon(t, 50*time.Millisecond), c, query("SELECT 1"))
	if !errors.Is(err, odbc.ErrAbandoned) {
		t.Errorf("a silent server: %v", err)
	}
	c.Release()
}

// A network that has forgotten its connections never says so: a driver that reads
// from one waits for ever.
func TestCallsThatNeverReturnMakeRoomForANewConnection(t *testing.T) {
	onlyWhereItHangsUp(t)
	onServers(t, func(t *testing.T, proxy *netproxy.Proxy, url, _ string) {
		const most = 2
		p := open(t, url+";sqlscope.MaxAbandoned=2")
		var conns []drivers.Conn
		for range most {
			c, err := p.Acquire(t.Context(), drivers.Need{})
			must(t, err)
			mustRun(t, c, query("SELECT 1"))
			conns = append(conns, c)
		}
		must(t, proxy.Vanish())
		for _, c := range conns {
			giveUp(t, c)
		}
		if n := p.Stats().Abandoned; n != most {
			t.Errorf("%d calls count as abandoned, want %d", n, most)
		}
		proxy.Stall(false) // for connections to come
		mustRun(t, acquire(t, p), query("SELECT 1"))
		if n := p.Stats().Abandoned; n >= most {
			t.Errorf("with a new connection %d calls count as abandoned", n)
		}
	})
}

// The wait of SQLDriverConnect and that of SQLCancel end as that of a query does.
func TestClosingAPoolHangsUpOnASilentNetwork(t *testing.T) {
	onlyWhereItHangsUp(t)
	onServers(t, func(t *testing.T, proxy *netproxy.Proxy, url, slow string) {
		before := odbc.Handles()
		o := options()
		o.ConnectTimeout = time.Second // the first one takes some of it
		p, err := odbc.Driver.Open(t.Context(), drivers.Config{URL: url, Pool: o})
		must(t, err)
		c, err := p.Acquire(t.Context(), drivers.Need{})
		must(t, err)
		proxy.Stall(true)
		defer proxy.Stall(false)
		giveUp(t, c)
		if _, err := p.Acquire(t.Context(), drivers.Need{}); err == nil {
			t.Error("a silent server lets somebody in")
		}
		if n := p.Stats().Abandoned; n != 2 {
			t.Errorf("%d calls count as abandoned, want 2", n)
		}
		start := time.Now()
		must(t, p.Close(soon(t, 20*time.Second)))
		t.Logf("closed after %v", time.Since(start))
		if n := odbc.Handles(); n != before {
			t.Errorf("%d handles are left, %d before", n, before)
		}
	})
}
