package netproxy

import (
	"errors"
	"net"
	"time"
)

// accept hands every new connection to a goroutine of its own, so that a slow dial to the target
// does not hold up the others.
func (p *Proxy) accept() {
	for {
		client, err := p.listener.AcceptTCP()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // the client left while it was queued, or descriptors are used up
			time.Sleep(time.Millisecond)
		case p.refuse.Load():
			reset(client)
		default:
			p.connections.Add(1)
			p.owned.Go(func() { p.serve(client) })
		}
	}
}

func (p *Proxy) serve(client *net.TCPConn) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(p.ctx, "tcp", p.target)
	if err != nil {
		reset(client)
		return
	}
	l := newLink(p, client, conn.(*net.TCPConn))
	if !p.enter(l) {
		l.cut()
		return
	}
	l.run()
	p.leave(l)
}

// enter registers the link for Cut; false means that the proxy was closed in the meantime.
func (p *Proxy) enter(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.links[l] = struct{}{}
	}
	return !p.closed
}

func (p *Proxy) leave(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

// reset closes with RST instead of FIN: the peer's next read or write fails, as on a lost network.
func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}
