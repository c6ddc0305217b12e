package scopedhttp_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

func TestAPanicRollsBackAndGoesOn(t *testing.T) {
	for _, value := range []any{"lost my nerve", http.ErrAbortHandler} {
		b := newBed(t, session.Options{})
		w := httptest.NewRecorder()
		h := b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 1)
			w.Header().Set("Location", "/notes/1")
			panic(value)
		})
		p := panicOf(func() { h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil)) })
		if p != value {
			t.Errorf("the panic was %v, want %v", p, value)
		}
		if len(w.Header()) != 0 {
			t.Errorf("whoever recovers sends %v", w.Header())
		}
		b.wantIDs()
	}
}

func TestAPanicAfterTheFirstByteCannotUndoTheCommit(t *testing.T) {
	b := newBed(t, session.Options{})
	p := panicOf(func() {
		b.get(func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 1)
			w.WriteHeader(http.StatusOK)
			panic("too late")
		})
	})
	if p != "too late" {
		t.Errorf("the panic was %v", p)
	}
	b.wantIDs(1)
}

func TestAStatusThatIsNoneRollsBackAndPanicsAsTheServerDoes(t *testing.T) {
	b := newBed(t, session.Options{})
	p := panicOf(func() {
		b.get(func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 1)
			w.WriteHeader(0)
		})
	})
	if p == nil {
		t.Error("it did not panic")
	}
	b.wantIDs()
}

func TestAPolicyThatPanicsRollsBack(t *testing.T) {
	b := newBed(t, session.Options{})
	opts := scopedhttp.Options{RollbackOn: func(int) bool { panic("undecided") }}
	p := panicOf(func() {
		call(b.with(opts, func(w http.ResponseWriter, r *http.Request) { b.mustAdd(r, 1) }))
	})
	if p != "undecided" {
		t.Errorf("the panic was %v", p)
	}
	b.wantIDs()
}

func TestMiddlewareNeedsARegistry(t *testing.T) {
	want := "scopedhttp: Middleware needs a registry, got nil"
	if p := panicOf(func() { scopedhttp.Middleware(nil, scopedhttp.Options{}) }); p != want {
		t.Errorf("it panicked with %v, want %q", p, want)
	}
}

func TestStatementsAfterTheFirstByteAreRefused(t *testing.T) {
	b := newBed(t, session.Options{})
	for status, how := range map[int]string{
		200: "the response has begun; the transaction was committed with its first byte",
		500: "the response has begun; the transaction was rolled back",
	} {
		b.get(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			err := b.add(r, 1)
			wantErr(t, err, scoped.ErrScopeEnded)
			want := "scoped: the scope has ended: " + how + "; see Registry.Outside for work that goes on"
			if err.Error() != want {
				t.Errorf("error is %v", err)
			}
		})
	}
	b.failCommit()
	b.get(func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		w.WriteHeader(http.StatusOK)
		wantErr(t, b.add(r, 2), scoped.ErrScopeEnded)
	})
	b.wantIDs()
}
