package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/internal/leakcheck"
	"github.com/sqlscope/sqlscope/internal/testdsn"
	"github.com/sqlscope/sqlscope/session"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// onFile is a SQLite database of the test's own.
func onFile(t *testing.T) string {
	return "sqlite:///" + filepath.ToSlash(t.TempDir()) + "/shop.db"
}

// onServer is a schema of these tests' own on a server, emptied.
func onServer(name string, withSchema func(t *testing.T, dsn string) string, sql ...string) func(t *testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		dsn := testdsn.Get(t, name)
		engine, err := session.Open(t.Context(), dsn, session.Options{}, appDrivers...)
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Close(context.Background())
		err = engine.RunSync(t.Context(), "schema", func(ctx context.Context, c *session.SyncConn) error {
			for _, statement := range sql {
				if _, err := c.Exec(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return withSchema(t, dsn)
	}
}

// databases are those that the service runs on.
var databases = map[string]func(t *testing.T) string{
	"sqlite": onFile,
	"postgres": onServer("postgres",
		func(t *testing.T, dsn string) string { return testdsn.With(t, dsn, "search_path", "webapp_test") },
		"DROP SCHEMA IF EXISTS webapp_test CASCADE", "CREATE SCHEMA webapp_test"),
	"mysql": onServer("mysql",
		func(t *testing.T, dsn string) string {
			u, err := url.Parse(dsn)
			if err != nil {
				t.Fatal(err)
			}
			u.Path = "/sqlscope_webapp"
			return u.String()
		},
		"DROP DATABASE IF EXISTS sqlscope_webapp", "CREATE DATABASE sqlscope_webapp"),
}

// site is a running service and a client of it, who is sent on by redirects
// and sees where to.
type site struct {
	t      *testing.T
	url    string
	client *http.Client
}

// start runs the whole program, without its process.
func start(t *testing.T, database string) *site {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ready, done := make(chan net.Addr, 1), make(chan error, 1)
	go func() { done <- run(ctx, database, "127.0.0.1:0", func(a net.Addr) { ready <- a }) }()
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar, Transport: &http.Transport{}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	select {
	case a := <-ready:
		return &site{t, "http://" + a.String(), client}
	case err := <-done:
		done <- nil
		t.Fatal(err)
		return nil
	}
}

// answer is what came back.
type answer struct {
	status int
	path   string // where redirects have led
	text   string
}

func (s *site) do(req *http.Request, err error) answer {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Request.URL.Path, string(body)}
}

func (s *site) get(path string) answer {
	s.t.Helper()
	return s.do(http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil))
}

func (s *site) post(path, form string) answer {
	s.t.Helper()
	kind := "application/x-www-form-urlencoded"
	if strings.HasPrefix(form, "{") {
		kind = "application/json"
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+path, strings.NewReader(form))
	if err == nil {
		req.Header.Set("Content-Type", kind)
	}
	return s.do(req, err)
}

func (a answer) want(t *testing.T, status int, parts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status is %d, want %d; %s", a.status, status, a.text)
	}
	for _, part := range parts {
		if !strings.Contains(a.text, part) {
			t.Errorf("the answer does not say %q: %s", part, a.text)
		}
	}
}

// stock is what there is of a product, as the API tells it.
func (s *site) stock(sku string) int64 {
	s.t.Helper()
	var all []product
	if err := json.Unmarshal([]byte(s.get("/api/products").text), &all); err != nil {
		s.t.Fatal(err)
	}
	for _, p := range all {
		if p.SKU == sku {
			return p.Stock
		}
	}
	s.t.Fatalf("there is no %s", sku)
	return 0
}

func (s *site) orders() (all []order) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.get("/api/orders").text), &all); err != nil {
		s.t.Fatal(err)
	}
	return all
}

// onEach runs a test on each database.
func onEach(t *testing.T, test func(t *testing.T, s *site)) {
	for name, database := range databases {
		t.Run(name, func(t *testing.T) { test(t, start(t, database(t))) })
	}
}

func TestAnOrderIsPlacedShippedAndListed(t *testing.T) {
	onEach(t, func(t *testing.T, s *site) {
		s.get("/").want(t, 200, "Teapot, cast iron", "1 in stock")
		a := s.post("/orders", "customer=Ada&quantity-mug=2&quantity-kettle=1&quantity-lamp=")
		a.want(t, 200, "Ada", "Mug, stoneware", "59.90", "open")
		if got := s.stock("mug"); got != 38 {
			t.Errorf("there are %d mugs", got)
		}
		s.get("/orders").want(t, 200, "Ada", strings.TrimPrefix(a.path, "/orders/"))
		s.post(a.path+"/ship", "").want(t, 200, "shipped")
		s.post(a.path+"/ship", "").want(t, 409, "The order is shipped already")
	})
}

