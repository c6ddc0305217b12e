package drivertest

import (
	"context"
	"testing"

	"github.com/sqlscope/sqlscope/session"
)

// RunBenchmarks measures what a driver costs: the same shapes on every
// database, each over a session, with the rows of one small table.
func RunBenchmarks(b *testing.B, h Harness) {
	t := newT(b, h, session.Options{})
	t.ctx = b.Context() // benchmarks take the time they need
	table := t.Items()
	t.FillMany(table, 1000)
	for _, shape := range []struct {
		name string
		run  func(ctx context.Context, s *session.Session) error
	}{
		{"one read", func(ctx context.Context, s *session.Session) error {
			_, err := session.One[int64](ctx, s, "SELECT n FROM "+table+" WHERE id = ?", 7)
			return err
		}},
		{"one write", func(ctx context.Context, s *session.Session) error {
			_, err := s.Exec(ctx, "UPDATE "+table+" SET n = ? WHERE id = ?", 1, 7)
			return err
		}},
		{"ten queued writes", func(ctx context.Context, s *session.Session) error {
			for id := range 10 {
				if err := s.Queue("UPDATE "+table+" SET n = ? WHERE id = ?", 1, id); err != nil {
					return err
				}
			}
			return nil
		}},
		{"a thousand rows", func(ctx context.Context, s *session.Session) error {
			_, err := session.Collect[int64](ctx, s, "SELECT id FROM "+table)
			return err
		}},
	} {
		b.Run(shape.name, func(b *testing.B) { t.bench(b, shape.run) })
	}
	b.Run("one read in parallel", func(b *testing.B) { t.parallel(b, table) })
}

// bench measures a transaction with fn in it, COMMIT included.
func (t *T) bench(b *testing.B, fn func(context.Context, *session.Session) error) {
	b.ReportAllocs()
	for b.Loop() {
		if err := t.DB.Do(b.Context(), fn); err != nil {
			b.Fatal(err)
		}
	}
}

func (t *T) parallel(b *testing.B, table string) {
	b.ReportAllocs()
	opts := session.TxOptions{ReadOnly: t.Caps.ReadOnly}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := t.DB.Do(b.Context(), func(ctx context.Context, s *session.Session) error {
				_, err := session.One[int64](ctx, s, "SELECT n FROM "+table+" WHERE id = ?", 7)
				return err
			}, opts)
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}
