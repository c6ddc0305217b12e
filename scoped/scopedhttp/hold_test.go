package scopedhttp_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

var holding = scopedhttp.Options{Buffer: 1000}

// hold sends one request through a middleware that holds responses back.
func (b *bed) hold(h http.HandlerFunc) *httptest.ResponseRecorder {
	return call(b.with(holding, h))
}

func TestAResponseIsHeldBackUntilTheHandlerHasReturned(t *testing.T) {
	b := newBed(t, session.Options{MaxConns: 2})
	w := &under{ResponseRecorder: httptest.NewRecorder(), bed: b}
	b.with(holding, func(out http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		out.Header().Set("X-Early", "1")
		out.WriteHeader(http.StatusCreated)
		out.Header().Set("X-Late", "1")
		io.WriteString(out, "one ")
		fmt.Fprint(out, "two ")
		io.Copy(out, strings.NewReader("three"))
		b.mustAdd(r, 2) // still in the transaction
		if w.sent || len(b.ids()) != 0 {
			t.Error("something was sent or committed before the handler returned")
		}
	}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	wantStatus(t, w.ResponseRecorder, http.StatusCreated)
	res := w.Result()
	if body := w.Body.String(); body != "one two three" || w.early {
		t.Errorf("the body is %q, before the commit: %v", body, w.early)
	}
	if res.Header.Get("X-Early") == "" || res.Header.Get("X-Late") != "" {
		t.Errorf("headers are %v", res.Header)
	}
	b.wantIDs(1, 2)
}

func TestWhatIsHeldBackIsDroppedWhenNothingIsCommitted(t *testing.T) {
	for name, h := range map[string]func(*bed, http.ResponseWriter, *http.Request){
		"the commit fails": func(b *bed, w http.ResponseWriter, r *http.Request) {
			b.failCommit()
		},
		"a statement fails after the body": func(b *bed, w http.ResponseWriter, r *http.Request) {
			_ = b.add(r, 1)
		},
		"an error takes the place of a success": func(b *bed, w http.ResponseWriter, r *http.Request) {
			w.Header().Del("Location")
			http.Error(w, "Internal Server Error", http.StatusInternalServerError)
			w.WriteHeader(http.StatusOK) // once an error, always an error
		},
		"the client has gone": func(b *bed, w http.ResponseWriter, r *http.Request) {
			r.Context().Value(clientKey{}).(*client).leave()
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, session.Options{})
			w := call(labelled(b.with(holding, func(w http.ResponseWriter, r *http.Request) {
				b.mustAdd(r, 1)
				w.Header().Set("Location", "/notes/1")
				fmt.Fprint(w, "created")
				h(b, w, r)
			})))
			wantStatus(t, w, http.StatusInternalServerError)
			if w.Body.String() != "Internal Server Error\n" || w.Header().Get("Location") != "" {
				t.Errorf("headers %v, body %q", w.Header(), w.Body)
			}
			b.wantIDs()
		})
	}
}

func TestAPanicDropsWhatIsHeldBack(t *testing.T) {
	b := newBed(t, session.Options{})
	w := httptest.NewRecorder()
	var inner http.ResponseWriter
	h := b.with(holding, func(w http.ResponseWriter, r *http.Request) {
		inner = w
		b.mustAdd(r, 1)
		w.Header().Set("Location", "/notes/1")
		fmt.Fprint(w, "half a page")
		panic("the other half")
	})
	p := panicOf(func() { h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil)) })
	if p != "the other half" || w.Body.Len() != 0 || len(w.Header()) != 0 {
		t.Errorf("panic %v, headers %v, body %q", p, w.Header(), w.Body)
	}
	http.Error(inner, "sorry", http.StatusInternalServerError) // a router that recovers outside
	wantStatus(t, w, http.StatusInternalServerError)
	b.wantIDs()
}

func TestAResponseThatIsTooLargeIsReplaced(t *testing.T) {
	for size, want := range map[int]int{1000: http.StatusOK, 1001: http.StatusInternalServerError} {
		b := newBed(t, session.Options{})
		w := b.hold(func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 1)
			_, err := io.Copy(w, io.LimitReader(zeros{}, int64(size)))
			if want == http.StatusOK {
				must(t, err)
				return
			}
			wantErr(t, err, scopedhttp.ErrTooLarge)
			wantErr(t, err, scopedhttp.ErrReplaced)
			_, err = w.Write([]byte("more"))
			wantErr(t, err, scopedhttp.ErrTooLarge)
			if err := b.add(r, 2); err == nil || !strings.Contains(err.Error(), "was not committed") {
				t.Errorf("afterwards the scope says %v", err)
			}
		})
		wantStatus(t, w, want)
		if want == http.StatusOK {
			b.wantIDs(1)
			continue
		}
		if got := w.Body.String(); got != "Internal Server Error\n" {
			t.Errorf("the body is %q", got)
		}
		b.log.want(t, "larger than Options.Buffer (1000 bytes)")
		b.wantIDs()
	}
}

