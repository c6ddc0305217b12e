package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// supplier plays the supplier whom the shop asks about a back-order. It knows
// the clients that leave while their handler waits for it, so that they do so
// between two statements and not by chance.
type supplier struct {
	leaving sync.Map // of an order's reference to the client's cancel function
}

// leaves says that the client of an order leaves as soon as the supplier is asked.
func (s *supplier) leaves(reference string, leave context.CancelFunc) {
	s.leaving.Store(reference, leave)
}

// ask answers after a few milliseconds; when the client leaves, not before the
// server has noticed.
func (s *supplier) ask(ctx context.Context, reference string) error {
	wait := rand.N(4 * time.Millisecond)
	if leave, ok := s.leaving.Load(reference); ok {
		leave.(context.CancelFunc)()
		wait = limit
	}
	answer := time.NewTimer(wait)
	defer answer.Stop()
	select {
	case <-answer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
