package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/session"
)

// The books are worth nothing if they always balance: each of these handlers
// does what handlers do without the middleware, or beside it.
func TestBooksDoNotBalanceWhen(t *testing.T) {
	for _, c := range []struct {
		name, want string
		sabotage   saboteur
	}{
		{"a handler writes outside its session",
			"ghost: is in the database, but nobody sent it",
			at("/orders/failing", func(e *session.Engine, next http.Handler, x exchange) {
				x.write(e, "ghost")
				next.ServeHTTP(x.w, x.r)
			})},
		{"what a failed handler wrote is kept",
			"is in the database, and its client was told otherwise",
			at("/orders/failing", func(e *session.Engine, _ http.Handler, x exchange) {
				x.write(e, x.order().Reference)
				x.w.WriteHeader(http.StatusInternalServerError)
			})},
		{"success is said before COMMIT, which then fails",
			"its client was told that it is created, and it is not",
			at("/orders", func(_ *session.Engine, next http.Handler, x exchange) {
				x.w.WriteHeader(http.StatusCreated)
				next.ServeHTTP(httptest.NewRecorder(), x.r)
			})},
		{"an order is kept and the warehouse does not know",
			"is in the database 1 times, announced 0 times",
			at("/orders/queued", func(e *session.Engine, _ http.Handler, x exchange) {
				x.write(e, x.order().Reference)
				x.w.WriteHeader(http.StatusCreated)
			})},
		{"a transaction is committed that no request asked for",
			"the engine committed",
			at("/vendors", func(e *session.Engine, next http.Handler, x exchange) {
				x.write(e, "")
				next.ServeHTTP(x.w, x.r)
			})},
		{"an answer is not the one that is due",
			"read: the vendors: answers are 80 x 418, should be 80 x 200",
			at("/vendors", func(_ *session.Engine, _ http.Handler, x exchange) {
				x.w.WriteHeader(http.StatusTeapot)
			})},
		{"there is no answer",
			"no answer: ",
			at("/orders/gift", func(*session.Engine, http.Handler, exchange) {
				panic(http.ErrAbortHandler)
			})},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs strings.Builder
			if code := exitCode(&out, &errs, c.sabotage); code != 1 {
				t.Fatalf("exit code %d, want 1", code)
			}
			if !strings.Contains(errs.String(), c.want) {
				t.Errorf("it says\n%snot: %s", errs.String(), c.want)
			}
		})
	}
}

// exchange is a request and the place for its answer.
type exchange struct {
	w http.ResponseWriter
	r *http.Request
}

func (x exchange) order() order {
	var o order
	_ = json.NewDecoder(x.r.Body).Decode(&o)
	return o
}

// write commits an order without lines, or nothing much, in a session that has
// nothing to do with the request.
func (x exchange) write(e *session.Engine, reference string) {
	s := e.Session()
	defer s.Close()
	_, _ = s.Exec(x.r.Context(),
		"INSERT OR IGNORE INTO orders (reference) SELECT ? WHERE ? > ''", reference, reference)
	_ = s.Commit(x.r.Context())
}

// at replaces the handler of one path.
func at(path string, fn func(*session.Engine, http.Handler, exchange)) saboteur {
	return func(e *session.Engine, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != path {
				next.ServeHTTP(w, r)
				return
			}
			fn(e, next, exchange{w: w, r: r})
		})
	}
}
