package netproxy_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/netproxy"
)

func TestNewRefusesATargetWithoutAPort(t *testing.T) {
	if _, err := netproxy.New("localhost"); err == nil {
		t.Fatal("no error")
	}
}

func TestBytesArriveUnchangedInBothDirections(t *testing.T) {
	p, _ := newProxy(t)
	conn := dial(t, p)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB: many chunks
	written := make(chan error, 1)
	go func() {
		_, err := conn.Write(sent)
		written <- errors.Join(err, conn.CloseWrite())
	}()
	got, err := io.ReadAll(conn)
	if err := errors.Join(err, <-written); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, sent) {
		t.Fatalf("%d bytes came back, not the %d sent", len(got), len(sent))
	}
}

func TestARoundTripIsCountedOncePerAnswerAndNotPerWrite(t *testing.T) {
	p, server := newProxy(t)
	conn := dial(t, p)
	send(t, conn, "BEGIN;")
	waitUntil(t, func() bool { return server.received() == "BEGIN;" })
	expect(t, conn, "BEGIN;")
	exchange(t, conn, "SELECT;")
	exchange(t, conn, "COMMIT;")
	if got := p.RoundTrips(); got != 3 {
		t.Errorf("%d round trips, want 3", got)
	}
	other := dial(t, p)
	p.Stall(true)
	send(t, other, "two writes, ")
	send(t, other, "one answer")
	p.Stall(false)
	expect(t, other, "two writes, one answer")
	if got := p.RoundTrips(); got != 4 {
		t.Errorf("%d round trips, want 4: writes without an answer in between are one", got)
	}
	if got := p.Connections(); got != 2 {
		t.Errorf("%d connections, want 2", got)
	}
}

func TestCutResetsEveryOpenConnectionAndNoneToCome(t *testing.T) {
	p, _ := newProxy(t)
	conns := []net.Conn{dial(t, p), dial(t, p), dial(t, p)}
	for _, conn := range conns {
		exchange(t, conn, "ping")
	}
	p.Cut()
	for _, conn := range conns {
		expectReset(t, conn)
	}
	exchange(t, dial(t, p), "alive")
}

func TestAStalledNetworkDeliversEverythingWhenItThaws(t *testing.T) {
	p, server := newProxy(t)
	conn := dial(t, p)
	exchange(t, conn, "before;")
	p.Stall(true)
	send(t, conn, "frozen;")
	_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a frozen network delivered: error %v", err)
	}
	if got := server.received(); got != "before;" {
		t.Fatalf("the server received %q through a frozen network", got)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	p.Stall(false)
	expect(t, conn, "frozen;")
}

func TestRefuseResetsNewConnectionsAndLeavesTheOpenOnes(t *testing.T) {
	p, _ := newProxy(t)
	open := dial(t, p)
	exchange(t, open, "ping")
	p.Refuse(true)
	expectRefused(t, p)
	exchange(t, open, "still here")
	p.Refuse(false)
	exchange(t, dial(t, p), "up again")
	if got := p.Connections(); got != 2 {
		t.Errorf("%d connections, want 2: a refused one is none", got)
	}
}

func TestATargetThatIsDownResetsTheClient(t *testing.T) {
	down, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := down.Addr().String()
	_ = down.Close()
	p, err := netproxy.New(address)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	expectRefused(t, p)
}

func TestCloseEndsEveryGoroutineEvenWhenDelayedAndStalled(t *testing.T) {
	server := newEchoServer(t)
	p, err := netproxy.New(server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn := dial(t, p)
	exchange(t, conn, "ping")
	p.SetDelay(time.Hour)
	send(t, conn, "late")
	p.Stall(true)
	start := time.Now()
	for range 2 {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took > patience {
		t.Errorf("Close took %v", took)
	}
	expectReset(t, conn)
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	if strings.Contains(string(stacks), "netproxy.(*link)") {
		t.Errorf("a goroutine outlived Close:\n%s", stacks)
	}
}

// expectRefused wants a reset, which may come while Dial is still at work.
func expectRefused(t testing.TB, p *netproxy.Proxy) {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	if errors.Is(err, syscall.ECONNRESET) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	expectReset(t, conn)
}

// waitUntil yields until the condition holds: what it waits for happens in other goroutines within
// microseconds.
func waitUntil(t testing.TB, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("the condition did not come true")
		}
	}
}
