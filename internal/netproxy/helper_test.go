package netproxy_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/netproxy"
)

// patience bounds every wait: a test that hangs says where.
const patience = 10 * time.Second

// echoServer answers each message with the same bytes and remembers what it got.
type echoServer struct {
	net.Listener
	owned sync.WaitGroup
	mu    sync.Mutex // guards got
	got   strings.Builder
}

func newEchoServer(t testing.TB) *echoServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &echoServer{Listener: listener}
	s.owned.Go(s.accept)
	t.Cleanup(func() {
		_ = s.Close()
		s.owned.Wait()
	})
	return s
}

func (s *echoServer) accept() {
	for {
		conn, err := s.Accept()
		if err != nil {
			return
		}
		s.owned.Go(func() { s.echo(conn) })
	}
}

func (s *echoServer) echo(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.got.Write(buffer[:min(n, 100)])
		s.mu.Unlock()
		if _, err := conn.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (s *echoServer) received() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got.String()
}

// newProxy starts a proxy in front of an echo server. The proxy is closed first: that lets the
// server's connections end.
func newProxy(t testing.TB) (*netproxy.Proxy, *echoServer) {
	t.Helper()
	server := newEchoServer(t)
	p, err := netproxy.New(server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p, server
}

func dial(t testing.TB, p *netproxy.Proxy) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn.(*net.TCPConn)
}

func send(t testing.TB, conn net.Conn, message string) {
	t.Helper()
	if _, err := io.WriteString(conn, message); err != nil {
		t.Fatal(err)
	}
}

// exchange sends a message and waits until it has come back.
func exchange(t testing.TB, conn net.Conn, message string) {
	t.Helper()
	send(t, conn, message)
	expect(t, conn, message)
}

func expect(t testing.TB, conn net.Conn, message string) {
	t.Helper()
	got := make([]byte, len(message))
	if _, err := io.ReadFull(conn, got); err != nil {
		t.Fatalf("read %q, want %q: %v", got, message, err)
	}
	if string(got) != message {
		t.Fatalf("read %q, want %q", got, message)
	}
}

func expectReset(t testing.TB, conn net.Conn) {
	t.Helper()
	n, err := conn.Read(make([]byte, 1))
	if n != 0 || !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("read %d bytes, error %v; want a reset connection", n, err)
	}
}

func await(t testing.TB, what string, fired <-chan struct{}) {
	t.Helper()
	select {
	case <-fired:
	case <-time.After(patience):
		t.Fatalf("%s did not happen within %v", what, patience)
	}
}

func pending(fired <-chan struct{}) bool {
	select {
	case <-fired:
		return false
	default:
		return true
	}
}
