package session

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
)

// ownPackages are left out when a place in the application is named.
const ownPackages = "github.com/sqlscope/sqlscope/s" // session and scoped

// site is a place in the application: the innermost frames of a call, enough
// to reach through One, a scoped registry and a session.
type site struct {
	pcs [8]uintptr
}

// here records the callers of the function that calls it, but for the innermost
// skip.
func here(skip int) (s site) {
	runtime.Callers(3+skip, s.pcs[:])
	return s
}

// String is the innermost place outside this library, as "function file:line".
func (s *site) String() string { return place(s.pcs[:]) }

// passed reports whether a function is this library's, or is between it and the
// application.
func passed(function string) bool {
	return strings.HasPrefix(function, ownPackages) || strings.HasPrefix(function, "database/sql.")
}

func place(pcs []uintptr) string {
	var first string
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if f.Function != "" {
			text := fmt.Sprintf("%s %s:%d", f.Function, f.File, f.Line)
			if first == "" {
				first = text
			}
			if !passed(f.Function) || strings.HasSuffix(f.File, "_test.go") {
				return text
			}
		}
		if !more {
			break
		}
	}
	if first == "" {
		return "an unknown place"
	}
	return first
}

// guard lets one goroutine at a time into a session, and tells the second one
// where both are.
type guard struct {
	busy atomic.Bool
	// closing: the session was closed while somebody else was inside, who closes
	// it on the way out.
	closing atomic.Bool
	// pcs is where the one inside came from. It is atomic because the one who
	// is refused reads it.
	pcs [5]atomic.Uintptr
}

// enterBriefly is enter for what is over at once: finding out where the caller
// is would take longer than what it does.
func (g *guard) enterBriefly() error {
	if !g.busy.CompareAndSwap(false, true) {
		return g.conflict()
	}
	g.pcs[0].Store(0)
	return nil
}

func (g *guard) enter() error {
	if !g.busy.CompareAndSwap(false, true) {
		return g.conflict()
	}
	g.note(4, len(g.pcs))
	return nil
}

// enterShallow is enter for what is not called through layers of this library
// such as One: every frame that is recorded takes time.
func (g *guard) enterShallow() error {
	if !g.busy.CompareAndSwap(false, true) {
		return g.conflict()
	}
	g.note(4, 3)
	return nil
}

// note records who is inside: depth callers, but for the innermost skip.
func (g *guard) note(skip, depth int) {
	var pcs [len(g.pcs)]uintptr
	runtime.Callers(skip, pcs[:depth])
	for i := range pcs {
		g.pcs[i].Store(pcs[i])
	}
}

// site is who is inside, for those who may be.
func (g *guard) site() (s site) {
	for i := range g.pcs {
		if s.pcs[i] = g.pcs[i].Load(); s.pcs[i] == 0 {
			break
		}
	}
	return s
}

func (g *guard) leave() { g.busy.Store(false) }

// enterForRows waits for its turn: the rows belong to the goroutine that opened
// them, which must not fail because another one is just being refused.
func (g *guard) enterForRows() {
	for !g.busy.CompareAndSwap(false, true) {
		runtime.Gosched()
	}
}

func (g *guard) conflict() error {
	var mine [32]uintptr // nobody waits for this one
	other := g.site()
	return refuse(ErrConcurrentUse, "at %s while another goroutine was at %s; "+
		"give each goroutine its own session", place(mine[:runtime.Callers(4, mine[:])]), other.String())
}
