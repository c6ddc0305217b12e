package netproxy_test

import (
	"net"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/netproxy"
)

// TestAServerThatLooksForDeadPeersFindsAClientThatVanished compares with a stalled
// network, which it does not take for dead.
func TestAServerThatLooksForDeadPeersFindsAClientThatVanished(t *testing.T) {
	for _, vanishes := range []bool{false, true} {
		dead := make(chan error, 1)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { dead <- serveProbing(listener) }()
		p, err := netproxy.New(listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn := dial(t, p)
		send(t, conn, "x")
		expect(t, conn, "y")
		limit := 3 * time.Second // of the kernel's time, which cannot be faked
		if vanishes {
			limit = patience
			if err := p.Vanish(); err != nil {
				t.Fatal(err)
			}
		} else {
			p.Stall(true)
		}
		select {
		case err := <-dead:
			if timeout, ok := err.(net.Error); !vanishes || !ok || !timeout.Timeout() {
				t.Errorf("vanishes: %t: the server's read ended with %v", vanishes, err)
			}
		case <-time.After(limit):
			_ = p.Close()
			if err := <-dead; vanishes {
				t.Errorf("the server did not notice by itself; its read ended with %v", err)
			}
		}
		_ = p.Close()
		_ = listener.Close()
	}
}

// serveProbing answers the first byte of one connection, and returns the error that its
// next read ends with, while the kernel probes the peer each second.
func serveProbing(listener net.Listener) error {
	conn, err := listener.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	buffer := make([]byte, 1)
	if _, err = conn.Read(buffer); err != nil {
		return err
	}
	probes := net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 1}
	if err = conn.(*net.TCPConn).SetKeepAliveConfig(probes); err != nil {
		return err
	}
	if _, err = conn.Write([]byte("y")); err != nil {
		return err
	}
	_, err = conn.Read(buffer)
	return err
}
