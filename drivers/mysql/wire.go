package mysql

import (
	"bytes"
	"encoding/binary"
	"net"
	"syscall"
)

// wire is the network connection below the library. It reads the server's
// greeting along with it: the version and the connection's id come with it and
// cost no round trip.
type wire struct {
	net.Conn
	greeting []byte // what has come of it
	greeted  bool
	version  string
	id       uint32
	failed   error // what reading or writing failed with
}

// Read implements [net.Conn].
func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if !w.greeted && n > 0 {
		w.greet(b[:n])
	}
	if err != nil {
		w.failed = err
	}
	return n, err
}

// Write implements [net.Conn].
func (w *wire) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	if err != nil {
		w.failed = err
	}
	return n, err
}

// greet reads the beginning of the greeting: a header of 4 bytes, the
// protocol's version, the server's version up to a NUL, and the connection's id. See
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html
func (w *wire) greet(part []byte) {
	const header, protocol = 4, 10
	w.greeting = append(w.greeting, part...)
	if len(w.greeting) <= header {
		return
	}
	if w.greeting[header] != protocol { // an error instead, or a server of the last century
		w.greeted, w.greeting = true, nil
		return
	}
	version, rest, ok := bytes.Cut(w.greeting[header+1:], []byte{0})
	if !ok || len(rest) < 4 {
		return
	}
	w.version, w.id = string(version), binary.LittleEndian.Uint32(rest)
	w.greeted, w.greeting = true, nil
}

// isMariaDB tells by the version, which MariaDB puts its name in.
func (w *wire) isMariaDB() bool { return bytes.Contains([]byte(w.version), []byte("MariaDB")) }

// forLibrary is the wire as the library shall see it: it looks into the sockets
// of those that have SyscallConn, and fails on those whose SyscallConn fails.
func (w *wire) forLibrary() net.Conn {
	if sys, ok := w.Conn.(syscall.Conn); ok {
		return &socketWire{w, sys}
	}
	return w
}

// socketWire is a wire on a socket of the system's.
type socketWire struct {
	*wire
	sys syscall.Conn
}

// SyscallConn implements [syscall.Conn].
func (w *socketWire) SyscallConn() (syscall.RawConn, error) { return w.sys.SyscallConn() }
