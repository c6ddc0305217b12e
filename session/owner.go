package session

import (
	"context"
	"sync/atomic"
)

// owner stands for one session in the contexts of the code that runs inside
// it. When that code waits for another connection, the session's own cannot
// come back meanwhile: that is how a wait that would never end is noticed.
//
// It is not the session itself, so that a context does not keep a forgotten
// session alive.
type owner struct {
	parent *owner
	waits  atomic.Int32 // waits now going on inside this session
}

// ownerKey is the context key of the innermost owner.
type ownerKey struct{}

func ownerFrom(ctx context.Context) *owner {
	o, _ := ctx.Value(ownerKey{}).(*owner)
	return o
}

// wait notes that a wait inside o and its parents begins (+1) or ends (-1).
func (o *owner) wait(d int32) {
	for ; o != nil; o = o.parent {
		o.waits.Add(d)
	}
}

func (o *owner) isWaiting() bool { return o != nil && o.waits.Load() > 0 }

// Context returns a context that says that its code runs inside s. A wait for
// a connection under it that could end only when s gives its own back returns
// [ErrWouldDeadlock] at once instead of hanging. [Engine.Do] uses it for the
// context it hands to its function.
func (s *Session) Context(ctx context.Context) context.Context {
	if s.owner == nil {
		s.owner = &owner{parent: ownerFrom(ctx)}
	}
	return context.WithValue(ctx, ownerKey{}, s.owner)
}
