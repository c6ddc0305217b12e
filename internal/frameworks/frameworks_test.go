package frameworks

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	echo4 "github.com/labstack/echo/v4"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// bed is a registry on a fake database with a table of notes.
type bed struct {
	notes
	t      *testing.T
	engine *session.Engine
	db     *fakedriver.DB
}

func newBed(t *testing.T) *bed {
	t.Helper()
	db := fakedriver.New(fakedriver.Options{})
	engine, err := session.Open(t.Context(), "fake:", session.Options{}, db.Driver())
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		must(t, engine.Close(ctx)) // names whoever still holds a connection
	})
	must(t, engine.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "CREATE TABLE notes (id integer primary key)")
		return err
	}))
	return &bed{notes{scoped.New(engine)}, t, engine, db}
}

var quiet = scopedhttp.Options{Logger: slog.New(slog.DiscardHandler)}

// serve starts a server of a router with the middleware in it.
func (b *bed) serve(router func(notes, middleware) http.Handler, opts scopedhttp.Options) *httptest.Server {
	opts.Logger = quiet.Logger
	srv := httptest.NewServer(router(b.notes, scopedhttp.Middleware(b.notes.db, opts)))
	b.t.Cleanup(srv.Close)
	return srv
}

// ids are the notes that have been committed.
func (b *bed) ids() (ids []int) {
	b.t.Helper()
	must(b.t, b.engine.Do(context.Background(), func(ctx context.Context, s *session.Session) (err error) {
		ids, err = session.Collect[int](ctx, s, "SELECT id FROM notes ORDER BY id")
		return err
	}))
	return ids
}

func (b *bed) wantIDs(want ...int) {
	b.t.Helper()
	if got := b.ids(); !slices.Equal(got, want) {
		b.t.Errorf("committed are %v, want %v", got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask returns the status and the body.
func ask(t *testing.T, srv *httptest.Server, method, path string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, nil)
	must(t, err)
	res, err := srv.Client().Do(req)
	must(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, strings.TrimSpace(string(body)), res.Header
}

// each runs a test under every router, with responses sent at once and held back.
func each(t *testing.T, test func(t *testing.T, b *bed, srv *httptest.Server)) {
	log := slog.Default() // echo v5 takes it
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(log)
	for name, router := range routers {
		for way, opts := range map[string]scopedhttp.Options{"first byte": {}, "held back": {Buffer: 1 << 20}} {
			t.Run(name+", "+way, func(t *testing.T) {
				b := newBed(t)
				test(t, b, b.serve(router, opts))
			})
		}
	}
}

func TestASuccessIsCommitted(t *testing.T) {
	each(t, func(t *testing.T, b *bed, srv *httptest.Server) {
		status, body, header := ask(t, srv, http.MethodPost, "/notes/1")
		if status != http.StatusCreated || body != "created" || header.Get("Location") != "/notes/1" {
			t.Errorf("the client got %d %q %v", status, body, header)
		}
		b.wantIDs(1)
	})
}

func TestAnErrorRollsBack(t *testing.T) {
	each(t, func(t *testing.T, b *bed, srv *httptest.Server) {
		if status, body, _ := ask(t, srv, http.MethodPost, "/fails/1"); status != http.StatusBadGateway {
			t.Errorf("the client got %d %q", status, body)
		}
		b.wantIDs()
	})
}

func TestAFailedStatementIsNoSuccess(t *testing.T) {
	each(t, func(t *testing.T, b *bed, srv *httptest.Server) {
		ask(t, srv, http.MethodPost, "/notes/1")
		status, body, header := ask(t, srv, http.MethodPost, "/notes/1")
		if status != http.StatusInternalServerError || header.Get("Location") != "" {
			t.Errorf("the client got %d %q", status, body)
		}
		b.wantIDs(1)
	})
}

func TestAPanicThatTheRouterAnswersRollsBack(t *testing.T) {
	each(t, func(t *testing.T, b *bed, srv *httptest.Server) {
		status, body, _ := ask(t, srv, http.MethodPost, "/panics/1")
		if status != http.StatusInternalServerError {
			t.Errorf("the client got %d %q", status, body)
		}
		b.wantIDs()
	})
}

func TestAFailedCommitIsA500(t *testing.T) {
	each(t, func(t *testing.T, b *bed, srv *httptest.Server) {
		b.db.Once("commit", fakedriver.Reaction{
			Err: fakedriver.Errorf(drivers.KindSerialization, "again")})
		status, body, header := ask(t, srv, http.MethodPost, "/notes/1")
		if status != http.StatusInternalServerError || body != "Internal Server Error" ||
			header.Get("Location") != "" {
			t.Errorf("the client got %d %q %v", status, body, header)
		}
		b.wantIDs()
	})
}

func TestAStreamIsCommittedWithItsFirstByte(t *testing.T) {
	each(t, func(t *testing.T, b *bed, srv *httptest.Server) {
		res, err := srv.Client().Get(srv.URL + "/stream/1")
		must(t, err)
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		for _, want := range []string{"100", "101", "102"} {
			if !lines.Scan() || lines.Text() != want {
				t.Errorf("the client read %q, want %s: %v", lines.Text(), want, lines.Err())
			}
		}
		b.wantIDs(1, 100, 101, 102)
	})
}

// Why there is echo4Scope: what echo itself offers is not enough.
func TestEchosWrapperAloneAnswersErrorsAfterTheCommit(t *testing.T) {
	b := newBed(t)
	srv := b.serve(func(n notes, scope middleware) http.Handler {
		e := echo4.New()
		echo4Routes(e.Group("", echo4.WrapMiddleware(scope)), n)
		return e
	}, quiet)
	if status, body, _ := ask(t, srv, http.MethodPost, "/fails/1"); status != http.StatusBadGateway {
		t.Errorf("the client got %d %q", status, body)
	}
	b.wantIDs(1)
}
