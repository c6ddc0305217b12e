package postgres

import "syscall"

// The states of linux/include/net/tcp_states.h in which nothing more will come.
const (
	tcpClose     = 7
	tcpCloseWait = 8
)

// hasEnded reports whether the peer has closed the connection, also while there
// are bytes left to read, which a look at the first byte does not show. Other
// sockets than TCP have no such option and are taken for alive.
func hasEnded(fd int) bool {
	// The first byte of struct tcp_info is the state; the kernel fills in as
	// much as there is room for.
	info, err := syscall.GetsockoptInet4Addr(fd, syscall.IPPROTO_TCP, syscall.TCP_INFO)
	return err == nil && (info[0] == tcpClose || info[0] == tcpCloseWait)
}
