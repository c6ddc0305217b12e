package mysql

import (
	"errors"
	"sync"
	"time"
)

// sides are the connections of a killer.
type sides struct {
	mu     sync.Mutex
	idle   []*side     // guarded by mu
	open   int         // guarded by mu: idle ones, and those in use
	closed bool        // guarded by mu
	tidy   *time.Timer // guarded by mu: closes those that are idle; nil before the first
}

var errKillerClosed = errors.New("mysql: the pool is closed")

// take returns an idle one that fits, or nil. It is the one with the lowest id,
// as those with higher ones fit more targets.
func (s *sides) take(target *wire) *side {
	s.mu.Lock()
	defer s.mu.Unlock()
	best := -1
	for i, c := range s.idle {
		if c.fits(target) && (best < 0 || c.wire.id < s.idle[best].wire.id) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	return s.remove(best)
}

// remove is for those who hold mu.
func (s *sides) remove(i int) *side {
	c := s.idle[i]
	s.idle = append(s.idle[:i], s.idle[i+1:]...)
	return c
}

// add counts a new one, which is in use. When there are too many, the one that has
// been idle for longest goes.
func (s *sides) add(c *side) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.close()
		return errKillerClosed
	}
	if s.open++; s.open > killers {
		s.open--
		s.remove(0).close()
	}
	return nil
}

// put takes one back.
func (s *sides) put(c *side) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.close()
		return
	}
	s.idle = append(s.idle, c)
	if s.tidy == nil {
		s.tidy = time.AfterFunc(killKeep, s.closeIdle)
	}
	s.tidy.Reset(killKeep)
}

// drop closes one that was in use.
func (s *sides) drop(c *side) {
	s.mu.Lock()
	s.open--
	s.mu.Unlock()
	c.close()
}

// closeIdle closes all that nobody uses. It does so with mu locked, so that
// close waits for it.
func (s *sides) closeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.idle {
		c.close()
	}
	s.open -= len(s.idle)
	s.idle = nil
}

// close is the end.
func (s *sides) close() {
	s.mu.Lock()
	s.closed = true
	if s.tidy != nil {
		s.tidy.Stop()
	}
	s.mu.Unlock()
	s.closeIdle()
}
