package scopedhttp_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// recorder wraps a writer as the routers' middleware does: it looks at what the
// writer can do, keeps the status and hands everything on.
type recorder struct {
	http.ResponseWriter
	status  int
	written int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && (status < 100 || status > 199) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.written += int64(n)
	return n, err
}

func (w *recorder) Flush() { w.ResponseWriter.(http.Flusher).Flush() }

func (w *recorder) ReadFrom(src io.Reader) (int64, error) {
	n, err := w.ResponseWriter.(io.ReaderFrom).ReadFrom(src)
	w.written += n
	return n, err
}

func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recording keeps the recorder of the last request.
func recording(last **recorder, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*last = &recorder{ResponseWriter: w}
		h.ServeHTTP(*last, r)
	})
}

func TestWrappersAroundAndInsideSeeTheSameAnswer(t *testing.T) {
	for _, fail := range []bool{false, true} {
		t.Run(fmt.Sprint("commit fails: ", fail), func(t *testing.T) {
			b := newBed(t, session.Options{})
			if fail {
				b.failCommit()
			}
			var around, inside *recorder
			h := recording(&inside, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b.mustAdd(r, 1)
				w.Header().Set("Location", "/1")
				w.WriteHeader(http.StatusCreated)
				io.Copy(w, strings.NewReader("created"))
				w.(http.Flusher).Flush()
			}))
			srv := httptest.NewServer(recording(&around, b.with(scopedhttp.Options{}, h.ServeHTTP)))
			defer srv.Close()
			res, err := srv.Client().Get(srv.URL)
			must(t, err)
			body, err := io.ReadAll(res.Body)
			must(t, err)
			res.Body.Close()
			want, text := http.StatusCreated, "created"
			if fail {
				want, text = http.StatusInternalServerError, "Internal Server Error\n"
			}
			if res.StatusCode != want || around.status != want || string(body) != text {
				t.Errorf("the client got %d %q, around saw %d", res.StatusCode, body, around.status)
			}
			if (res.Header.Get("Location") == "") != fail {
				t.Errorf("headers are %v", res.Header)
			}
		})
	}
}

// The handler of http.TimeoutHandler runs on while the 503 is being sent: in the
// middle of a statement, in this case.
func TestATimeoutHandlerInsideRollsBackUnderARunningStatement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{MaxConns: 1, CancelGrace: time.Second})
		b.db.Once("values (2", fakedriver.Reaction{Wait: make(chan struct{}), Deaf: true})
		slow := http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 1)
			_, err := b.Exec(r.Context(), "INSERT INTO notes (id) VALUES (2)")
			wantErr(t, err, context.DeadlineExceeded)
			w.WriteHeader(http.StatusCreated)
		}), time.Second, "too slow")
		w := b.get(slow.ServeHTTP)
		wantStatus(t, w, http.StatusServiceUnavailable)
		synctest.Wait()
		b.wantIDs() // on the only connection, which has come back
	})
}

func TestADeadlineAroundRollsBackAndIsNoSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, session.Options{})
		h := b.with(scopedhttp.Options{}, func(w http.ResponseWriter, r *http.Request) {
			b.mustAdd(r, 1)
			<-r.Context().Done()
			w.WriteHeader(http.StatusOK)
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
		wantStatus(t, w, http.StatusInternalServerError)
		b.wantIDs()
	})
}

func TestAHeadRequestCommitsAndHasNoBody(t *testing.T) {
	b := newBed(t, session.Options{})
	srv := b.serve(t, func(w http.ResponseWriter, r *http.Request) {
		b.mustAdd(r, 1)
		w.Header().Set("Content-Length", "5")
		io.WriteString(w, "hello")
	})
	res, err := srv.Client().Head(srv.URL)
	must(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusOK || res.ContentLength != 5 {
		t.Errorf("status %d, length %d", res.StatusCode, res.ContentLength)
	}
	b.wantIDs(1)
}

func TestTheTypeOfABodyIsStillGuessed(t *testing.T) {
	b := newBed(t, session.Options{})
	srv := b.serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<html><body>hello")
	})
	res, err := srv.Client().Get(srv.URL)
	must(t, err)
	res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("the type is %q", got)
	}
}

func TestTheFilesOfAnUploadAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	b := newBed(t, session.Options{})
	srv := b.serve(t, func(w http.ResponseWriter, r *http.Request) {
		must(t, r.ParseMultipartForm(1))
		if n := len(filesIn(t, os.TempDir())); n != 1 {
			t.Errorf("%d files while the request is handled", n)
		}
	})
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "big.bin")
	must(t, err)
	_, err = io.CopyN(file, zeros{}, 11<<20) // above what is kept in memory
	must(t, err)
	must(t, form.Close())
	res, err := srv.Client().Post(srv.URL, form.FormDataContentType(), &body)
	must(t, err)
	res.Body.Close()
	srv.Close() // waits for the request to be over
	if left := filesIn(t, os.TempDir()); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func filesIn(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	files, err := os.ReadDir(dir)
	must(t, err)
	return files
}
