package scopedhttp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// nobody is a client that reads nothing.
type nobody struct{ header http.Header }

func (w nobody) Header() http.Header         { return w.header }
func (w nobody) Write(p []byte) (int, error) { return len(p), nil }
func (w nobody) WriteHeader(int)             {}

var noContent http.HandlerFunc = func(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNoContent)
}

type valueKey struct{}

// valued is the least that a middleware does which puts something into the
// context.
var valued http.HandlerFunc = func(w http.ResponseWriter, r *http.Request) {
	noContent.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), valueKey{}, w)))
}

// What the middleware adds to a request that uses no database: allocations by
// the first two, time by the third.
func BenchmarkMiddleware(b *testing.B) {
	wrapped := newBed(b, session.Options{}).with(scopedhttp.Options{}, noContent)
	b.Run("bare", func(b *testing.B) { benchmark(b, noContent) })
	b.Run("middleware", func(b *testing.B) { benchmark(b, wrapped) })
	b.Run("difference", func(b *testing.B) {
		var bare, with, value []time.Duration
		for b.Loop() {
			bare = append(bare, some(noContent))
			with = append(with, some(wrapped))
			value = append(value, some(valued))
		}
		b.ReportMetric(float64(median(with)-median(bare))/few, "ns-more/request")
		b.ReportMetric(float64(median(value)-median(bare))/few, "ns-more-for-a-value/request")
	})
}

const few = 20

func benchmark(b *testing.B, h http.Handler) {
	w, r := nobody{http.Header{}}, httptest.NewRequest(http.MethodGet, "/", nil)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}

// some is how long a few requests take: too short a time for a busy machine to
// come in between.
func some(h http.Handler) time.Duration {
	w, r := nobody{http.Header{}}, httptest.NewRequest(http.MethodGet, "/", nil)
	start := time.Now()
	for range few {
		h.ServeHTTP(w, r)
	}
	return time.Since(start)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func TestARequestThatUsesNoDatabaseAllocatesTwice(t *testing.T) {
	b := newBed(t, session.Options{})
	w, r := nobody{http.Header{}}, httptest.NewRequest(http.MethodGet, "/", nil)
	wrapped := b.with(scopedhttp.Options{}, noContent)
	bare := testing.AllocsPerRun(100, func() { noContent.ServeHTTP(w, r) })
	with := testing.AllocsPerRun(100, func() { wrapped.ServeHTTP(w, r) })
	if with > bare+2 { // one for the scope, one for the request with its context
		t.Errorf("%v allocations, without the middleware %v", with, bare)
	}
}
