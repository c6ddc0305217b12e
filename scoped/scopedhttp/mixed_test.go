package scopedhttp_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// kinds are what can become of a request. The client asks for one by name.
var kinds = []string{"created", "silent", "streamed", "refused", "conflict", "broken", "panics",
	"commit-fails", "commit-lost", "goes-before", "goes-in-statement",
	"swallowed"}

// mixed answers requests of every kind; each adds the note of its number.
type mixed struct{ *bed }

// client is who asks: what for, and how to make it go away.
type client struct {
	kind  string
	leave func()
}

type clientKey struct{}

func (m mixed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind, id := r.FormValue("kind"), r.FormValue("id")
	number, _ := strconv.ParseInt(id, 10, 64)
	_ = m.add(r, number) // what it leads to is seen in the end
	switch kind {
	case "silent":
	case "streamed":
		w.(http.Flusher).Flush()
		io.WriteString(w, strings.Repeat("x", 5000))
	case "refused":
		http.Error(w, "refused", http.StatusForbidden)
	case "conflict":
		if err := m.add(r, number); err != nil {
			http.Error(w, "it is there already", http.StatusConflict)
		}
	case "broken":
		http.Error(w, "broken", http.StatusBadGateway)
	case "panics":
		panic(http.ErrAbortHandler)
	case "swallowed":
		_ = m.Do(r.Context(), func(context.Context) error { return io.ErrUnexpectedEOF })
		fallthrough
	case "goes-before":
		r.Context().Value(clientKey{}).(*client).leave()
		fallthrough
	default:
		w.Header().Set("Location", "/notes/"+id)
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, "created")
	}
}

// script makes the database do what the kind of a request says.
func (m mixed) script(ctx context.Context, step drivers.Step) *fakedriver.Reaction {
	who, ok := ctx.Value(clientKey{}).(*client)
	switch {
	case !ok:
	case who.kind == "commit-fails" && step.Op == drivers.OpCommit:
		return &fakedriver.Reaction{Err: fakedriver.Errorf(drivers.KindSerialization, "again")}
	case who.kind == "commit-lost" && step.Op == drivers.OpCommit:
		return &fakedriver.Reaction{Cut: fakedriver.CutAfter}
	case who.kind == "goes-in-statement" && step.Op == drivers.OpExec:
		who.leave()
		return &fakedriver.Reaction{Wait: make(chan struct{})}
	}
	return nil
}

// labelled tells the script who asks.
func labelled(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, leave := context.WithCancel(r.Context())
		defer leave()
		who := &client{r.FormValue("kind"), leave}
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, clientKey{}, who)))
	})
}

func TestTwoHundredRequestsAreToldWhatTheDatabaseHas(t *testing.T) {
	for name, opts := range map[string]scopedhttp.Options{"first byte": {}, "held back": {Buffer: 10_000}} {
		t.Run(name, func(t *testing.T) { twoHundredRequests(t, opts) })
	}
}

func twoHundredRequests(t *testing.T, opts scopedhttp.Options) {
	b := newBed(t, session.Options{MaxConns: 4, Logger: quiet})
	m := mixed{b}
	b.db.OnRun(m.script)
	srv := httptest.NewServer(labelled(b.with(opts, m.ServeHTTP)))
	defer srv.Close()
	told := make([]string, 200)
	var all sync.WaitGroup
	for id := range told {
		all.Go(func() { told[id] = ask(srv, kinds[id%len(kinds)], id) })
	}
	all.Wait()

	there := map[int]bool{}
	for _, id := range b.ids() {
		there[int(id)] = true
	}
	for id, answer := range told {
		kind := kinds[id%len(kinds)]
		if want := expected[kind]; answer != want.answer || there[id] != want.there {
			t.Errorf("%s: the client was told %q and the note is there: %v; want %q, %v",
				kind, answer, there[id], want.answer, want.there)
		}
	}
}

// quiet is for tests that provoke what is worth a line in the log.
var quiet = slog.New(slog.DiscardHandler)

// expected is what a client is told and what the database then has.
var expected = map[string]struct {
	answer string
	there  bool
}{
	"created":           {"201 /notes created", true},
	"silent":            {"200  ", true},
	"streamed":          {"200  xxxxxxx", true},
	"refused":           {"403  refused", true},
	"conflict":          {"409  it is t", false},
	"broken":            {"502  broken", false},
	"panics":            {"EOF", false},
	"commit-fails":      {"500  Interna", false},
	"commit-lost":       {"500  Interna", true}, // unknown: the only one that may be there
	"goes-before":       {"500  Interna", false},
	"goes-in-statement": {"500  Interna", false},
	"swallowed":         {"500  Interna", false},
}

// ask sends a request and says briefly what came back.
func ask(srv *httptest.Server, kind string, id int) string {
	res, err := srv.Client().Post(fmt.Sprintf("%s?kind=%s&id=%d", srv.URL, kind, id), "", nil)
	if err != nil {
		return err.Error()[strings.LastIndex(err.Error(), " ")+1:]
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	place, _, _ := strings.Cut(strings.TrimPrefix(res.Header.Get("Location"), "/"), "/")
	if place != "" {
		place = "/" + place
	}
	text := strings.TrimSpace(string(body))
	return fmt.Sprintf("%d %s %s", res.StatusCode, place, text[:min(len(text), 7)])
}
