package netproxy

import "time"

const (
	// requestLimit bounds the copy of a request that is kept for match.
	requestLimit = 64 << 10
	// settleTime is how long a server has to be silent for its reply to count as complete.
	settleTime = 20 * time.Millisecond
)

// onRequest sees the client's bytes as they are read: it counts the round trip that they open and
// looks for a cut. False means that the link is dropped.
func (l *link) onRequest(c *chunk) bool {
	if l.answered.Load() && l.answered.Swap(false) {
		l.proxy.roundTrips.Add(1)
		l.request = l.request[:0]
	}
	c.hit = l.match(c.bytes())
	if c.hit == nil || c.hit.phase != Before {
		return true
	}
	l.hit.Store(c.hit)
	l.cut()
	return false
}

// match returns the armed cut that the request, as far as it is known, runs into. A link runs into
// one only.
func (l *link) match(part []byte) *cut {
	if l.matched || l.proxy.cuts.armed.Load() == 0 {
		l.request = l.request[:0]
		return nil
	}
	l.request = append(l.request, part[:min(len(part), requestLimit-len(l.request))]...)
	hit := l.proxy.cuts.take(l.request)
	l.matched = hit != nil
	return hit
}

// forward writes the client's bytes to the server.
func (l *link) forward(c chunk) error {
	if c.hit != nil {
		// First, so that the reply, however quick, is met by onReply with the cut in place.
		l.hit.Store(c.hit)
	}
	_, err := l.server.Write(c.bytes())
	if c.hit != nil && c.hit.phase == During {
		l.drop()
	}
	return err
}

// onReply sees the server's bytes as they are read. Once a request has met its cut, none of them
// go on: During waits for forward to drop the link, After drops it here.
func (l *link) onReply(*chunk) bool {
	hit := l.hit.Load()
	if hit != nil && hit.phase == After {
		l.settle()
		l.drop()
	}
	return hit == nil
}

// settle reads the rest of a reply, which may come in many pieces.
func (l *link) settle() {
	c := newChunk()
	defer c.free()
	for {
		_ = l.server.SetReadDeadline(time.Now().Add(settleTime))
		if _, err := l.server.Read(c.buffer[:]); err != nil {
			return
		}
	}
}

// deliver writes the server's bytes to the client. The turn passes first: the client may answer
// before Write returns.
func (l *link) deliver(c chunk) error {
	l.answered.Store(true)
	_, err := l.client.Write(c.bytes())
	return err
}
