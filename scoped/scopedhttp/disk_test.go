package scopedhttp_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// Every fourth order is for nobody, which the database finds out at COMMIT, and
// every fourth is given up by the handler.
func TestClientsAreToldWhatADatabaseOnDiskHas(t *testing.T) {
	url := "sqlite:///" + filepath.ToSlash(t.TempDir()) + "/shop.db"
	engine, err := session.Open(t.Context(), url, session.Options{}, sqlite.Driver)
	must(t, err)
	t.Cleanup(func() { engine.Close(context.Background()) })
	must(t, engine.RunSync(t.Context(), "schema", shopSchema))
	registry := scoped.New(engine)
	opts := scopedhttp.Options{Logger: slog.New(slog.DiscardHandler)}
	srv := httptest.NewServer(scopedhttp.Middleware(registry, opts)(numbered(registry)))
	defer srv.Close()

	told := make([]int, 60)
	var all sync.WaitGroup
	for n := range told {
		all.Go(func() {
			res, err := srv.Client().Post(fmt.Sprintf("%s?n=%d", srv.URL, n), "", nil)
			if err != nil {
				t.Error(err)
				return
			}
			res.Body.Close()
			told[n] = res.StatusCode
		})
	}
	all.Wait()

	there := map[int]bool{}
	for n, err := range session.Each[int](t.Context(), readOnly(t, engine), "SELECT id FROM orders") {
		must(t, err)
		there[n] = true
	}
	for n, status := range told {
		if want := []int{201, 500, 201, 503}[n%4]; status != want || there[n] != (want == 201) {
			t.Errorf("order %d: the client was told %d and it is there: %v", n, status, there[n])
		}
	}
}

func numbered(db session.Querier) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.FormValue("n"))
		customer := "ada"
		if n%4 == 1 {
			customer = "nobody"
		}
		_, err := db.Exec(r.Context(), "INSERT INTO orders VALUES (?, ?)", n, customer)
		if err != nil || n%4 == 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, "ordered")
	})
}

func readOnly(t *testing.T, engine *session.Engine) *session.Session {
	s := engine.Session(session.TxOptions{ReadOnly: true})
	t.Cleanup(func() { s.Close() })
	return s
}
