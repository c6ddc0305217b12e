package scoped_test

import (
	"context"
	"testing"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// again is an error after which a new try may help; quick does not wait for it.
var (
	again = &session.Error{Kind: session.KindSerialization, Err: errBusiness}
	quick = session.Retry{Wait: 1, MaxWait: 1}
)

// stumbles returns a part that writes a note and fails n times.
func (b *bed) stumbles(n int, tries *int) func(context.Context) error {
	return func(ctx context.Context) error {
		*tries++
		if err := b.add(ctx, *tries); err != nil || *tries > n {
			return err
		}
		return again
	}
}

func TestAScopeIsTriedAgainAsAWhole(t *testing.T) {
	b := newBed(t, session.Options{})
	tries, outer := 0, 0
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		outer++
		must(t, b.add(ctx, 100+outer))
		return b.Do(ctx, b.stumbles(2, &tries)) // joined
	}, quick))
	if tries != 3 || outer != 3 {
		t.Errorf("%d tries of the part, %d of the whole", tries, outer)
	}
	b.wantIDs(3, 103)
}

func TestAPartThatWasSwallowedIsTriedAgainWithTheWhole(t *testing.T) {
	b := newBed(t, session.Options{})
	tries := 0
	part := b.stumbles(1, &tries)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		_ = b.Do(ctx, part)
		return nil
	}, quick))
	if tries != 2 {
		t.Errorf("%d tries", tries)
	}
	b.wantIDs(2)
}

func TestAPartIsNeverTriedAgainAlone(t *testing.T) {
	for _, as := range []scoped.Propagation{scoped.Required, scoped.Nested, scoped.Mandatory, scoped.Supports} {
		b := newBed(t, session.Options{})
		tries := 0
		err := b.Do(t.Context(), func(ctx context.Context) error {
			return b.Do(ctx, b.stumbles(1, &tries), as, quick)
		})
		wantErr(t, err, again)
		if tries != 1 {
			t.Errorf("%v: %d tries", as, tries)
		}
		b.wantIDs()
	}
}

func TestATransactionOfItsOwnIsTriedAgainInsideAScope(t *testing.T) {
	b := newBed(t, session.Options{})
	tries := 0
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 100))
		return b.Do(ctx, b.stumbles(2, &tries), scoped.RequiresNew, quick)
	}))
	b.wantIDs(3, 100)
}

func TestATryThatIsOverRefusesWhatComesLate(t *testing.T) {
	b := newBed(t, session.Options{})
	var first context.Context
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		if first == nil {
			first = ctx
			return again
		}
		wantErr(t, b.add(first, 1), scoped.ErrScopeEnded)
		return b.add(ctx, 2)
	}, quick))
	b.wantIDs(2)
}

func TestHooksOfTriesThroughTheRegistry(t *testing.T) {
	b := newBed(t, session.Options{})
	var heard []string
	tries := 0
	part := b.stumbles(1, &tries)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.OnRollback(ctx, func(context.Context) { heard = append(heard, "rolled back") }))
		must(t, b.OnCommit(ctx, func(context.Context) { heard = append(heard, "committed") }))
		return part(ctx)
	}, quick))
	if len(heard) != 1 || heard[0] != "committed" {
		t.Errorf("heard %q", heard)
	}
}