func TestAFlushSendsWhatWasHeldBackAndStreamsFromThenOn(t *testing.T) {
	b := newBed(t, session.Options{})
	w := b.hold(func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		fmt.Fprint(w, "first ")
		must(t, http.NewResponseController(w).Flush())
		b.wantIDs(1)
		if b.add(r, 2) == nil {
			t.Error("the transaction goes on after the flush")
		}
		_, err := io.Copy(w, io.LimitReader(zeros{}, 5000)) // more than can be held
		must(t, err)
	})
	wantStatus(t, w, http.StatusOK)
	if !strings.HasPrefix(w.Body.String(), "first \x00") || w.Body.Len() != 5006 || !w.Flushed {
		t.Errorf("%d bytes, flushed: %v", w.Body.Len(), w.Flushed)
	}
}

func TestAFlushWhoseCommitFailsDropsWhatWasHeldBack(t *testing.T) {
	b := newBed(t, session.Options{})
	b.failCommit()
	w := b.hold(func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		fmt.Fprint(w, "first")
		wantErr(t, http.NewResponseController(w).Flush(), scopedhttp.ErrReplaced)
	})
	wantStatus(t, w, http.StatusInternalServerError)
	b.wantIDs()
}

func TestABodyIsRefusedWhereTheStatusHasNone(t *testing.T) {
	b := newBed(t, session.Options{})
	w := b.hold(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		_, err := fmt.Fprint(w, "none")
		wantErr(t, err, http.ErrBodyNotAllowed)
	})
	wantStatus(t, w, http.StatusNoContent)
}

func TestHoldingBackWorksThroughAServer(t *testing.T) {
	b := newBed(t, session.Options{})
	srv := httptest.NewServer(b.with(holding, func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, int64(len(r.Method)))
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Trailer", "X-Sum")
		fmt.Fprint(w, "<html><body>hello")
		w.Header().Set("X-Sum", "17")
	}))
	defer srv.Close()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		req, err := http.NewRequestWithContext(t.Context(), method, srv.URL, nil)
		must(t, err)
		res, err := srv.Client().Do(req)
		must(t, err)
		body, err := io.ReadAll(res.Body)
		must(t, err)
		res.Body.Close()
		want := map[string]string{http.MethodGet: "<html><body>hello"}[method]
		if string(body) != want || res.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %q, %v", method, body, res.Header)
		}
		if method == http.MethodGet && res.Trailer.Get("X-Sum") != "17" {
			t.Errorf("trailers are %v", res.Trailer)
		}
	}
	b.wantIDs(3, 4)
}

func TestAHijackSendsWhatWasHeldBack(t *testing.T) {
	b := newBed(t, session.Options{})
	srv := httptest.NewServer(b.with(holding, func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		w.Header().Set("Content-Length", "10")
		fmt.Fprint(w, "held ")
		conn, rw, err := hijackOf(w)
		must(t, err)
		defer conn.Close()
		b.wantIDs(1)
		rw.WriteString("taken")
		rw.Flush()
	}))
	defer srv.Close()
	res, err := srv.Client().Get(srv.URL)
	must(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(t, err)
	if string(body) != "held taken" {
		t.Errorf("the client got %q", body)
	}
}

func TestRowsMayBeWrittenWhileTheyAreReadWhenTheResponseIsHeldBack(t *testing.T) {
	b := newBed(t, session.Options{})
	b.get(func(w http.ResponseWriter, r *http.Request) { b.mustAdd(r, 1); b.mustAdd(r, 2) })
	w := b.hold(func(w http.ResponseWriter, r *http.Request) {
		for id, err := range session.Each[int](r.Context(), b, "SELECT id FROM notes ORDER BY id") {
			must(t, err)
			fmt.Fprint(w, id, "\n")
		}
	})
	wantStatus(t, w, http.StatusOK)
	if got := w.Body.String(); got != "1\n2\n" {
		t.Errorf("the body is %q", got)
	}
}

func TestANegativeBufferIsRefused(t *testing.T) {
	b := newBed(t, session.Options{})
	want := "scopedhttp: Options.Buffer is -1; it must be a number of bytes, " +
		"or 0 for not holding responses back"
	if p := panicOf(func() { scopedhttp.Middleware(b.Registry, scopedhttp.Options{Buffer: -1}) }); p != want {
		t.Errorf("it panicked with %v", p)
	}
}

func TestAHeldResponseInsideAnotherMiddlewareIsCommittedByTheOuter(t *testing.T) {
	b := newBed(t, session.Options{MaxConns: 1})
	b.failCommit()
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		b.with(holding, func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 1)
			fmt.Fprint(w, "held")
		}).ServeHTTP(w, r)
	})
	wantStatus(t, w, http.StatusInternalServerError)
	b.wantIDs()
}
