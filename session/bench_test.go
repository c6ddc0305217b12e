package session_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

func BenchmarkOpenAndCloseWithoutWork(b *testing.B) {
	e, err := session.New(fakedriver.New(fakedriver.Options{}).NewPool(), session.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close(context.Background())
	b.ReportAllocs()
	for b.Loop() {
		s := e.Session()
		_ = s.Close()
	}
}

// BenchmarkIdleSessions opens 100,000 sessions that run nothing and reports the
// memory that they hold.
func BenchmarkIdleSessions(b *testing.B) {
	const n = 100_000
	e, err := session.New(fakedriver.New(fakedriver.Options{}).NewPool(), session.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close(context.Background())
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		sessions := make([]*session.Session, n)
		for i := range sessions {
			sessions[i] = e.Session()
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		for _, s := range sessions {
			_ = s.Close()
		}
	}
	b.ReportMetric(float64(after.HeapInuse-before.HeapInuse)/(1<<20), "MB/100k-sessions")
}