func TestAnOrderThatIsTooLargeOrdersNothingAndComesBack(t *testing.T) {
	onEach(t, func(t *testing.T, s *site) {
		s.post("/orders", "customer=Ada&quantity-mug=2&quantity-teapot=5").want(t, 409,
			"There are not 5 of “Teapot, cast iron” left", "Nothing was ordered", `value="Ada"`, `value="5"`)
		if n := len(s.orders()); n != 0 || s.stock("mug") != 40 {
			t.Errorf("there are %d orders and %d mugs", n, s.stock("mug"))
		}
	})
}

func TestACancelledOrderPutsItsGoodsBack(t *testing.T) {
	onEach(t, func(t *testing.T, s *site) {
		a := s.post("/orders", "customer=Ada&quantity-teapot=1")
		s.get("/").want(t, 200, "sold out")
		s.post(a.path+"/cancel", "").want(t, 200, "cancelled")
		s.post("/products/teapot/restock", "quantity=10").want(t, 200, "11 in stock")
	})
}

func TestTheLastTeapotIsSoldOnce(t *testing.T) {
	onEach(t, func(t *testing.T, s *site) {
		told := make([]int, 12)
		var all sync.WaitGroup
		for i := range told {
			all.Go(func() {
				lines := `[{"sku":"teapot","quantity":1},{"sku":"mug","quantity":1}]`
				told[i] = s.post("/api/orders", fmt.Sprintf(`{"customer":"c%d","lines":%s}`, i, lines)).status
			})
		}
		all.Wait()
		sold := map[int]int{}
		for _, status := range told {
			sold[status]++
		}
		if sold[201] != 1 || sold[409] != 11 {
			t.Errorf("the answers were %v", sold)
		}
		if n := len(s.orders()); n != 1 || s.stock("teapot") != 0 || s.stock("mug") != 39 {
			t.Errorf("there are %d orders, %d teapots, %d mugs", n, s.stock("teapot"), s.stock("mug"))
		}
	})
}

func TestTheAPIRefusesWithWords(t *testing.T) {
	s := start(t, onFile(t))
	for body, want := range map[string]struct {
		status int
		text   string
	}{
		`{`: {400, "cannot be read"},
		`{"customer":" ","lines":[{"sku":"mug","quantity":1}]}`:                              {409, "name of a customer"},
		`{"customer":"Ada","lines":[]}`:                                                      {409, "at least one piece"},
		`{"customer":"Ada","lines":[{"sku":"mug","quantity":-1}]}`:                           {409, "-1 is not a quantity"},
		`{"customer":"Ada","lines":[{"sku":"mug","quantity":1},{"sku":"mug","quantity":1}]}`: {409, "twice"},
		`{"customer":"Ada","lines":[{"sku":"mog","quantity":1}]}`:                            {404, `product \"mog\"`},
	} {
		s.post("/api/orders", body).want(t, want.status, want.text)
	}
	s.get("/orders/none").want(t, 404, "There is no such thing")
	s.post("/products/mug/restock", "quantity=many").want(t, 400, "The request cannot be read")
	if n := len(s.orders()); n != 0 {
		t.Errorf("there are %d orders", n)
	}
}

func TestPagesOfOthersCannotOrder(t *testing.T) {
	s := start(t, onFile(t))
	form := url.Values{"customer": {"Eve"}, "quantity-mug": {"1"}}.Encode()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/orders", strings.NewReader(form))
	if err == nil {
		req.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	s.do(req, err).want(t, 403)
}

func TestTheJournalTellsWhatRequestsDid(t *testing.T) {
	onEach(t, func(t *testing.T, s *site) {
		s.post("/orders", "customer=Ada&quantity-mug=1")
		s.post("/orders", "customer=Ada&quantity-teapot=9")
		s.get("/nowhere")
		s.get("/requests").want(t, 200, "POST /orders", "committed", "rolled back", "no database",
			"INSERT INTO orders", "UPDATE products SET stock", "1 session,", "waited ")
	})
}

func TestAServiceThatIsStartedAgainKeepsItsData(t *testing.T) {
	database := onFile(t)
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	for want := int64(40); want > 38; want-- {
		a, err := open(ctx, database)
		if err != nil {
			t.Fatal(err)
		}
		err = a.db.Do(ctx, func(ctx context.Context) error {
			p, err := a.desk.products.one(ctx, "mug")
			if p.Stock != want {
				t.Errorf("there are %d mugs, want %d", p.Stock, want)
			}
			_, err2 := a.desk.place(ctx, wish{"Ada", []line{{SKU: "mug", Quantity: 1}}})
			if err == nil {
				err = err2
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if err := a.close(); err != nil {
			t.Error(err)
		}
	}
}

func TestADatabaseThatIsNoneIsSaid(t *testing.T) {
	err := run(t.Context(), "oracle://x", "127.0.0.1:0", nil)
	if err == nil || !strings.Contains(err.Error(), "oracle") {
		t.Errorf("the error is %v", err)
	}
}
