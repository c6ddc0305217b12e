package scopedhttp_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

func TestAFailedCommitTurnsTheAnswerIntoA500WithoutATrace(t *testing.T) {
	b := newBed(t, session.Options{})
	b.failCommit()
	w := httptest.NewRecorder()
	w.Header().Set("X-Request-Id", "r1") // from a middleware around
	b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		h := w.Header()
		h.Set("X-Request-Id", "changed")
		h.Set("Location", "/notes/1")
		h.Set("Set-Cookie", "token=1")
		h.Set("Content-Length", "7")
		h.Set("Content-Type", "application/json")
		h.Set("ETag", `"1"`)
		h.Set("Trailer", "X-Sum")
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, "created")
		h.Set(http.TrailerPrefix+"X-Late", "1")
		w.Header().Set("X-Later", "1")
	}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/notes", nil))

	wantStatus(t, w, http.StatusInternalServerError)
	if got := w.Body.String(); got != "Internal Server Error\n" {
		t.Errorf("the body is %q", got)
	}
	want := []string{"Content-Type", "X-Content-Type-Options", "X-Request-Id"}
	if got := slices.Sorted(maps.Keys(w.Header())); !slices.Equal(got, want) {
		t.Errorf("headers are %v, want %v", got, want)
	}
	if got := w.Header().Get("X-Request-Id"); got != "r1" {
		t.Errorf("the request id is %q", got)
	}
	b.wantIDs()
	b.log.want(t, "level=ERROR", "sekrit_table", "method=POST", "path=/notes")
}

func TestAHandlerThatGoesOnAfterAFailedCommitIsToldSo(t *testing.T) {
	b := newBed(t, session.Options{})
	b.failCommit()
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		w.WriteHeader(http.StatusOK)
		w.WriteHeader(http.StatusTeapot)
		w.WriteHeader(http.StatusEarlyHints)
		n, err := w.Write([]byte("more"))
		errs := []error{err}
		_, err = io.WriteString(w, "and more")
		errs = append(errs, err)
		_, err = w.(io.ReaderFrom).ReadFrom(strings.NewReader("and more"))
		errs = append(errs, err)
		_, _, err = hijackOf(w)
		errs = append(errs, err)
		errs = append(errs, http.NewResponseController(w).Flush())
		for _, err := range errs {
			wantErr(t, err, scopedhttp.ErrReplaced)
			if session.KindOf(err) != session.KindSerialization {
				t.Errorf("the error does not lead to its cause: %v", err)
			}
		}
		if n != 0 {
			t.Errorf("%d bytes were taken", n)
		}
	})
	wantStatus(t, w, http.StatusInternalServerError)
	if got := w.Body.String(); got != "Internal Server Error\n" {
		t.Errorf("the body is %q", got)
	}
}

func TestAnUnknownCommitIsAnErrorThatCanBeToldApart(t *testing.T) {
	b := newBed(t, session.Options{})
	b.db.Once("commit", fakedriver.Reaction{Cut: fakedriver.CutAfter})
	w := b.get(func(w http.ResponseWriter, r *http.Request) { b.mustAdd(r, 1) })
	wantStatus(t, w, http.StatusInternalServerError)
	b.wantIDs(1) // it has happened, and nobody can know

	b.db.Once("commit", fakedriver.Reaction{Cut: fakedriver.CutBefore})
	opts := scopedhttp.Options{Error: func(w http.ResponseWriter, r *http.Request, err error) {
		if errors.Is(err, session.ErrCommitUnknown) {
			http.Error(w, "look whether it is there", http.StatusInternalServerError)
		}
	}}
	w = call(b.with(opts, func(w http.ResponseWriter, r *http.Request) { b.mustAdd(r, 2) }))
	if got := w.Body.String(); got != "look whether it is there\n" {
		t.Errorf("the body is %q", got)
	}
}

func TestErrorCanAnswerWithAnyErrorButNeverWithASuccess(t *testing.T) {
	for name, c := range map[string]struct {
		render func(http.ResponseWriter)
		status int
		body   string
	}{
		"a conflict": {func(w http.ResponseWriter) { http.Error(w, "again", 409) }, 409, "again\n"},
		"nothing":    {func(w http.ResponseWriter) {}, 500, "Internal Server Error\n"},
		"a body":     {func(w http.ResponseWriter) { fmt.Fprint(w, "sorry") }, 500, "sorry"},
		"a success":  {func(w http.ResponseWriter) { w.WriteHeader(204) }, 500, ""},
		"a redirect": {func(w http.ResponseWriter) { w.WriteHeader(302) }, 500, ""},
		"headers": {func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(503)
		}, 503, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, session.Options{})
			b.failCommit()
			opts := scopedhttp.Options{Error: func(w http.ResponseWriter, r *http.Request, err error) {
				_, none := b.From(r.Context())
				wantErr(t, none, scoped.ErrNoScope) // so that it can open one of its own
				c.render(w)
			}}
			w := call(b.with(opts, func(w http.ResponseWriter, r *http.Request) {
				b.mustAdd(r, 1)
				w.WriteHeader(http.StatusOK)
			}))
			wantStatus(t, w, c.status)
			if got := w.Body.String(); got != c.body {
				t.Errorf("the body is %q, want %q", got, c.body)
			}
		})
	}
}
