//go:build cgo

package odbc_test

import (
	"os"
	"strconv"
	"syscall"
	"testing"

	"github.com/sqlscope/sqlscope/internal/netproxy"
)

// socketsOf are the sockets of this process whose other end is the proxy.
func socketsOf(t *testing.T, proxy *netproxy.Proxy) (all []int) {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	for _, name := range names {
		fd, err := strconv.Atoi(name.Name())
		must(t, err)
		if peer, err := syscall.Getpeername(fd); err == nil {
			if peer, ok := peer.(*syscall.SockaddrInet4); ok && "127.0.0.1:"+strconv.Itoa(peer.Port) == proxy.Addr() {
				all = append(all, fd)
			}
		}
	}
	return all
}

func TestTheKernelLooksForAServerThatIsGone(t *testing.T) {
	onServers(t, func(t *testing.T, proxy *netproxy.Proxy, url, _ string) {
		acquire(t, open(t, url))
		sockets := socketsOf(t, proxy)
		if len(sockets) != 1 {
			t.Fatalf("%d sockets", len(sockets))
		}
		for _, want := range []struct{ level, option, value int }{
			{syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, 15},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, 15},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, 9},
		} {
			if got, err := syscall.GetsockoptInt(sockets[0], want.level, want.option); got != want.value || err != nil {
				t.Errorf("option %d is %d, %v, want %d", want.option, got, err, want.value)
			}
		}
	})
}

func TestATimeThatIsChosenForKeepAliveStays(t *testing.T) {
	proxy, url := proxied(t, postgresDriver, "postgres")
	acquire(t, open(t, url+";KeepaliveTime=77"))
	sockets := socketsOf(t, proxy)
	if len(sockets) != 1 {
		t.Fatalf("%d sockets", len(sockets))
	}
	for _, fd := range sockets {
		if idle, err := syscall.GetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE); idle != 77 || err != nil {
			t.Errorf("%d s, %v", idle, err)
		}
	}
}
