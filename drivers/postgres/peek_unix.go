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
	ended bool // the peer has closed, whatever is left to read
	first [1]byte
}

func (p *peeker) init(conn net.Conn) {
	below := socket(conn)
	p.plain = below == conn
	if s, ok := below.(syscall.Conn); ok {
		p.raw, _ = s.SyscallConn() // an error leaves it nil
	}
	p.look = func(fd uintptr) {
		p.n, _, p.err = syscall.Recvfrom(int(fd), p.first[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		p.ended = p.err == nil && p.n > 0 && hasEnded(int(fd))
	}
}

// pending says what there is to read.
func (p *peeker) pending() omen {
	if p.raw == nil {
		return alive
	}
	if err := p.raw.Control(p.look); err != nil {
		return dead
	}
	switch p.err {
	case nil:
		return p.read()
	case syscall.EAGAIN, syscall.EINTR: //nolint:errorlint // a system call returns the number itself
		return alive
	}
	return dead
}

// read tells what the bytes mean that are there: an ErrorResponse without a
// request is always FATAL.
func (p *peeker) read() omen {
	switch {
	case p.n == 0:
		return dead
	case p.ended, p.plain && p.first[0] == 'E':
		return dying
	}
	return alive
}
