// Package soak works on many databases at once, for minutes, in the ways that
// leave something behind when a driver or the session is wrong: it opens, fails,
// cancels, breaks streams off, panics and has connections cut and networks
// frozen. What callers were told is compared with what the database has, all the
// time; what the process still holds is looked at when it is over.
//
// It names no database: a [Target] says what there is to work on, and how
// something slow is written there.
package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sqlscope/sqlscope/internal/netproxy"
	"github.com/sqlscope/sqlscope/session"
)

// Target is one database that is worked on.
type Target struct {
	// Name is what reports call it.
	Name string
	// Open opens an engine on it, with the options that the soak asks for.
	Open func(session.Options) (*session.Engine, error)
	// Slow is a query that takes long enough to be cancelled: a few tenths of a
	// second.
	Slow string
	// Proxy is what the way to the server leads through; nil when there is none,
	// and nothing to cut.
	Proxy *netproxy.Proxy
}

// Soak is one run. The zero value of a field means what its comment says.
type Soak struct {
	// Targets are worked on at the same time.
	Targets []Target
	// Time is how long the workers work.
	Time time.Duration
	// Settled is when memory and threads are first looked at, and what they are
	// compared with in the end.
	Settled time.Duration
	// Seed makes the workers' choices.
	Seed uint64
	// Log is told what happens now and then; testing.T.Logf for example.
	Log func(format string, args ...any)

	// pause is held for reading by who works, for writing by who looks.
	pause sync.RWMutex
	lines []*line
	cuts  atomic.Int64
}

// workers is the number of those that work on one target: more than it has
// connections, so that they also wait for one.
const (
	conns   = 4
	workers = conns + 2
)

// Report is what a run has seen.
type Report struct {
	// Wrong are the differences between what callers were told and what the
	// database had, errors that nothing explains, and what engines had not got
	// back in the end.
	Wrong []string
	// Settled and End are the process with nobody at work, after the time to
	// settle and after everything.
	Settled, End Footprint
}

// Run sets everything up, works, and closes everything again.
func (s *Soak) Run(ctx context.Context) (*Report, error) {
	for i := range s.Targets {
		l, err := openLine(ctx, &s.Targets[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Targets[i].Name, err)
		}
		defer l.engine.Close(context.WithoutCancel(ctx)) // again, when something has failed
		s.lines = append(s.lines, l)
	}
	report := &Report{}
	s.work(ctx, report)
	for _, l := range s.lines {
		l.finish(ctx)
		s.Log("%s: %s", l.target.Name, l.summary())
		report.Wrong = append(report.Wrong, l.wrong()...)
	}
	s.Log("%d cuts and stalls", s.cuts.Load())
	return report, nil
}

// work lets all workers loose until the time is over, and looks at the process
// meanwhile.
func (s *Soak) work(ctx context.Context, report *Report) {
	ctx, stop := context.WithTimeout(ctx, s.Time)
	defer stop()
	var all sync.WaitGroup
	for i, l := range s.lines {
		for n := range workers {
			w := newWorker(l, n, rand.New(rand.NewPCG(s.Seed, uint64(100*i+n))))
			all.Go(func() { s.repeat(ctx, w.step); w.settle(context.WithoutCancel(ctx)) })
		}
		if l.target.Proxy != nil {
			c := newCutter(l.target.Proxy, rand.New(rand.NewPCG(s.Seed, uint64(100*i+workers))))
			all.Go(func() { s.repeat(ctx, func(context.Context) { c.step(ctx); s.cuts.Add(1) }); c.over() })
		}
	}
	report.Settled = s.watch(ctx)
	all.Wait()
	report.End = Look()
	s.Log("at the end: %v", report.End)
}

// repeat does a step until the context ends, never while somebody looks. Steps
// do not end with the context: each is to have its natural end.
func (s *Soak) repeat(ctx context.Context, step func(context.Context)) {
	for ctx.Err() == nil {
		s.pause.RLock()
		step(context.WithoutCancel(ctx))
		s.pause.RUnlock()
	}
}

// looks is how often the process is looked at after it has settled.
const looks = 6

// watch waits for the time to settle, looks, and then now and then again, for
// the log. It returns the first look when the context ends.
func (s *Soak) watch(ctx context.Context) Footprint {
	wait(ctx, s.Settled)
	first := s.look()
	for range looks {
		if wait(ctx, (s.Time-s.Settled)/looks); ctx.Err() == nil {
			s.look()
		}
	}
	<-ctx.Done()
	return first
}

// look stops all work and looks at the process.
func (s *Soak) look() Footprint {
	s.pause.Lock()
	defer s.pause.Unlock()
	f := Look()
	s.Log("%v", f)
	return f
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
