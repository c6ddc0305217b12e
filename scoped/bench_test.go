package scoped_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// A scope without statements, against the bare session.
func BenchmarkEmptyScope(b *testing.B) {
	bed := newBed(b, session.Options{})
	b.Run("engine", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = bed.engine.Do(b.Context(), func(context.Context, *session.Session) error { return nil })
		}
	})
	b.Run("registry", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = bed.Do(b.Context(), func(context.Context) error { return nil })
		}
	})
	b.Run("joined", func(b *testing.B) {
		b.ReportAllocs()
		_ = bed.Do(b.Context(), func(ctx context.Context) error {
			for b.Loop() {
				_ = bed.Do(ctx, func(context.Context) error { return nil })
			}
			return nil
		})
	})
}

func TestAScopeThatIsNotUsedAllocatesOnceAndInTheCallersMemoryNever(t *testing.T) {
	b := newBed(t, session.Options{})
	ctx := context.Background()
	n := testing.AllocsPerRun(100, func() {
		_, s, _ := b.Begin(ctx)
		_ = s.End(ctx, nil)
	})
	if n > 1 {
		t.Errorf("Begin and End allocate %v times", n)
	}
	const runs = 100
	scopes := make([]scoped.Scope, runs+1) // one for warming up
	n = testing.AllocsPerRun(runs, func() {
		s := &scopes[0]
		scopes = scopes[1:]
		_, _ = b.BeginIn(ctx, s)
		_ = s.End(ctx, nil)
	})
	if n > 0 {
		t.Errorf("BeginIn and End allocate %v times", n)
	}
	if n := b.engine.Stats().Sessions; n != 1 { // newBed's own
		t.Errorf("%d sessions were opened", n)
	}
}

// What it costs to find the session of a context.
func BenchmarkFrom(b *testing.B) {
	bed := newBed(b, session.Options{})
	_ = bed.Do(b.Context(), func(ctx context.Context) error {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = bed.From(ctx)
		}
		return nil
	})
}

// A query through the registry and the same query on the scope's session, in
// turns: what the registry adds. Each sample is a few queries, since a clock
// cannot time one. Who goes first changes, and each order has a median of its
// own, since the second one finds the caches warm.
//
// The place of the call is recorded by walking the stack, whose cost depends on
// which frames there are: that is 200 ns one way or the other. What the registry
// itself does is BenchmarkFrom.
func BenchmarkQuery(b *testing.B) {
	const few = 20
	bed := newBed(b, session.Options{})
	var more [2][]time.Duration
	_ = bed.Do(b.Context(), func(ctx context.Context) error {
		s, err := bed.From(ctx)
		must(b, err)
		sample := func(q session.Querier) time.Duration {
			bed.db.ResetLog() // which grows
			start := time.Now()
			for range few {
				rows, err := q.Query(ctx, "SELECT id FROM notes")
				if err != nil {
					b.Fatal(err)
				}
				_ = rows.Close()
			}
			return time.Since(start)
		}
		for i := 0; b.Loop(); i++ {
			if i%2 == 0 {
				on := sample(s)
				more[0] = append(more[0], sample(bed)-on)
			} else {
				through := sample(bed)
				more[1] = append(more[1], through-sample(s))
			}
		}
		return nil
	})
	median := func(d []time.Duration) float64 {
		if len(d) == 0 {
			return 0
		}
		slices.Sort(d)
		return float64(d[len(d)/2]) / few
	}
	b.ReportMetric((median(more[0])+median(more[1]))/2, "more-ns/op")
}

// The same, as a test: allocations do not depend on the machine.
func TestAQueryThroughTheRegistryAllocatesNoMoreThanOneOnTheSession(t *testing.T) {
	bed := newBed(t, session.Options{})
	must(t, bed.Do(t.Context(), func(ctx context.Context) error {
		s, err := bed.From(ctx)
		must(t, err)
		allocs := func(q session.Querier) float64 {
			return testing.AllocsPerRun(100, func() {
				rows, err := q.Query(ctx, "SELECT id FROM notes")
				must(t, err)
				_ = rows.Close()
			})
		}
		if on, through := allocs(s), allocs(bed); through > on {
			t.Errorf("%v allocations through the registry, %v on the session", through, on)
		}
		return nil
	}))
}
