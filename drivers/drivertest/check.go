package drivertest

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// NoErr ends the case when err is not nil.
func (t *T) NoErr(what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// ErrIs ends the case when err is not target.
func (t *T) ErrIs(what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("%s: got error %v, want %v", what, err, target)
	}
}

// Mentions ends the case when err does not say text.
func (t *T) Mentions(what string, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Fatalf("%s: the error does not say %q: %v", what, text, err)
	}
}

// KindIs ends the case when err is of another kind.
func (t *T) KindIs(what string, err error, kind session.Kind) {
	t.Helper()
	if got := session.KindOf(err); err == nil || got != kind {
		t.Fatalf("%s: got an error of kind %q, want %q: %v", what, got, kind, err)
	}
}

// StateIs ends the case when the session is in another state.
func (t *T) StateIs(s *session.Session, want session.State) {
	t.Helper()
	if got := s.State(); got != want {
		t.Fatalf("the session is %v, want %v", got, want)
	}
}

// Equal ends the case when got is not want.
func Equal[V comparable](t *T, what string, got, want V) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

// Eventually waits until ok, for what the engine does in the background.
func (t *T) Eventually(what string, ok func() bool) {
	t.Helper()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	limit := time.NewTimer(10 * time.Second)
	defer limit.Stop()
	for !ok() {
		select {
		case <-ticker.C:
		case <-limit.C:
			t.Fatalf("in vain: waited until %s; %+v", what, t.DB.Stats())
		}
	}
}

// AllBack waits until no connection is in use.
func (t *T) AllBack() {
	t.Helper()
	t.Eventually("every connection is back", func() bool { return t.DB.Stats().InUse == 0 })
}

// Go runs fn on a goroutine that ends before the sessions of the case are
// closed; a fn that waits for the database ends with the case's context.
func (t *T) Go(fn func()) {
	var running sync.WaitGroup
	running.Go(fn)
	t.Cleanup(running.Wait)
}

// Slow is an expression that takes about d, or skips the case.
func (t *T) Slow(d time.Duration) string {
	t.Helper()
	if t.Spell.Slow == nil {
		t.Skip("the harness has no Spelling.Slow")
	}
	return t.Spell.Slow(d)
}

// Within checks that what began at start did not take longer than limit.
func (t *T) Within(what string, start time.Time, limit time.Duration) {
	t.Helper()
	if took := time.Since(start); took > limit {
		t.Fatalf("%s took %v, which is more than %v", what, took.Round(time.Millisecond), limit)
	}
}

// Room skips the case when fewer than n transactions that may write can be open
// at once.
func (t *T) Room(n int) {
	t.Helper()
	if max := t.DB.Describe().MaxConns; max < n || n > 1 && t.Caps.SingleWriter {
		t.Skipf("the case needs %d writers at once", n)
	}
}
