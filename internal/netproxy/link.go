package netproxy

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// link is one client connection joined to one server connection: a reader and a writer for each
// direction, with a queue between them.
type link struct {
	proxy          *Proxy
	client, server *net.TCPConn

	ended sync.Once
	done  chan struct{} // closed once, when the link is dropped or has run out
	told  chan struct{} // closed when the client has been handed all that it will get

	// answered is set when server bytes are handed to the client; the client's next bytes then
	// open a round trip. It starts out true.
	answered atomic.Bool
	// hit is the cut that this link runs into, stored when its request goes out.
	hit atomic.Pointer[cut]

	request []byte // owned by the client's reader: what the client said since the last answer
	matched bool   // owned by the client's reader: a cut is taken, look for no other
}

func newLink(p *Proxy, client, server *net.TCPConn) *link {
	l := &link{proxy: p, client: client, server: server,
		done: make(chan struct{}), told: make(chan struct{})}
	l.answered.Store(true)
	return l
}

// run forwards until both directions have ended or the link is dropped, then reports to the cut
// that dropped it, if one did.
func (l *link) run() {
	up, down := make(chan chunk, queueLength), make(chan chunk, queueLength)
	var pumps sync.WaitGroup
	pumps.Go(func() { l.read(l.client, up, l.onRequest) })
	pumps.Go(func() { l.read(l.server, down, l.onReply) })
	pumps.Go(func() { l.write(l.server, up, l.forward) })
	pumps.Go(func() { defer close(l.told); l.write(l.client, down, l.deliver) })
	pumps.Wait()
	l.end(closeQuietly, closeQuietly)
	if hit := l.hit.Load(); hit != nil {
		close(hit.fired)
	}
}

// cut resets both sides.
func (l *link) cut() { l.end(reset, reset) }

// drop resets the client and says an orderly goodbye to the server: a reset could take back bytes
// that the server has not read, and During and After promise that it gets them.
func (l *link) drop() { l.end(reset, closeQuietly) }

// end closes both sides once; the first caller decides how.
func (l *link) end(client, server func(*net.TCPConn)) {
	l.ended.Do(func() {
		close(l.done)
		client(l.client)
		server(l.server)
	})
}

// vanish makes the server's side deaf.
func (l *link) vanish() error {
	raw, err := l.server.SyscallConn()
	if err != nil {
		return err
	}
	var done error
	err = raw.Control(func(fd uintptr) { done = vanish(fd) })
	return errors.Join(err, done)
}

func closeQuietly(c *net.TCPConn) { _ = c.Close() }

// read queues what arrives, stamped with the time at which it is due on the other side. It stops
// with the stream, with the link, or when see says so. The stream's end travels in the queue too:
// it must neither overtake bytes nor cross a stalled network.
func (l *link) read(from *net.TCPConn, queue chan<- chunk, see func(*chunk) bool) {
	var c chunk // outside the loop: see makes it escape
	for {
		c = newChunk()
		n, err := from.Read(c.buffer[:])
		c.n, c.err, c.due = n, err, l.due()
		if n > 0 && !see(&c) {
			return
		}
		select {
		case queue <- c:
		case <-l.done:
			return
		}
		if err != nil {
			return
		}
	}
}

func (l *link) due() time.Time {
	delay := time.Duration(l.proxy.delay.Load())
	if delay == 0 {
		return time.Time{}
	}
	return time.Now().Add(delay)
}

// write sends what is queued when it is due and the network is not stalled.
func (l *link) write(to *net.TCPConn, queue <-chan chunk, send func(chunk) error) {
	var w waiter
	defer w.close()
	for {
		select {
		case <-l.done:
			return
		case c := <-queue:
			if !w.until(c.due, l.done) || !l.proxy.stall.pass(l.done) {
				return
			}
			if c.err == io.EOF {
				_ = to.CloseWrite() // fails only when the other side is gone, and then all is said
				return
			}
			if c.err != nil || send(c) != nil {
				l.cut()
				return
			}
			c.free()
		}
	}
}
