package scoped_test

import (
	"context"
	"slices"
	"testing"

	"github.com/sqlscope/sqlscope/session"
)

// told collects what hooks say.
type told []string

func (l *told) say(text string) func(context.Context) {
	return func(context.Context) { *l = append(*l, text) }
}

func (l *told) want(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(*l, want) {
		t.Errorf("the hooks said %q, want %q", *l, want)
	}
}

func TestHooksRunForTheOutcomeOfTheOutermostDo(t *testing.T) {
	b := newBed(t, session.Options{})
	for _, c := range []struct {
		outcome error
		want    string
	}{{nil, "committed"}, {errBusiness, "rolled back"}} {
		var said told
		_ = b.Do(t.Context(), func(ctx context.Context) error {
			must(t, b.Do(ctx, func(ctx context.Context) error {
				must(t, b.OnCommit(ctx, said.say("committed")))
				return b.OnRollback(ctx, said.say("rolled back"))
			}))
			said.want(t)
			return c.outcome
		})
		said.want(t, c.want)
	}
}

func TestHooksOfASavepointGoWithIt(t *testing.T) {
	b := newBed(t, session.Options{})
	var said told
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.OnCommit(ctx, said.say("one")))
		_ = b.Nested(ctx, func(ctx context.Context) error {
			must(t, b.OnCommit(ctx, said.say("dropped")))
			return errBusiness
		})
		return b.OnCommit(ctx, said.say("two"))
	}))
	said.want(t, "one", "two")
}

type requestID struct{}

func TestAHookGetsItsContextsValuesOutsideTheScopeAndUncancelled(t *testing.T) {
	b := newBed(t, session.Options{MaxConns: 1})
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), requestID{}, "r1"))
	var inHook error
	must(t, b.Do(ctx, func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		return b.OnCommit(ctx, func(ctx context.Context) {
			cancel()
			if id := ctx.Value(requestID{}); id != "r1" {
				t.Errorf("the request's value is %v", id)
			}
			inHook = b.Do(ctx, func(ctx context.Context) error { return b.add(ctx, 2) })
		})
	}))
	must(t, inHook)
	b.wantIDs(1, 2)
}

func TestAHookThatPanicsStopsNothing(t *testing.T) {
	b := newBed(t, session.Options{Logger: quiet})
	var said told
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.OnCommit(ctx, func(context.Context) { panic("hook") }))
		return b.OnCommit(ctx, said.say("after"))
	}))
	said.want(t, "after")
}
