package scopedhttp_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// nobody is a client that reads nothing.
type nobody struct{ header http.Header }

func (w nobody) Header() http.Header         { return w.header }
func (w nobody) Write(p []byte) (int, error) { return len(p), nil }
func (w nobody) WriteHeader(int)             {}

// What the middleware adds to a request that uses no database.
func BenchmarkMiddleware(b *testing.B) {
	bed := newBed(b, session.Options{})
	h := bed.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	w, r := nobody{http.Header{}}, httptest.NewRequest(http.MethodGet, "/", nil)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}
