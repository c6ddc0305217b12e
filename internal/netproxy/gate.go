package netproxy

import "sync"

// gate holds writers back while the network is stalled.
type gate struct {
	mu   sync.Mutex    // guards shut
	shut chan struct{} // nil while open; closed when the gate opens again
}

func (g *gate) set(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case on && g.shut == nil:
		g.shut = make(chan struct{})
	case !on && g.shut != nil:
		close(g.shut)
		g.shut = nil
	}
}

func (g *gate) current() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

// pass returns true once the gate is open, false when done closes first. It looks again after each
// opening: the gate may have been shut anew.
func (g *gate) pass(done <-chan struct{}) bool {
	for shut := g.current(); shut != nil; shut = g.current() {
		select {
		case <-shut:
		case <-done:
			return false
		}
	}
	return true
}
