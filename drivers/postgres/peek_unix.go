//go:build unix

package postgres

import (
	"net"
	"syscall"
)

// peeker looks at the receive buffer of a socket without reading and without
// waiting.
type peeker struct {
	raw   syscall.RawConn // nil when the connection is not a socket of ours to see
	plain bool            // what is received is the protocol itself, not TLS
	look  func(fd uintptr)
	n     int
	err   error
	first [1]byte
}

func (p *peeker) init(conn net.Conn) {
	p.plain = true
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn, p.plain = t.NetConn(), false
	}
	if s, ok := conn.(syscall.Conn); ok {
		p.raw, _ = s.SyscallConn() // an error leaves it nil
	}
	p.look = func(fd uintptr) {
		p.n, _, p.err = syscall.Recvfrom(int(fd), p.first[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	}
}

// pending says what there is to read: whether the peer has closed, and whether
// an ErrorResponse is waiting, which without a request is always FATAL.
func (p *peeker) pending() (closed, failed bool) {
	if p.raw == nil {
		return false, false
	}
	if err := p.raw.Control(p.look); err != nil {
		return true, false
	}
	switch p.err {
	case nil:
		return p.n == 0, p.n > 0 && p.plain && p.first[0] == 'E'
	case syscall.EAGAIN, syscall.EINTR: //nolint:errorlint // a system call returns the number itself
		return false, false
	}
	return true, false
}
