package frameworks

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	coder "github.com/coder/websocket"
	gorilla "github.com/gorilla/websocket"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
)

// socket adds a note, upgrades, and then adds the notes that the client sends,
// each in a transaction of its own. Coder's library answers with WriteHeader
// and takes the connection over then.
func coderSocket(n notes) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := n.add(r.Context(), "1"); err != nil {
			return
		}
		conn, err := coder.Accept(w, r, nil)
		if err != nil {
			return // Accept has answered
		}
		defer func() { _ = conn.CloseNow() }()
		ctx := n.db.Outside(context.WithoutCancel(r.Context()))
		for {
			_, id, err := conn.Read(ctx)
			if err != nil {
				return
			}
			answer := n.addAlone(ctx, string(id))
			if conn.Write(ctx, coder.MessageText, []byte(answer)) != nil {
				return
			}
		}
	}
}

// gorillaSocket is the same with Gorilla's library, which writes its answer to
// the connection.
func gorillaSocket(n notes) http.HandlerFunc {
	var upgrader gorilla.Upgrader
	return func(w http.ResponseWriter, r *http.Request) {
		if err := n.add(r.Context(), "1"); err != nil {
			return
		}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return // Upgrade has answered
		}
		defer conn.Close()
		ctx := n.db.Outside(context.WithoutCancel(r.Context()))
		for {
			_, id, err := conn.ReadMessage()
			if err != nil {
				return
			}
			answer := n.addAlone(ctx, string(id))
			if conn.WriteMessage(gorilla.TextMessage, []byte(answer)) != nil {
				return
			}
		}
	}
}

func (n notes) addAlone(ctx context.Context, id string) string {
	err := n.db.Do(ctx, func(ctx context.Context) error { return n.add(ctx, id) })
	if err != nil {
		return "refused"
	}
	return "added"
}

func eachSocket(t *testing.T, test func(t *testing.T, b *bed, srv *httptest.Server)) {
	for name, socket := range map[string]func(notes) http.HandlerFunc{
		"coder": coderSocket, "gorilla": gorillaSocket,
	} {
		for way, opts := range map[string]scopedhttp.Options{"first byte": {}, "held back": {Buffer: 1 << 20}} {
			t.Run(name+", "+way, func(t *testing.T) {
				b := newBed(t)
				test(t, b, b.serve(func(n notes, scope middleware) http.Handler { return scope(socket(n)) }, opts))
			})
		}
	}
}

func TestAnUpgradeCommitsAndTheSocketGoesOnWithoutIt(t *testing.T) {
	eachSocket(t, func(t *testing.T, b *bed, srv *httptest.Server) {
		conn, res, err := coder.Dial(t.Context(), srv.URL, nil) //nolint:bodyclose // Dial sees to it
		must(t, err)
		defer func() { _ = conn.CloseNow() }()
		if res.StatusCode != http.StatusSwitchingProtocols {
			t.Errorf("the client got %s", res.Status)
		}
		b.wantIDs(1)
		for id, want := range map[string]string{"2": "added", "1": "refused", "3": "added"} {
			must(t, conn.Write(t.Context(), coder.MessageText, []byte(id)))
			_, got, err := conn.Read(t.Context())
			must(t, err)
			if string(got) != want {
				t.Errorf("%s was %s, want %s", id, got, want)
			}
		}
		_ = conn.Close(coder.StatusNormalClosure, "")
		b.wantIDs(1, 2, 3)
	})
}

func TestAnUpgradeWhoseCommitFailsIsA500(t *testing.T) {
	eachSocket(t, func(t *testing.T, b *bed, srv *httptest.Server) {
		b.db.Once("commit", fakedriver.Reaction{
			Err: fakedriver.Errorf(drivers.KindSerialization, "again")})
		conn, res, err := coder.Dial(t.Context(), srv.URL, nil) //nolint:bodyclose // Dial sees to it
		if err == nil {
			_ = conn.CloseNow()
			t.Fatal("the upgrade succeeded")
		}
		if res == nil || res.StatusCode != http.StatusInternalServerError {
			t.Errorf("the client got %v, %v", res, err)
		}
		b.wantIDs()
	})
}

func TestARefusedUpgradeIsAClientError(t *testing.T) {
	eachSocket(t, func(t *testing.T, b *bed, srv *httptest.Server) {
		status, body, _ := ask(t, srv, http.MethodGet, "/")
		if status < 400 || status > 499 || strings.Contains(body, "Internal") {
			t.Errorf("the client got %d %q", status, body)
		}
		b.wantIDs(1) // which commits, by the rule for client errors
	})
}
