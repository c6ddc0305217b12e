package scoped_test

import (
	"context"
	"testing"

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
