package scoped_test

import (
	"context"
	"testing"

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
