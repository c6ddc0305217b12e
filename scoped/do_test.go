package scoped_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

func TestDoCommitsWhenTheFunctionReturnsNil(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error { return b.add(ctx, 1) }))
	b.wantIDs(1)
}

func TestDoRollsBackOnAnErrorAndReturnsItAsItIs(t *testing.T) {
	b := newBed(t, session.Options{})
	err := b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		return errBusiness
	})
	if err != errBusiness {
		t.Errorf("Do returned %v, want the very error", err)
	}
	b.wantIDs()
}

func TestDoRollsBackOnAPanicWhichGoesOn(t *testing.T) {
	b := newBed(t, session.Options{})
	p := panicOf(func() {
		_ = b.Do(t.Context(), func(ctx context.Context) error {
			must(t, b.add(ctx, 1))
			panic("lost my nerve")
		})
	})
	if p != "lost my nerve" {
		t.Errorf("the panic was %v", p)
	}
	b.wantIDs()
}

func TestDoRollsBackWhenItsGoroutineEndsInside(t *testing.T) {
	b := newBed(t, session.Options{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = b.Do(t.Context(), func(ctx context.Context) error {
			_ = b.add(ctx, 1)
			runtime.Goexit() // as t.FailNow does
			return nil
		})
	}()
	<-done
	b.wantIDs()
}

func TestDoReturnsTheErrorOfAFailedCommit(t *testing.T) {
	b := newBed(t, session.Options{})
	b.db.Once("commit", fakedriver.Reaction{
		Err: fakedriver.Errorf(drivers.KindSerialization, "try again")})
	err := b.Do(t.Context(), func(ctx context.Context) error { return b.add(ctx, 1) })
	if !session.IsRetryable(err) {
		t.Errorf("Do returned %v, want a serialization failure", err)
	}
	b.wantIDs()
}

func TestDoSaysWhenTheOutcomeIsUnknown(t *testing.T) {
	b := newBed(t, session.Options{})
	b.db.Once("commit", fakedriver.Reaction{Cut: fakedriver.CutAfter})
	var late context.Context
	err := b.Do(t.Context(), func(ctx context.Context) error {
		late = ctx
		return b.add(ctx, 1)
	})
	wantErr(t, err, session.ErrCommitUnknown)
	if err := b.add(late, 2); err == nil || !strings.Contains(err.Error(), "unknown") {
		t.Errorf("afterwards the scope says %v", err)
	}
	b.wantIDs(1)
}

func TestAScopeWithoutStatementsCostsNothing(t *testing.T) {
	b := newBed(t, session.Options{})
	before := b.db.Counts()
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.Nested(ctx, func(context.Context) error { return nil }))
		return b.Do(ctx, func(context.Context) error { return nil })
	}))
	if after := b.db.Counts(); after.Flights != before.Flights || after.Opened != before.Opened {
		t.Errorf("the database saw %+v, before %+v", after, before)
	}
}

func TestAScopeHoldsAConnectionFromItsFirstStatementToItsEnd(t *testing.T) {
	b := newBed(t, session.Options{})
	inUse := func(want int) {
		t.Helper()
		if got := b.engine.Stats().InUse; got != want {
			t.Errorf("%d connections in use, want %d", got, want)
		}
	}
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		inUse(0)
		must(t, b.add(ctx, 1))
		inUse(1)
		return nil
	}))
	inUse(0)
}

func TestAContextThatEndedRollsBack(t *testing.T) {
	b := newBed(t, session.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	err := b.Do(ctx, func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		cancel()
		return nil
	})
	wantErr(t, err, context.Canceled)
	b.wantIDs()
}

func TestDerivedContextsShareTheSession(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		derived, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		one, err := b.From(ctx)
		must(t, err)
		other, err := b.From(derived)
		must(t, err)
		if one != other {
			t.Error("the derived context has another session")
		}
		return nil
	}))
}

func TestDoHandsItsOptionsToTheTransaction(t *testing.T) {
	b := newBed(t, session.Options{})
	opts := session.TxOptions{Isolation: session.Serializable, ReadOnly: true}
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		_, err := session.Collect[int](ctx, b, "SELECT id FROM notes")
		return err
	}, opts))
	if got := b.db.Log()[0]; got != "begin isolation level serializable read only" {
		t.Errorf("it began with %q", got)
	}
}

func TestQueuedStatementsTravelWithTheCommit(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		return b.Queue(ctx, "INSERT INTO notes (id, text) VALUES (?, ?)", 1, "queued")
	}))
	if n := len(b.db.Flights()); n != 1 {
		t.Errorf("%d flights, want 1", n)
	}
	b.wantIDs(1)
}

func TestNewNeedsAnEngine(t *testing.T) {
	want := "scoped: New needs an engine, got nil"
	if p := panicOf(func() { scoped.New(nil) }); p != want {
		t.Errorf("it panicked with %v, want %q", p, want)
	}
}
