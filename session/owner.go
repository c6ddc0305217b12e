package session

import (
	"context"
	"slices"
	"sync"
)

// owner stands for one session in the contexts of the code that runs inside
// it. When that code waits for another connection, the session's own cannot
// come back meanwhile: that is how a wait that would never end is noticed.
//
// It is not the session itself, so that a context does not keep a forgotten
// session alive.
type owner struct {
	parent *owner

	mu sync.Mutex // guards at
	at []*gate    // where code inside this session waits now; may repeat
}

// ownerKey is the context key of the innermost owner.
type ownerKey struct{}

func ownerFrom(ctx context.Context) *owner {
	o, _ := ctx.Value(ownerKey{}).(*owner)
	return o
}

// waits notes that a wait at g inside o and its parents begins. g.mu is held.
func (o *owner) waits(g *gate) {
	for ; o != nil; o = o.parent {
		o.mu.Lock()
		o.at = append(o.at, g)
		o.mu.Unlock()
	}
}

// waited notes that such a wait has ended. g.mu is held.
func (o *owner) waited(g *gate) {
	for ; o != nil; o = o.parent {
		o.mu.Lock()
		i := slices.Index(o.at, g)
		o.at = slices.Delete(o.at, i, i+1)
		o.mu.Unlock()
	}
}

// gates are where o waits.
func (o *owner) gates() []*gate {
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.at)
}

// Context returns a context that says that its code runs inside s. A wait for
// a connection under it that could end only when s gives its own back returns
// [ErrWouldDeadlock] at once instead of hanging. [Engine.Do] uses it for the
// context it hands to its function.
func (s *Session) Context(ctx context.Context) context.Context {
	if s.owner == nil {
		s.owner = &owner{parent: ownerFrom(ctx)}
		if s.owner.parent == nil {
			s.owner.parent = s.engine.around
		}
	}
	return context.WithValue(ctx, ownerKey{}, s.owner)
}

// Detach returns a context for code that runs beside the sessions that ctx says
// it runs inside of: on a goroutine that none of them waits for. What it waits
// for does not keep them from ending.
func Detach(ctx context.Context) context.Context {
	if ownerFrom(ctx) == nil {
		return ctx
	}
	return context.WithValue(ctx, ownerKey{}, (*owner)(nil))
}

// isAround reports whether o is in, or one of those that in runs inside of.
func (o *owner) isAround(in *owner) bool {
	for ; in != nil; in = in.parent {
		if in == o {
			return true
		}
	}
	return false
}

// Room is how many transactions with these options the code of ctx can count on
// having at a time: as many as there are connections for them, less those that
// the sessions hold that ctx runs inside of; see [Session.Context]. Others may
// need some of them meanwhile. At most one opts is given; without, Options.Tx
// hold.
func (e *Engine) Room(ctx context.Context, opts ...TxOptions) int {
	o := &e.opts.Tx
	if len(opts) > 0 {
		o = &opts[0]
	}
	return e.gateFor(o).room(ownerFrom(ctx))
}

func (g *gate) room(in *owner) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.limit
	for l := g.holders; l != nil; l = l.next {
		if l.owner.isAround(in) {
			n--
		}
	}
	return n
}
