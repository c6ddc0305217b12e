package scopedhttp_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

func hijackOf(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w).Hijack()
}

// serve starts a server with the middleware around h.
func (b *bed) serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	srv := httptest.NewServer(b.with(scopedhttp.Options{}, h))
	t.Cleanup(srv.Close)
	return srv
}

func TestFlushCommitsAndStreams(t *testing.T) {
	b := newBed(t, session.Options{})
	next := make(chan string)
	srv := b.serve(t, func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		w.(http.Flusher).Flush()
		for text := range next {
			must(t, b.Do(b.Outside(r.Context()), func(ctx context.Context) error {
				b.mustAdd(r.WithContext(ctx), int64(len(text)))
				return nil
			}))
			io.WriteString(w, text+"\n")
			w.(http.Flusher).Flush()
		}
	})
	res, err := srv.Client().Get(srv.URL) // returns when the header has come
	must(t, err)
	defer res.Body.Close()
	b.wantIDs(1)
	lines := bufio.NewScanner(res.Body)
	for _, text := range []string{"two words", "words"} {
		next <- text
		if !lines.Scan() || lines.Text() != text {
			t.Errorf("the client read %q, %v", lines.Text(), lines.Err())
		}
	}
	close(next)
	b.wantIDs(1, 5, 9)
}

func TestAFlushWhoseCommitFailsSendsTheError(t *testing.T) {
	b := newBed(t, session.Options{})
	b.failCommit()
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		wantErr(t, http.NewResponseController(w).Flush(), scopedhttp.ErrReplaced)
	})
	wantStatus(t, w, http.StatusInternalServerError)
}

// plain can do nothing but the least.
type plain struct{ http.ResponseWriter }

func TestWhatIsBelowMayNotBeAbleToFlush(t *testing.T) {
	b := newBed(t, session.Options{})
	w := httptest.NewRecorder()
	b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		wantErr(t, http.NewResponseController(w).Flush(), http.ErrNotSupported)
		w.WriteHeader(http.StatusInternalServerError) // too late, it is committed
	}).ServeHTTP(plain{w}, httptest.NewRequest(http.MethodGet, "/", nil))
	wantStatus(t, w, http.StatusOK)
	b.wantIDs(1)
}

func TestHijackCommitsFirst(t *testing.T) {
	b := newBed(t, session.Options{})
	srv := b.serve(t, func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		conn, rw, err := w.(http.Hijacker).Hijack()
		must(t, err)
		defer conn.Close()
		b.wantIDs(1)
		rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n" +
			"Connection: upgrade\r\n\r\n")
		rw.Flush()
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
	must(t, err)
	res, err := srv.Client().Do(req)
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("status is %d", res.StatusCode)
	}
}

func TestAHijackThatIsNotSupportedCommitsNothing(t *testing.T) {
	b := newBed(t, session.Options{})
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		_, _, err := hijackOf(w)
		wantErr(t, err, http.ErrNotSupported)
		http.Error(w, err.Error(), http.StatusInternalServerError)
	})
	wantStatus(t, w, http.StatusInternalServerError)
	b.wantIDs()
}

func TestAHijackWhoseCommitFailsSendsTheError(t *testing.T) {
	b := newBed(t, session.Options{})
	b.failCommit()
	srv := b.serve(t, func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		_, _, err := hijackOf(w)
		wantErr(t, err, scopedhttp.ErrReplaced)
	})
	res, err := srv.Client().Get(srv.URL)
	must(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusInternalServerError {
		t.Errorf("status is %d", res.StatusCode)
	}
}

func TestDeadlinesOfTheConnectionAreWithinReach(t *testing.T) {
	b := newBed(t, session.Options{})
	srv := b.serve(t, func(w http.ResponseWriter, r *http.Request) {
		must(t, http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute)))
		must(t, http.NewResponseController(w).EnableFullDuplex())
	})
	res, err := srv.Client().Get(srv.URL)
	must(t, err)
	res.Body.Close()
}

// copier counts what is copied the short way.
type copier struct {
	*httptest.ResponseRecorder
	short int64
}

func (w *copier) ReadFrom(src io.Reader) (int64, error) {
	n, err := io.Copy(w.ResponseRecorder, src)
	w.short += n
	return n, err
}

func TestACopyTakesTheShortWayAfterTheCommit(t *testing.T) {
	for _, size := range []int{0, 1, 511, 512, 513, 100_000} {
		b := newBed(t, session.Options{})
		w := &copier{ResponseRecorder: httptest.NewRecorder()}
		b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 1)
			n, err := io.Copy(w, io.LimitReader(zeros{}, int64(size)))
			must(t, err)
			if n != int64(size) {
				t.Errorf("%d bytes were copied, want %d", n, size)
			}
		}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		wantStatus(t, w.ResponseRecorder, http.StatusOK)
		if w.Body.Len() != size || w.short != int64(max(size-512, 0)) {
			t.Errorf("%d bytes, %d the short way, want %d", w.Body.Len(), w.short, size)
		}
		b.wantIDs(1)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestACopyThatFailsBeforeItsFirstByteHasCommittedNothing(t *testing.T) {
	b := newBed(t, session.Options{})
	broken := errors.New("the file is gone")
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		_, err := io.Copy(w, io.MultiReader(strings.NewReader(""), failing{broken}))
		wantErr(t, err, broken)
		http.Error(w, "sorry", http.StatusInternalServerError)
	})
	wantStatus(t, w, http.StatusInternalServerError)
	b.wantIDs()
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestACopyWhoseCommitFailsSendsTheErrorOnly(t *testing.T) {
	b := newBed(t, session.Options{})
	b.failCommit()
	w := b.get(func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		_, err := io.Copy(w, io.LimitReader(zeros{}, 1000))
		wantErr(t, err, scopedhttp.ErrReplaced)
	})
	wantStatus(t, w, http.StatusInternalServerError)
	if got := w.Body.String(); got != "Internal Server Error\n" {
		t.Errorf("the body is %q", got)
	}
}
