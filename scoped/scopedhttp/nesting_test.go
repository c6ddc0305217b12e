package scopedhttp_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

func TestMiddlewareInsideMiddlewareJoins(t *testing.T) {
	for name, c := range map[string]struct {
		inner  scopedhttp.Options
		answer int
		fail   bool
		status int
		commit bool
	}{
		"success":              {answer: 201, status: 201, commit: true},
		"an error":             {answer: 500, status: 500},
		"a failed commit":      {answer: 201, status: 500, fail: true},
		"the inner one's rule": {inner: strict, answer: 404, status: 404},
		"the outer one's rule": {answer: 404, status: 404, commit: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, session.Options{MaxConns: 1})
			if c.fail {
				b.failCommit()
			}
			h := b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
				b.mustAdd(r, 1)
				b.with(c.inner, func(w http.ResponseWriter, r *http.Request) {
					b.mustAdd(r, 2)
					w.WriteHeader(c.answer)
					_, err := io.WriteString(w, "handler")
					if c.fail {
						wantErr(t, err, scopedhttp.ErrReplaced)
					}
				}).ServeHTTP(w, r)
			})
			w := call(h)
			wantStatus(t, w, c.status)
			if c.commit {
				b.wantIDs(1, 2)
			} else {
				b.wantIDs()
			}
			if got := w.Body.String(); (got == "handler") == c.fail {
				t.Errorf("the body is %q", got)
			}
		})
	}
}

var strict = scopedhttp.Options{RollbackOn: func(status int) bool { return status >= 400 }}

func TestAnInnerHandlerThatSaysNothingLeavesTheEndToTheOuter(t *testing.T) {
	b := newBed(t, session.Options{})
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 1)
		}).ServeHTTP(w, r)
		b.mustAdd(r, 2)
		w.WriteHeader(http.StatusAccepted)
	})
	wantStatus(t, w, http.StatusAccepted)
	b.wantIDs(1, 2)
}

func TestAHandlerInsideDoJoinsAndItsErrorRollsDoBack(t *testing.T) {
	b := newBed(t, session.Options{})
	for _, status := range []int{200, 500} {
		err := b.Do(t.Context(), func(ctx context.Context) error {
			b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
				b.mustAdd(r, int64(status))
				w.WriteHeader(status)
			}).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
			return nil
		})
		if status == 500 {
			wantErr(t, err, scoped.ErrRollbackOnly)
		} else {
			must(t, err)
		}
	}
	b.wantIDs(200)
}

func TestAMiddlewareThatCannotJoinSendsAnError(t *testing.T) {
	b := newBed(t, session.Options{})
	strict := scopedhttp.Options{Tx: func(*http.Request) session.TxOptions {
		return session.TxOptions{Isolation: session.Serializable}
	}}
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		b.with(strict, func(http.ResponseWriter, *http.Request) {
			t.Error("the handler was called")
		}).ServeHTTP(w, r)
	})
	wantStatus(t, w, http.StatusInternalServerError)
	b.log.want(t, "cannot join the scope around")
	b.wantIDs()
}

func TestTwoRegistriesEachEndTheirOwn(t *testing.T) {
	one, other := newBed(t, session.Options{}), newBed(t, session.Options{})
	h := one.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
		other.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
			one.mustAdd(r, 1)
			other.mustAdd(r, 2)
			w.WriteHeader(http.StatusCreated)
		}).ServeHTTP(w, r)
	})
	wantStatus(t, call(h), http.StatusCreated)
	one.wantIDs(1)
	other.wantIDs(2)
}
