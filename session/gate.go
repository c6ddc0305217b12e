package session

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// gate admits sessions to connections: no more than limit at a time, first
// come, first served. It knows who is in, so that who waits in vain can be
// told.
//
// It is the session's, not the pool's: the rules are then the same for every
// driver, and an uncontended pass costs one lock.
type gate struct {
	what  string // what is limited, for messages
	limit int
	// nests: who runs inside of everybody who is in gets in as well.
	nests bool

	// mu guards the fields below.
	mu      sync.Mutex
	used    int
	holders *lease // doubly linked, newest first
	head    *waiter
	tail    *waiter
	waiting int
	closed  bool
	empty   chan struct{} // closed when a closed gate has nobody in it
}

// waiter is one place in the queue.
type waiter struct {
	lease      *lease
	inside     *owner     // whose code waits; it counts as waiting while queued
	ready      chan error // buffered: admission never blocks who gives it
	prev, next *waiter
	queued     bool
}

// writers are what is limited to one where a database has one writer at a time.
const writers = "writer connections"

func newGate(what string, limit int) *gate {
	return &gate{what: what, limit: limit, empty: make(chan struct{})}
}

// enter admits l, waiting in turn. limit is negative for no limit but ctx's.
func (g *gate) enter(ctx context.Context, l *lease, limit time.Duration) (waited bool, err error) {
	w, err := g.admit(l, ownerFrom(ctx))
	if w == nil {
		return false, err
	}
	if w.inside != nil && g.stuck() {
		return true, g.giveUp(w, g.deadlock())
	}
	return true, g.await(ctx, w, limit)
}

// admit lets l in at once or queues it.
func (g *gate) admit(l *lease, inside *owner) (*waiter, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, refuse(ErrClosed, "the engine is closed")
	}
	if g.used < g.limit && g.head == nil || g.mayNest(inside) {
		g.in(l)
		return nil, nil
	}
	w := &waiter{lease: l, inside: inside, ready: make(chan error, 1), queued: true, prev: g.tail}
	inside.waits(g)
	if g.tail == nil {
		g.head = w
	} else {
		g.tail.next = w
	}
	g.tail = w
	g.waiting++
	return w, nil
}

func (g *gate) await(ctx context.Context, w *waiter, limit time.Duration) error {
	var timeout <-chan time.Time
	if limit >= 0 {
		t := time.NewTimer(limit)
		defer t.Stop()
		timeout = t.C
	}
	select {
	case err := <-w.ready:
		return err
	case <-ctx.Done():
		return g.giveUp(w, ctx.Err())
	case <-timeout:
		return g.giveUp(w, g.timeout(limit))
	}
}

// giveUp leaves the queue with err, unless w was admitted meanwhile.
func (g *gate) giveUp(w *waiter, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !w.queued {
		return <-w.ready
	}
	g.dequeue(w)
	return err
}

// leave lets l out and the first in the queue in.
func (g *gate) leave(l *lease) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.used--
	g.unlink(l)
	if w := g.next(); w != nil && !g.closed {
		g.dequeue(w)
		g.in(w.lease)
		w.ready <- nil
	}
	if g.closed && g.used == 0 {
		close(g.empty)
	}
}

// next is the waiter that may come in now. g.mu is held.
func (g *gate) next() *waiter {
	if g.used < g.limit {
		return g.head
	}
	for w := g.head; w != nil; w = w.next {
		if g.mayNest(w.inside) {
			return w
		}
	}
	return nil
}

// mayNest reports whether who runs inside of o runs inside of everybody who is
// in. g.mu is held.
func (g *gate) mayNest(o *owner) bool {
	if !g.nests || g.used == 0 {
		return false
	}
	for l := g.holders; l != nil; l = l.next {
		if l.owner == nil || !l.owner.isAround(o) {
			return false
		}
	}
	return true
}

// in counts l in. g.mu is held.
func (g *gate) in(l *lease) {
	g.used++
	l.since = time.Now()
	if l.next = g.holders; l.next != nil {
		l.next.prev = l
	}
	g.holders = l
}

// unlink takes l out of the list of holders. g.mu is held.
func (g *gate) unlink(l *lease) {
	if l.prev != nil {
		l.prev.next = l.next
	} else {
		g.holders = l.next
	}
	if l.next != nil {
		l.next.prev = l.prev
	}
	l.prev, l.next = nil, nil
}

// dequeue takes w out of the queue. Its owner no longer waits from here on, and
// not from when its goroutine wakes up: in between, a session that just got its
// connection would look as if it waited for a second one. g.mu is held.
func (g *gate) dequeue(w *waiter) {
	w.inside.waited(g)
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		g.head = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		g.tail = w.prev
	}
	w.queued = false
	g.waiting--
}

// close refuses who waits and waits until nobody is in or ctx ends. It returns
// who is still in.
func (g *gate) close(ctx context.Context) []string {
	g.mu.Lock()
	g.closed = true
	for w := g.head; w != nil; w = g.head {
		g.dequeue(w)
		w.ready <- refuse(ErrClosed, "the engine was closed while this waited for a connection")
	}
	if g.used == 0 {
		close(g.empty)
	}
	g.mu.Unlock()
	select {
	case <-g.empty:
		return nil
	case <-ctx.Done():
		return g.names()
	}
}

// names describes who is in, longest first.
func (g *gate) names() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []string
	for l := g.holders; l != nil; l = l.next {
		out = append([]string{l.describe()}, out...)
	}
	return out
}

func (g *gate) timeout(limit time.Duration) error {
	names := g.names()
	return refuse(ErrPoolTimeout, "waited %v; %d of %d %s in use, held longest first:\n%s",
		limit, len(names), g.limit, g.what, strings.Join(names, "\n"))
}

func (g *gate) deadlock() error {
	return refuse(ErrWouldDeadlock, "%d of %d %s in use, and whoever has one waits for another; "+
		"join the transaction around, or end it first%s. Held longest first:\n%s",
		g.limit, g.limit, g.what, g.wayOut(), strings.Join(g.names(), "\n"))
}

// wayOut is what else helps against a deadlock.
func (g *gate) wayOut() string {
	if g.what == writers {
		return ": this database has one writer at a time"
	}
	return ", or raise MaxConns"
}

// load is a snapshot of the gate's numbers.
func (g *gate) load() (used, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.used, g.waiting
}

// describe says who holds l, since when and from where.
func (l *lease) describe() string {
	return fmt.Sprintf("  held for %v by %s", time.Since(l.since).Round(time.Millisecond),
		l.site.String())
}
