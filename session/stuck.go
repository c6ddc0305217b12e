package session

import (
	"slices"
	"sync"
)

// searching admits one search at a time, since a search holds the locks of
// several gates. Everybody else holds one.
var searching sync.Mutex

// search looks for connections that can never come back. The gates that it has
// seen stay locked until it is over, so that what it sees is true at one
// moment.
type search struct {
	seen []*gate
}

// stuck reports whether nobody who is in g will ever come out: each of them
// waits here, or at another gate, of this engine or of another, that is stuck
// for the same reason.
func (g *gate) stuck() bool {
	searching.Lock()
	defer searching.Unlock()
	var s search
	defer s.unlock()
	return s.isStuck(g)
}

func (s *search) unlock() {
	for _, g := range s.seen {
		g.mu.Unlock()
	}
}

// isStuck takes a gate that it has seen for stuck: if it is not, the search has
// ended there or will find out on its way back.
func (s *search) isStuck(g *gate) bool {
	if slices.Contains(s.seen, g) {
		return true
	}
	g.mu.Lock()
	s.seen = append(s.seen, g)
	for l := g.holders; l != nil; l = l.next {
		if !s.waitsForEver(l.owner) {
			return false
		}
	}
	return g.used >= g.limit
}

// waitsForEver: o waits, and not one of its waits can end.
func (s *search) waitsForEver(o *owner) bool {
	gates := o.gates()
	for _, g := range gates {
		if !s.isStuck(g) || !slices.Contains(o.gates(), g) { // it may have ended before g was locked
			return false
		}
	}
	return len(gates) > 0
}
