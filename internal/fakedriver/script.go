package fakedriver

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// Hook is asked before each step. It returns nil to let the step run as usual.
// It may block; the context is that of Run.
type Hook func(ctx context.Context, step drivers.Step) *Reaction

// Reaction is what happens to a step instead of the usual, in the order of the
// fields.
type Reaction struct {
	// Wait holds the step until the channel is closed.
	Wait <-chan struct{}
	// Delay holds the step for so long.
	Delay time.Duration
	// Deaf: while the step is held, the server does not answer a cancellation;
	// the connection is given up after PoolOptions.CancelGrace.
	Deaf bool
	// Err fails the step on the server; it has no effect. An *[Error] keeps its
	// kind.
	Err error
	// Cut loses the connection.
	Cut Cut
}

// Cut is the point of a step at which the connection is lost.
type Cut uint8

// The points at which a connection can be lost.
const (
	// NoCut keeps the connection.
	NoCut Cut = iota
	// CutUnsent loses it before a byte of the step was sent.
	CutUnsent
	// CutBefore loses it when the step was sent and had no effect.
	CutBefore
	// CutAfter loses it when the step had its effect and was not answered.
	CutAfter
	// CutAnswered loses it right behind the answer to the step.
	CutAnswered
)

// script holds the hooks.
type script struct {
	mu    sync.Mutex // guards the fields below
	last  int
	hooks []numbered
	dial  func(context.Context) error
}

type numbered struct {
	id   int
	hook Hook
}

// OnRun adds a hook; the first that returns a reaction decides. The returned
// function takes it away again.
func (db *DB) OnRun(hook Hook) (remove func()) {
	s := &db.script
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	id := s.last
	s.hooks = append(s.hooks, numbered{id, hook})
	return func() { s.remove(id) }
}

// Once adds a hook that meets the first step whose text contains part, in any
// case, and is then gone. The text of a statement is its SQL, that of the other
// steps is as in [DB.Log]. The channel is closed when it has met its step.
func (db *DB) Once(part string, reaction Reaction) (met <-chan struct{}) {
	done := make(chan struct{})
	var once sync.Once
	db.OnRun(func(_ context.Context, step drivers.Step) (r *Reaction) {
		if strings.Contains(strings.ToLower(Text(step)), strings.ToLower(part)) {
			once.Do(func() { close(done); r = &reaction })
		}
		return r
	})
	return done
}

// OnDial sets a hook that is asked before each new connection; its error fails
// the connection. nil takes it away.
func (db *DB) OnDial(hook func(context.Context) error) {
	db.script.mu.Lock()
	defer db.script.mu.Unlock()
	db.script.dial = hook
}

func (s *script) remove(id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = slices.DeleteFunc(slices.Clone(s.hooks), func(n numbered) bool { return n.id == id })
}

// react calls the hooks without the lock: a hook may add others.
func (s *script) react(ctx context.Context, step drivers.Step) Reaction {
	s.mu.Lock()
	hooks := s.hooks
	s.mu.Unlock()
	for _, n := range hooks {
		if r := n.hook(ctx, step); r != nil {
			return *r
		}
	}
	return Reaction{}
}

func (s *script) dialed(ctx context.Context) error {
	s.mu.Lock()
	hook := s.dial
	s.mu.Unlock()
	if hook == nil {
		return nil
	}
	return hook(ctx)
}
