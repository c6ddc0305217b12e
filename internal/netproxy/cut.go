package netproxy

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Phase is the point of a request at which [Proxy.CutNext] drops the connection.
type Phase int

const (
	// Before drops the connection with the request seen and not forwarded: the server never knew.
	Before Phase = iota
	// During drops it when the request was forwarded and before any byte of the reply is
	// delivered: the server works on it, alone.
	During
	// After drops it when the reply has arrived and was withheld: the server did the work and
	// believes that it said so. The reply counts as arrived when the server has been silent for
	// 20 ms after its first bytes.
	After
)

// String is the phase's name in lower case.
func (p Phase) String() string {
	switch p {
	case Before:
		return "before"
	case During:
		return "during"
	case After:
		return "after"
	}
	return fmt.Sprintf("Phase(%d)", int(p))
}

// CutNext arms one cut: the first connection whose request match accepts is dropped at the phase;
// the others live on. match gets the bytes that the client has sent since the server last answered,
// counted from when the first cut was armed and at most 64 KiB; nil accepts any request. The bytes
// are match's to read only until it returns; connections that speak at once call it at once.
//
// What counts as forwarded is the request as far as match had to see it: the rest of one that spans
// several packets is dropped with the connection. Let match wait for the end if that matters.
//
// The channel closes when the connection has been dropped. Several cuts may be armed; one request
// fires one of them, the oldest that matches.
func (p *Proxy) CutNext(phase Phase, match func(clientBytes []byte) bool) <-chan struct{} {
	if phase < Before || phase > After {
		panic("netproxy: CutNext with an unknown " + phase.String())
	}
	if match == nil {
		match = func([]byte) bool { return true }
	}
	return p.cuts.add(&cut{phase: phase, match: match, fired: make(chan struct{})})
}

// Disarm forgets the cuts that have not met their request yet.
func (p *Proxy) Disarm() { p.cuts.clear() }

type cut struct {
	phase Phase
	match func([]byte) bool
	fired chan struct{}
}

// cutList holds the armed cuts, oldest first.
type cutList struct {
	armed atomic.Int32 // len(list), readable without the lock: most chunks meet no cut
	mu    sync.Mutex   // guards list
	list  []*cut
}

func (c *cutList) add(next *cut) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, next)
	c.armed.Store(int32(len(c.list)))
	return next.fired
}

func (c *cutList) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = nil
	c.armed.Store(0)
}

// take removes and returns the oldest cut that matches the request, or nil. It calls match without
// the lock, and remove decides when two connections match the same cut.
func (c *cutList) take(request []byte) *cut {
	for _, candidate := range c.snapshot() {
		if candidate.match(request) && c.remove(candidate) {
			return candidate
		}
	}
	return nil
}

func (c *cutList) snapshot() []*cut {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list)
}

func (c *cutList) remove(taken *cut) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.list, taken)
	if i >= 0 {
		c.list = slices.Delete(c.list, i, i+1)
		c.armed.Store(int32(len(c.list)))
	}
	return i >= 0
}
