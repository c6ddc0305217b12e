//go:build cgo

package odbc

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// socket is the network connection below an ODBC driver, as far as it could be
// told. No ODBC driver hands it out, and SQL_ATTR_CONNECTION_DEAD tells what the
// driver has noticed, which is nothing while nobody uses the connection. So the
// process is asked which socket to the server's port has appeared while the
// driver connected. If it is the wrong one, the worst that can come of it is a
// ping too many, or a dead connection that is noticed later.
type socket struct {
	fd    int
	inode uint64 // 0: not known
}

// turn lets one connection be opened at a time, so that their sockets can be
// told apart. Who waits for long goes on without.
var turn = make(chan struct{}, 1)

const turnWait = 100 * time.Millisecond

// watchSockets begins to watch. found tells the socket to port that has appeared
// since, if it is exactly one; done ends the turn.
func watchSockets(port string) (found func() socket, done func()) {
	number, err := strconv.Atoi(port)
	if err != nil {
		return func() socket { return socket{} }, func() {}
	}
	timer := time.NewTimer(turnWait)
	defer timer.Stop()
	select {
	case turn <- struct{}{}:
		done = func() { <-turn }
	case <-timer.C:
		return func() socket { return socket{} }, func() {}
	}
	before := socketsTo(number)
	return func() socket { return appeared(before, socketsTo(number)) }, done
}

func appeared(before, after map[int]uint64) (s socket) {
	count := 0
	for fd, inode := range after {
		if before[fd] != inode {
			s = socket{fd, inode}
			count++
		}
	}
	if count != 1 {
		return socket{}
	}
	return s
}

// socketsTo are the process's sockets whose other end has the port, by their
// inode.
func socketsTo(port int) map[int]uint64 {
	all := map[int]uint64{}
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return all
	}
	for _, name := range names {
		fd, err := strconv.Atoi(name.Name())
		if err != nil || peerPort(fd) != port {
			continue
		}
		if inode := inodeOf(fd); inode != 0 {
			all[fd] = inode
		}
	}
	return all
}

func peerPort(fd int) int {
	peer, err := syscall.Getpeername(fd)
	if err != nil {
		return 0
	}
	switch peer := peer.(type) {
	case *syscall.SockaddrInet4:
		return peer.Port
	case *syscall.SockaddrInet6:
		return peer.Port
	}
	return 0
}

func inodeOf(fd int) uint64 {
	var st syscall.Stat_t
	if syscall.Fstat(fd, &st) != nil {
		return 0
	}
	return st.Ino
}

// The kernel looks for a peer that is gone as it does for Go's own connections.
// By itself it does after two hours, or never: ODBC drivers leave that to it.
const (
	aliveIdle     = 15 // seconds without a word
	aliveInterval = 15 // between two probes
	aliveCount    = 9  // probes without an answer
)

// keepAlive sets that, unless somebody has chosen a time.
func (s socket) keepAlive() {
	if s.inode == 0 {
		return
	}
	idle, err := syscall.GetsockoptInt(s.fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE)
	if err != nil || idle != usualIdle() {
		return
	}
	for _, o := range []struct{ level, option, value int }{
		{syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, aliveIdle},
		{syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, aliveInterval},
		{syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, aliveCount},
		{syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
	} {
		_ = syscall.SetsockoptInt(s.fd, o.level, o.option, o.value) // nothing is lost without
	}
}

// usualIdle is the idle time of a socket for which nobody has chosen one, in seconds.
func usualIdle() int {
	const linux = 7200
	text, err := os.ReadFile("/proc/sys/net/ipv4/tcp_keepalive_time")
	if err != nil {
		return linux
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return linux
	}
	return n
}

// silent reports whether nothing is known against the connection: there is
// neither an end nor anything else to read, such as the farewell of a server. It
// takes nothing away.
func (s socket) silent() bool {
	if s.inode == 0 {
		return true
	}
	if inodeOf(s.fd) != s.inode {
		return false // the driver has closed it
	}
	var one [1]byte
	_, _, err := syscall.Recvfrom(s.fd, one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	return err == syscall.EAGAIN
}
