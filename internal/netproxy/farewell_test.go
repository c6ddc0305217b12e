package netproxy_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/netproxy"
)

// farewellServer hands out the connections that it has accepted and greeted.
func farewellServer(t *testing.T) (address string, accepted <-chan net.Conn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan net.Conn, 1)
	go func() {
		defer close(conns)
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte{1})
			conns <- c
		}
	}()
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String(), conns
}

// greeted is a connection that has been forwarded.
func greeted(t *testing.T, p *netproxy.Proxy) net.Conn {
	client, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return client
}

func TestAFarewellWaitsUntilTheClientHasHeardIt(t *testing.T) {
	address, accepted := farewellServer(t)
	p, err := netproxy.New(address)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	client := greeted(t, p)
	defer client.Close()
	server := <-accepted
	p.SetDelay(300 * time.Millisecond)
	err = p.Farewell(t.Context(), func(context.Context) error { return server.Close() })
	if err != nil {
		t.Fatal(err)
	}
	_ = client.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the client reads %v, want the end", err)
	}
}

func TestAFarewellThatDoesNotComeIsAnError(t *testing.T) {
	address, accepted := farewellServer(t)
	p, err := netproxy.New(address)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	client := greeted(t, p)
	defer client.Close()
	server := <-accepted
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	nothing := func(context.Context) error { return nil }
	if err := p.Farewell(ctx, nothing); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	broken := errors.New("broken")
	if err := p.Farewell(t.Context(), func(context.Context) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("the error of kill became %v", err)
	}
}
