package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/session"
)

// sabotages are what handlers do without the middleware, or beside it, and what
// the books must say about it. The books are worth nothing if they always
// balance.
var sabotages = []struct {
	name, want, path string
	do               func(x exchange)
}{
	{"a handler writes outside its session",
		"ghost: is in the database, but nobody sent it",
		"/orders/failing", func(x exchange) {
			x.write("ghost")
			x.next.ServeHTTP(x.w, x.r)
		}},
	{"what a failed handler wrote is kept",
		"order, then the handler panics 7: is in the database, and its client was told otherwise",
		"/orders/panicking", func(x exchange) {
			x.write(x.order().Reference)
			x.w.WriteHeader(http.StatusInternalServerError)
		}},
	{"success is said before COMMIT, which then fails",
		"order whose COMMIT fails 7: its client was told that it is created, and it is not",
		"/orders", func(x exchange) {
			x.w.WriteHeader(http.StatusCreated)
			x.next.ServeHTTP(httptest.NewRecorder(), x.r)
		}},
	{"an order is kept and the warehouse does not know",
		"order, lines sent with COMMIT 7: is in the database 1 times, announced 0 times",
		"/orders/queued", func(x exchange) {
			x.write(x.order().Reference)
			x.w.WriteHeader(http.StatusCreated)
		}},
	{"an answer is not the one that is due",
		"read: the vendors: answers are 80 x 418, should be 80 x 200",
		"/vendors", func(x exchange) { x.w.WriteHeader(http.StatusTeapot) }},
	{"there is no answer",
		"order, gift fails in a savepoint 7: no answer: ",
		"/orders/gift", func(exchange) { panic(http.ErrAbortHandler) }},
	{"transactions are committed that no request asked for",
		"the engine committed ", // by the first of the above
		"", nil},
}

func TestBooksDoNotBalanceWhen(t *testing.T) {
	var b books
	if err := b.keep(t.Context(), filepath.Join(t.TempDir(), "shop.db"), sabotaged); err != nil {
		t.Fatal(err)
	}
	found := b.faults()
	for _, s := range sabotages {
		if !slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, s.want) }) {
			t.Errorf("%s, and the books do not say: %s", s.name, s.want)
		}
	}
}

func TestExitCodeSaysThatTheBooksDoNotBalance(t *testing.T) {
	var out, errs strings.Builder
	if code := exitCode(&out, &errs, sabotaged); code != 1 {
		t.Errorf("exit code %d", code)
	}
	lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
	if lines[0] != "quickstart: the books do not balance:" || len(lines) > 12 {
		t.Errorf("it says\n%s", errs.String())
	}
	if strings.Contains(out.String(), "The books balance") {
		t.Error("the account says that they do")
	}
}

// exchange is a request and the place for its answer.
type exchange struct {
	engine *session.Engine
	next   http.Handler
	w      http.ResponseWriter
	r      *http.Request
}

// sabotaged does what sabotages say, each on its path.
func sabotaged(e *session.Engine, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, s := range sabotages {
			if s.path == r.URL.Path {
				s.do(exchange{e, next, w, r})
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (x exchange) order() order {
	var o order
	_ = json.NewDecoder(x.r.Body).Decode(&o)
	return o
}

// write commits an order without lines in a session that has nothing to do with
// the request.
func (x exchange) write(reference string) {
	s := x.engine.Session()
	defer s.Close()
	_, _ = s.Exec(x.r.Context(), "INSERT OR IGNORE INTO orders (reference) VALUES (?)", reference)
	_ = s.Commit(x.r.Context())
}
