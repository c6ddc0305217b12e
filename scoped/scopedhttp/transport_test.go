package scopedhttp_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// overEach runs a test on HTTP/1.1 and on HTTP/2, each with a database of its own.
func overEach(t *testing.T, test func(t *testing.T, b *bed, start func(http.HandlerFunc) *httptest.Server)) {
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) {
			b := newBed(t, session.Options{})
			test(t, b, func(h http.HandlerFunc) *httptest.Server {
				srv := httptest.NewUnstartedServer(b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
					if r.Proto != proto {
						t.Errorf("the request came by %s", r.Proto)
					}
					h(w, r)
				}))
				srv.EnableHTTP2 = proto == "HTTP/2.0"
				srv.StartTLS()
				t.Cleanup(srv.Close)
				return srv
			})
		})
	}
}

// page is what a client gets.
type page struct {
	*http.Response
	text string
}

// fetch gets a page to its end.
func fetch(t *testing.T, srv *httptest.Server) page {
	t.Helper()
	res, err := srv.Client().Get(srv.URL)
	must(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(t, err)
	return page{res, string(body)}
}

func TestAFailedCommitIsNoSuccessOverTheWire(t *testing.T) {
	overEach(t, func(t *testing.T, b *bed, start func(http.HandlerFunc) *httptest.Server) {
		srv := start(func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 1)
			w.Header().Set("Trailer", "X-Sum")
			w.Header().Set("Content-Length", "7")
			w.WriteHeader(http.StatusCreated)
			io.WriteString(w, "created")
			w.Header().Set("X-Sum", "1")
		})
		b.failCommit()
		res := fetch(t, srv)
		if res.StatusCode != 500 || res.text != "Internal Server Error\n" || len(res.Trailer) != 0 {
			t.Errorf("the client got %d %q, trailers %v", res.StatusCode, res.text, res.Trailer)
		}
		b.wantIDs()
		res = fetch(t, srv)
		if res.StatusCode != 201 || res.text != "created" {
			t.Errorf("then the client got %d %q", res.StatusCode, res.text)
		}
		b.wantIDs(1)
	})
}

func TestTrailersFollowTheCommit(t *testing.T) {
	overEach(t, func(t *testing.T, b *bed, start func(http.HandlerFunc) *httptest.Server) {
		srv := start(func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 1)
			w.Header().Set("Trailer", "X-Sum")
			io.WriteString(w, "body")
			w.(http.Flusher).Flush()
			w.Header().Set("X-Sum", "17")
			w.Header().Set(http.TrailerPrefix+"X-Late", "18")
		})
		res := fetch(t, srv)
		if res.text != "body" || res.Trailer.Get("X-Sum") != "17" || res.Trailer.Get("X-Late") != "18" {
			t.Errorf("%q, trailers are %v", res.text, res.Trailer)
		}
		b.wantIDs(1)
	})
}

func TestEarlyHintsGoOutBeforeTheCommit(t *testing.T) {
	overEach(t, func(t *testing.T, b *bed, start func(http.HandlerFunc) *httptest.Server) {
		hinted := make(chan string, 1)
		srv := start(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			if link := <-hinted; link != "</style.css>; rel=preload" {
				t.Errorf("the client was hinted at %q", link)
			}
			b.mustAdd(r, 1) // the transaction is still open
			http.Error(w, "changed my mind", http.StatusInternalServerError)
		})
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
				hinted <- header.Get("Link")
				return nil
			}})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
		must(t, err)
		res, err := srv.Client().Do(req)
		must(t, err)
		res.Body.Close()
		if res.StatusCode != http.StatusInternalServerError {
			t.Errorf("status is %d", res.StatusCode)
		}
		b.wantIDs()
	})
}

func TestEventsArriveOneByOneEachWithItsTransaction(t *testing.T) {
	overEach(t, func(t *testing.T, b *bed, start func(http.HandlerFunc) *httptest.Server) {
		seen := make(chan struct{})
		srv := start(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			b.mustAdd(r, 1)
			w.(http.Flusher).Flush()
			for id := 2; id <= 3; id++ {
				<-seen
				must(t, b.Do(b.Outside(r.Context()), func(ctx context.Context) error {
					return b.add(r.WithContext(ctx), int64(id))
				}))
				fmt.Fprintf(w, "data: %d\n\n", id)
				w.(http.Flusher).Flush()
			}
		})
		res, err := srv.Client().Get(srv.URL)
		must(t, err)
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		b.wantIDs(1)
		for _, want := range []string{"data: 2", "data: 3"} {
			seen <- struct{}{}
			if !lines.Scan() || lines.Text() != want || !lines.Scan() {
				t.Errorf("the client read %q, %v", lines.Text(), lines.Err())
			}
		}
		b.wantIDs(1, 2, 3)
	})
}

