package scopedhttp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// A task that a handler leaves behind has the request's context, and with it
// what was the request's transaction.
func TestATaskThatOutlivesTheResponseIsToldSoAndHowToGoOn(t *testing.T) {
	b := newBed(t, session.Options{})
	answered, done := make(chan struct{}), make(chan struct{})
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		go func() {
			defer close(done)
			<-answered
			err := b.add(r, 2)
			wantErr(t, err, scoped.ErrScopeEnded)
			for _, part := range []string{"the response has begun", "committed", "Registry.Outside"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q: %v", part, err)
				}
			}
			ctx := b.Outside(context.WithoutCancel(r.Context()))
			must(t, b.Do(ctx, func(ctx context.Context) error { return b.add(r.WithContext(ctx), 3) }))
		}()
		w.WriteHeader(http.StatusAccepted)
	})
	close(answered)
	<-done
	wantStatus(t, w, http.StatusAccepted)
	b.wantIDs(1, 3)
}

func TestATimeoutHandlerAroundThatFiresBeforeTheCommitLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{})
		inner := b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 1)
			<-r.Context().Done()
			w.WriteHeader(http.StatusCreated)
		})
		w := httptest.NewRecorder()
		http.TimeoutHandler(inner, time.Second, "too slow").
			ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
		wantStatus(t, w, http.StatusServiceUnavailable)
		synctest.Wait()
		b.wantIDs()
	})
}

// Why such a handler belongs inside.
func TestATimeoutHandlerAroundMayReplaceWhatIsCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{})
		inner := b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 1)
			w.WriteHeader(http.StatusCreated)
			<-r.Context().Done()
		})
		w := httptest.NewRecorder()
		http.TimeoutHandler(inner, time.Second, "too slow").
			ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
		wantStatus(t, w, http.StatusServiceUnavailable)
		synctest.Wait()
		b.wantIDs(1)
	})
}

func TestSafeMethodsGetTransactionsThatOnlyRead(t *testing.T) {
	b := newBed(t, session.Options{})
	h := b.with(scopedhttp.Options{Tx: scopedhttp.ReadOnlyIfSafe}, func(w http.ResponseWriter, r *http.Request) {
		if err := b.add(r, 1); session.KindOf(err) == session.KindReadOnly {
			http.Error(w, "read only", http.StatusMethodNotAllowed)
		}
	})
	for method, want := range map[string]int{
		"GET": 405, "HEAD": 405, "OPTIONS": 405, "TRACE": 405, "POST": 200,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/", nil))
		wantStatus(t, w, want)
	}
	b.wantIDs(1)
}
