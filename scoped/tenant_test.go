package scoped_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// estate is a table on PostgreSQL whose rows belong to tenants. A user who is
// no superuser sees those of app.tenant.
type estate struct {
	*scoped.Registry
	t     *testing.T
	table string
	trips func() int64
}

func newEstate(t *testing.T) *estate {
	t.Helper()
	dsn := testdsn.Get(t, "postgres")
	name := "estate_" + strings.ToLower(rand.Text()[:8])
	admin, err := session.Open(t.Context(), dsn, session.Options{}, postgres.Driver)
	must(t, err)
	run := func(ctx context.Context, statements ...string) {
		t.Helper()
		must(t, admin.RunSync(ctx, name, func(ctx context.Context, c *session.SyncConn) error {
			for _, sql := range statements {
				if _, err := c.Exec(ctx, sql); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	run(t.Context(),
		"CREATE TABLE "+name+" (tenant text NOT NULL, what text NOT NULL)",
		"ALTER TABLE "+name+" ENABLE ROW LEVEL SECURITY",
		"CREATE POLICY own ON "+name+" USING (tenant = current_setting('app.tenant', true))",
		"CREATE ROLE "+name+" LOGIN PASSWORD 'secret'",
		"GRANT SELECT, INSERT ON "+name+" TO "+name)
	proxy, through := testdsn.Proxied(t, dsn)
	engine, err := session.Open(t.Context(), as(t, through, name, "secret"), session.Options{MaxConns: 1},
		postgres.Driver)
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		must(t, engine.Close(ctx))
		run(ctx, "DROP TABLE "+name, "DROP ROLE "+name)
		must(t, admin.Close(ctx))
	})
	return &estate{scoped.New(engine), t, name, proxy.RoundTrips}
}

// as returns the DSN for another user.
func as(t *testing.T, dsn, user, password string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	must(t, err)
	u.User = url.UserPassword(user, password)
	return u.String()
}

func tenant(name string) session.TxOptions {
	return session.TxOptions{Settings: session.Setting("app.tenant", name)}
}

func (e *estate) add(ctx context.Context, tenant, what string) error {
	_, err := e.Exec(ctx, "INSERT INTO "+e.table+" (tenant, what) VALUES (?, ?)", tenant, what)
	return err
}

func (e *estate) all(ctx context.Context) ([]string, error) {
	return session.Collect[string](ctx, e, "SELECT what FROM "+e.table+" ORDER BY what")
}

// wantSeen checks what a scope with these options sees.
func (e *estate) wantSeen(opts []scoped.Option, want ...string) {
	e.t.Helper()
	got, err := scoped.DoValue(e.t.Context(), e.Registry, e.all, opts...)
	must(e.t, err)
	if !slices.Equal(got, want) {
		e.t.Errorf("seen are %q, want %q", got, want)
	}
}

func TestPromiseATenantSeesHisRowsAndTheNextRequestSeesNone(t *testing.T) {
	e := newEstate(t) // on one connection
	for _, name := range []string{"acme", "bolt"} {
		must(t, e.Do(t.Context(), func(ctx context.Context) error {
			return e.add(ctx, name, name+"'s")
		}, tenant(name)))
	}
	acme := []scoped.Option{tenant("acme")}
	e.wantSeen(acme, "acme's")
	e.wantSeen(nil)
	e.wantSeen([]scoped.Option{tenant("bolt")}, "bolt's")

	for name, end := range map[string]func(ctx context.Context, cancel func()) error{
		"an error": func(context.Context, func()) error { return errBusiness },
		"a panic":  func(context.Context, func()) error { panic("lost my nerve") },
		"a statement that fails": func(ctx context.Context, _ func()) error {
			_, err := e.Exec(ctx, "SELECT 1/0")
			return err
		},
		"the end of its context": func(_ context.Context, cancel func()) error { cancel(); return nil },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		panicOf(func() {
			_ = e.Do(ctx, func(ctx context.Context) error {
				if got, err := e.all(ctx); err != nil || len(got) != 1 {
					t.Errorf("seen are %q, error: %v", got, err)
				}
				return end(ctx, cancel)
			}, tenant("acme"))
		})
		cancel()
		t.Log("after", name)
		e.wantSeen(nil)
	}
	err := e.Do(t.Context(), func(ctx context.Context) error { return e.add(ctx, "bolt", "a theft") }, tenant("acme"))
	if session.KindOf(err) != session.KindPermission {
		t.Errorf("writing for another tenant: %v", err)
	}
	if n := e.Engine(t.Context()).Stats().Pool.Opened; n != 1 {
		t.Errorf("%d connections were opened; this shows nothing", n)
	}
}

func TestPromiseNothingInATenantsNameIsSQL(t *testing.T) {
	e := newEstate(t)
	for _, name := range []string{"O'Brien", "x'; DROP TABLE " + e.table + "; --", `\`, "$1", "', false) --"} {
		must(t, e.Do(t.Context(), func(ctx context.Context) error { return e.add(ctx, name, "a note") }, tenant(name)))
		e.wantSeen([]scoped.Option{tenant(name)}, "a note")
		e.wantSeen(nil)
	}
}

func TestPromiseATenantTakesNoRoundTrip(t *testing.T) {
	e := newEstate(t)
	count := func(opts ...scoped.Option) (trips int64) {
		for range 3 { // until statements are prepared
			before := e.trips()
			_, err := scoped.DoValue(t.Context(), e.Registry, e.all, opts...)
			must(t, err)
			trips = e.trips() - before
		}
		return trips
	}
	without, with := count(), count(session.TxOptions{StatementTimeout: time.Minute,
		Settings: session.Setting("app.tenant", "acme").With("app.user", "ada")})
	if without != 2 || with != 2 {
		t.Errorf("%d round trips without settings, %d with", without, with)
	}
}

func TestPromiseTheMiddlewareGivesEachRequestItsTenant(t *testing.T) {
	e := newEstate(t)
	for _, name := range []string{"acme", "bolt"} {
		must(t, e.Do(t.Context(), func(ctx context.Context) error { return e.add(ctx, name, name+"'s") }, tenant(name)))
	}
	handler := scopedhttp.Middleware(e.Registry, scopedhttp.Options{
		Tx: func(r *http.Request) session.TxOptions { return tenant(r.Header.Get("Tenant")) },
	})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen, err := e.all(r.Context())
		fmt.Fprint(w, seen, " ", err)
	}))
	for _, name := range []string{"acme", "", "bolt", "acme", "nobody"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Tenant", name)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		want := "[] <nil>"
		if name == "acme" || name == "bolt" {
			want = "[" + name + "'s] <nil>"
		}
		if got := w.Body.String(); got != want {
			t.Errorf("%q was sent %s, want %s", name, got, want)
		}
	}
}
