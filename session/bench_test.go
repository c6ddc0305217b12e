package session_test

import (
	"context"
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