func TestAHijackIsRefusedWhereTheProtocolHasNone(t *testing.T) {
	b := newBed(t, session.Options{})
	srv := httptest.NewUnstartedServer(b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		_, _, err := hijackOf(w)
		wantErr(t, err, http.ErrNotSupported)
		http.Error(w, "no", http.StatusInternalServerError)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	if res := fetch(t, srv); res.StatusCode != 500 || res.Proto != "HTTP/2.0" {
		t.Errorf("%s %s", res.Proto, res.Status)
	}
	b.wantIDs()
}

func TestAClientThatHangsUpIsNoticedAndRollsBack(t *testing.T) {
	overEach(t, func(t *testing.T, b *bed, start func(http.HandlerFunc) *httptest.Server) {
		began, ended := make(chan struct{}), make(chan struct{})
		srv := start(func(w http.ResponseWriter, r *http.Request) {
			defer close(ended)
			b.mustAdd(r, 1)
			close(began)
			<-r.Context().Done() // the server has noticed
			w.WriteHeader(http.StatusCreated)
		})
		ctx, hangUp := context.WithCancel(t.Context())
		go func() { <-began; hangUp() }()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL, nil)
		must(t, err)
		// TLS says goodbye before the client stops reading: an error may still arrive.
		if res, err := srv.Client().Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode < http.StatusInternalServerError {
				t.Errorf("the client got %s", res.Status)
			}
		}
		<-ended
		b.wantIDs()
	})
}

func TestAFileIsServedWithRangesAfterTheCommit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.txt")
	must(t, os.WriteFile(file, []byte(strings.Repeat("0123456789", 10_000)), 0o600))
	overEach(t, func(t *testing.T, b *bed, start func(http.HandlerFunc) *httptest.Server) {
		srv := start(func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, int64(1+len(r.Header.Get("Range"))))
			http.ServeFile(w, r, file)
		})
		if res := fetch(t, srv); len(res.text) != 100_000 || res.ContentLength != 100_000 {
			t.Errorf("%d bytes came, %d were announced", len(res.text), res.ContentLength)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
		must(t, err)
		req.Header.Set("Range", "bytes=98765-98769")
		res, err := srv.Client().Do(req)
		must(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		must(t, err)
		if res.StatusCode != http.StatusPartialContent || string(body) != "56789" {
			t.Errorf("%s %q", res.Status, body)
		}
		b.wantIDs(1, 18)
	})
}

// The deadline is the connection's and the handler is not told of it: what it
// commits stays, and the client gets no answer rather than a wrong one.
func TestAfterTheServersWriteTimeoutTheClientGetsNoAnswer(t *testing.T) {
	b := newBed(t, session.Options{})
	srv := httptest.NewUnstartedServer(b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		must(t, http.NewResponseController(w).SetWriteDeadline(time.Now().Add(-time.Second)))
		w.WriteHeader(http.StatusCreated)
	}))
	srv.Config.WriteTimeout = time.Hour
	srv.Start()
	defer srv.Close()
	if res, err := srv.Client().Post(srv.URL, "", nil); err == nil {
		res.Body.Close()
		t.Errorf("the client got %s", res.Status)
	}
	srv.Close()
	b.wantIDs(1)
}

func TestABodyIsReadAfterContinueAndThenCommitted(t *testing.T) {
	b := newBed(t, session.Options{})
	srv := b.serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body) // this sends "100 Continue"
		must(t, err)
		b.mustAdd(r, int64(len(body)))
		w.WriteHeader(http.StatusCreated)
	})
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	must(t, err)
	defer conn.Close()
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
	in := bufio.NewReader(conn)
	line, err := in.ReadString('\n')
	must(t, err)
	if line != "HTTP/1.1 100 Continue\r\n" {
		t.Errorf("first came %q", line)
	}
	_, _ = in.ReadString('\n')
	fmt.Fprint(conn, "hello")
	if line, err = in.ReadString('\n'); line != "HTTP/1.1 201 Created\r\n" {
		t.Errorf("then came %q, %v", line, err)
	}
	b.wantIDs(5)
}

// gin's Stream asks for this, and panics where it is not there.
func TestCloseNotifyTellsOfAClientThatHangsUp(t *testing.T) {
	b := newBed(t, session.Options{})
	began, told := make(chan struct{}), make(chan struct{})
	srv := b.serve(t, func(w http.ResponseWriter, r *http.Request) {
		gone := w.(http.CloseNotifier).CloseNotify() //nolint:staticcheck // see above
		close(began)
		<-gone
		close(told)
	})
	ctx, hangUp := context.WithCancel(t.Context())
	go func() { <-began; hangUp() }()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
	must(t, err)
	if res, err := srv.Client().Do(req); err == nil {
		res.Body.Close()
		t.Errorf("the client got %s", res.Status)
	}
	<-told
	b.get(func(w http.ResponseWriter, r *http.Request) { // a writer that cannot tell
		select {
		case <-w.(http.CloseNotifier).CloseNotify(): //nolint:staticcheck // see above
			t.Error("nobody has gone")
		default:
		}
	})
}
