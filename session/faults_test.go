package session_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// servers are the kinds of database on which every fault is tried.
var servers = map[string]fakedriver.Options{
	"pipelining":     {},
	"step by step":   capabilities(func(c *drivers.Capabilities) { c.Pipelining = false }),
	"failing alone":  {FailsAlone: true},
	"ending at once": {FailsAlone: true, EndsTx: []drivers.Kind{drivers.KindData}},
	"local": capabilities(func(c *drivers.Capabilities) {
		c.Remote, c.Pipelining, c.SingleWriter = false, false, true
	}),
}

// flightShapes are programs that, together, send every shape of flight.
var flightShapes = []string{
	"exec:1 commit",
	"query commit",
	"exec:1 exec:2 query commit",
	"queue:1 commit",
	"queue:1 queue:2 exec:3 queue:4 commit",
	"( exec:1 ) commit",
	"exec:1 ( queue:2 exec:3 ) exec:4 commit",
	"exec:1 ( exec:2 < exec:3 commit",
	"queue:1 ( exec:2 ) ( exec:3 < queue:4 commit",
	"( queue:1 ) ( exec:2 ) exec:3 commit",
	"exec:1 ( exec:2 ( exec:3 ) ( queue:4 < exec:5 ) queue:6 commit",
	"( ( exec:1 ) queue:2 ( exec:3 ( exec:4 < ) ) exec:5 commit",
	"exec:1 ( queue:2 ) commit",
	"exec:1 ( exec:2 < commit",
}

// faults are what can happen to a step.
var faults = map[string]fakedriver.Reaction{
	"error":      {Err: fakedriver.Errorf(drivers.KindData, "injected")},
	"cut unsent": {Cut: fakedriver.CutUnsent},
	"cut before": {Cut: fakedriver.CutBefore},
	"cut after":  {Cut: fakedriver.CutAfter},
}

// faultAt makes the n-th step from now meet a reaction, and tells afterwards
// which step that was.
func faultAt(db *fakedriver.DB, n int, r fakedriver.Reaction) (met func() string) {
	var count atomic.Int32
	var text atomic.Value
	remove := db.OnRun(func(_ context.Context, step drivers.Step) *fakedriver.Reaction {
		if int(count.Add(1)) != n {
			return nil
		}
		text.Store(fakedriver.Text(step))
		return &r
	})
	return func() string { remove(); s, _ := text.Load().(string); return s }
}

// TestWhateverHappensToAStepTheCallerIsToldTheTruth runs each program once for
// each of its steps and each fault.
func TestWhateverHappensToAStepTheCallerIsToldTheTruth(t *testing.T) {
	for server, fake := range servers {
		for fault, reaction := range faults {
			for _, program := range flightShapes {
				t.Run(server+"/"+fault+"/"+program, func(t *testing.T) {
					for n := 1; ; n++ {
						met := false
						synctest.Test(t, func(t *testing.T) { met = oneFault(t, fake, program, fault, reaction, n) })
						if !met {
							break
						}
					}
				})
			}
		}
	}
}

// oneFault runs a program with a fault at its n-th step. It returns false when
// there is no such step.
func oneFault(t *testing.T, fake fakedriver.Options, program, fault string, r fakedriver.Reaction, n int) bool {
	t.Helper()
	b := newBed(t, fake, session.Options{MaxConns: 2})
	met := faultAt(b.db, n, r)
	got := runCaller(t, b.Engine, program)
	synctest.Wait()
	step := met()
	flights := b.flights()
	about := fmt.Sprintf("step %d, %q, told %+v, sent\n\t%s", n, step, got,
		strings.Join(flights, "\n\t"))
	content := b.content()
	if !slices.Equal(content, got.ids) && !(got.unknown && len(content) == 0) {
		t.Errorf("%s\ncommitted are %v", about, content)
	}
	if want := isUnknown(b.Describe(), fault, step, got); got.unknown != want {
		t.Errorf("%s\nunknown is %v, want %v", about, got.unknown, want)
	}
	if got.unknown && session.IsRetryable(got.errs[len(got.errs)-1]) {
		t.Errorf("%s\nit is called retryable", about)
	}
	if step != "" && len(got.errs) == 0 && fault != "cut unsent" {
		t.Errorf("%s\nnobody was told", about)
	}
	wantNothingTwice(t, about, flights)
	wantReplays := int64(0)
	if step == "begin" && fault == "cut unsent" {
		wantReplays = 1
	}
	if got := b.Stats().Replays; got != wantReplays {
		t.Errorf("%s\n%d replays, want %d", about, got, wantReplays)
	}
	if now := b.Stats(); now.InUse != 0 {
		t.Errorf("%s\na connection is still held", about)
	}
	if unknown := b.Stats().UnknownCommits; (unknown == 1) != got.unknown {
		t.Errorf("%s\n%d unknown commits are counted", about, unknown)
	}
	return step != ""
}

// isUnknown: COMMIT was on its way when the connection was lost. Where flights
// are pipelined that is so at every step of the flight that carries it.
func isUnknown(d *drivers.Description, fault, step string, got told) bool {
	if fault == "error" || fault == "cut unsent" || got.at != "commit" {
		return false
	}
	return step == "commit" || d.Capabilities.Pipelining
}

// wantNothingTwice: no statement of a program reached the server twice.
func wantNothingTwice(t *testing.T, about string, flights []string) {
	t.Helper()
	seen := map[string]bool{}
	for _, flight := range flights {
		for step := range strings.SplitSeq(flight, "; ") {
			if strings.Contains(step, "INSERT") && seen[step] {
				t.Errorf("%s\n%q was executed twice", about, step)
			}
			seen[step] = true
		}
	}
}

func TestTheCallerItselfIsToldEverythingWithoutFaults(t *testing.T) {
	want := map[string][]int64{
		"exec:1 exec:2 query commit":                                     {1, 2},
		"queue:1 ( exec:2 ) ( exec:3 < queue:4 commit":                   {1, 2, 4},
		"exec:1 ( exec:2 ( exec:3 ) ( queue:4 < exec:5 ) queue:6 commit": {1, 2, 3, 5, 6},
		"( ( exec:1 ) queue:2 ( exec:3 ( exec:4 < ) ) exec:5 commit":     {1, 2, 3, 5},
	}
	for _, program := range flightShapes {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		got := runCaller(t, b.Engine, program)
		if !got.committed || len(got.errs) > 0 {
			t.Errorf("%s: %+v", program, got)
		}
		b.wantContent(got.ids...)
		if ids, ok := want[program]; ok && !slices.Equal(ids, got.ids) {
			t.Errorf("%s: the caller believes in %v, want %v", program, got.ids, ids)
		}
	}
}
