package scopedhttp_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// bed is a registry on a fake database with a table of notes.
type bed struct {
	*scoped.Registry
	t      testing.TB
	engine *session.Engine
	db     *fakedriver.DB
	log    log
}

func newBed(t testing.TB, opts session.Options) *bed {
	t.Helper()
	db := fakedriver.New(fakedriver.Options{})
	engine, err := session.Open(t.Context(), "fake:", opts, db.Driver())
	must(t, err)
	b := &bed{Registry: scoped.New(engine), t: t, engine: engine, db: db}
	t.Cleanup(b.close)
	must(t, engine.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "CREATE TABLE notes (id integer primary key)")
		return err
	}))
	db.ResetLog()
	return b
}

func (b *bed) close() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	must(b.t, b.engine.Close(ctx)) // names whoever still holds a connection
	if v := b.db.Violations(); len(v) > 0 {
		b.t.Errorf("the driver's contract was broken: %q", v)
	}
}

// with puts the middleware around a handler; its log goes to b.log.
func (b *bed) with(opts scopedhttp.Options, h http.HandlerFunc) http.Handler {
	opts.Logger = b.logger()
	return scopedhttp.Middleware(b.Registry, opts)(h)
}

func (b *bed) logger() *slog.Logger { return slog.New(slog.NewTextHandler(&b.log, nil)) }

// get sends one request through the middleware.
func (b *bed) get(h http.HandlerFunc) *httptest.ResponseRecorder {
	return call(b.with(scopedhttp.Options{}, h))
}

func call(h http.Handler) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/notes", nil))
	return w
}

// add writes a note in the request's scope.
func (b *bed) add(r *http.Request, id int64) error {
	_, err := b.Exec(r.Context(), "INSERT INTO notes (id) VALUES (?)", id)
	return err
}

func (b *bed) mustAdd(r *http.Request, id int64) {
	b.t.Helper()
	must(b.t, b.add(r, id))
}

// ids are the notes that have been committed.
func (b *bed) ids() []int64 {
	b.t.Helper()
	var ids []int64
	read := func(ctx context.Context, s *session.Session) (err error) {
		ids, err = session.Collect[int64](ctx, s, "SELECT id FROM notes ORDER BY id")
		return err
	}
	must(b.t, b.engine.Do(context.Background(), read))
	return ids
}

func (b *bed) wantIDs(want ...int64) {
	b.t.Helper()
	if got := b.ids(); !slices.Equal(got, want) {
		b.t.Errorf("committed are %v, want %v", got, want)
	}
}

// failCommit makes the next commit fail, with a word that nobody may see.
func (b *bed) failCommit() {
	b.db.Once("commit", fakedriver.Reaction{
		Err: fakedriver.Errorf(drivers.KindSerialization, "sekrit_table is busy")})
}

// log is a buffer for several goroutines.
type log struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) want(t *testing.T, parts ...string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, part := range parts {
		if !strings.Contains(l.text.String(), part) {
			t.Errorf("the log does not say %q:\n%s", part, l.text.String())
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error is %v, want %v", got, want)
	}
}

func wantStatus(t testing.TB, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Errorf("status is %d, want %d; body: %s", w.Code, want, w.Body)
	}
}

// panicOf runs f and returns what it panicked with.
func panicOf(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}
