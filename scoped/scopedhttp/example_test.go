package scopedhttp_test

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// shop opens a database in memory. An order's customer is looked for when it is
// committed, not when it is written.
func shop(ctx context.Context) (*session.Engine, *scoped.Registry) {
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	check(err)
	check(engine.RunSync(ctx, "schema", shopSchema))
	return engine, scoped.New(engine)
}

func shopSchema(ctx context.Context, c *session.SyncConn) error {
	for _, sql := range []string{
		"CREATE TABLE customers (name TEXT PRIMARY KEY)",
		"INSERT INTO customers VALUES ('ada')",
		`CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT
			REFERENCES customers (name) DEFERRABLE INITIALLY DEFERRED)`,
	} {
		if _, err := c.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// orders creates an order and answers with how many there are. It knows nothing
// of transactions.
func orders(db session.Querier) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.FormValue("customer")
		if _, err := db.Exec(r.Context(), "INSERT INTO orders (customer) VALUES (?)", name); err != nil {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		n, err := session.One[int](r.Context(), db, "SELECT count(*) FROM orders")
		if err != nil {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		if n > 2 {
			http.Error(w, "sold out", http.StatusConflict)
			return
		}
		w.Header().Set("Location", "/orders/"+name)
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "%d ordered", n)
	})
}

// order sends an order and prints the answer.
func order(h http.Handler, customer string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/orders?customer="+customer, nil))
	fmt.Printf("%d %q %s\n", w.Code, w.Header().Get("Location"), w.Body)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// The second order is for somebody who is no customer, which comes out when the
// database checks at COMMIT. The handler has answered 201 by then, but the
// client has not seen it.
func ExampleMiddleware() {
	ctx := context.Background()
	engine, registry := shop(ctx)
	defer engine.Close(ctx)

	middleware := scopedhttp.Middleware(registry, scopedhttp.Options{
		Logger: slog.New(slog.DiscardHandler),
	})
	handler := middleware(orders(registry))
	order(handler, "ada")
	order(handler, "nobody")
	order(handler, "ada")
	// Output:
	// 201 "/orders/ada" 1 ordered
	// 500 "" Internal Server Error
	//
	// 201 "/orders/ada" 2 ordered
}

func ExampleOptions() {
	ctx := context.Background()
	engine, registry := shop(ctx)
	defer engine.Close(ctx)

	middleware := scopedhttp.Middleware(registry, scopedhttp.Options{
		// GET promises to change nothing; hold it to that.
		Tx: func(r *http.Request) session.TxOptions {
			return session.TxOptions{ReadOnly: r.Method == http.MethodGet}
		},
		// The handler writes before it refuses.
		RollbackOn: func(status int) bool { return status >= 400 },
		Error: func(w http.ResponseWriter, r *http.Request, err error) {
			if session.IsConstraint(err) {
				http.Error(w, "no such customer", http.StatusUnprocessableEntity)
			}
		},
		Logger: slog.New(slog.DiscardHandler),
	})
	handler := middleware(orders(registry))
	for _, customer := range []string{"ada", "ada", "ada", "nobody"} {
		order(handler, customer)
	}
	check(registry.Do(ctx, func(ctx context.Context) error {
		n, err := session.One[int](ctx, registry, "SELECT count(*) FROM orders")
		fmt.Println(n, "in the database")
		return err
	}))
	// Output:
	// 201 "/orders/ada" 1 ordered
	// 201 "/orders/ada" 2 ordered
	// 409 "" sold out
	//
	// 409 "" sold out
	//
	// 2 in the database
}

// Each event of a stream has a transaction of its own.
func ExampleMiddleware_streaming() {
	ctx := context.Background()
	engine, registry := shop(ctx)
	defer engine.Close(ctx)

	events := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush() // the request's own transaction ends here
		outside := registry.Outside(r.Context())
		for range 2 {
			err := registry.Do(outside, func(ctx context.Context) error {
				n, err := session.One[int](ctx, registry, "SELECT count(*) FROM customers")
				_, _ = fmt.Fprintf(w, "data: %d\n\n", n)
				return err
			})
			if err != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
	}
	server := httptest.NewServer(
		scopedhttp.Middleware(registry, scopedhttp.Options{})(http.HandlerFunc(events)))
	defer server.Close()
	res, err := server.Client().Get(server.URL)
	check(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(err)
	fmt.Print(string(text))
	// Output:
	// data: 1
	//
	// data: 1
}

// The handler returns what it has made, or why not.
func ExampleHandler() {
	ctx := context.Background()
	engine, registry := shop(ctx)
	defer engine.Close(ctx)

	type receipt struct {
		Customer string `json:"customer"`
		Orders   int    `json:"orders"`
	}
	errSoldOut := errors.New("sold out")
	buy := func(r *http.Request) (bought receipt, err error) {
		bought.Customer = r.FormValue("customer")
		_, err = registry.Exec(r.Context(), "INSERT INTO orders (customer) VALUES (?)", bought.Customer)
		if err != nil {
			return bought, err
		}
		bought.Orders, err = session.One[int](r.Context(), registry, "SELECT count(*) FROM orders")
		if bought.Orders > 1 {
			err = errSoldOut
		}
		return bought, err
	}
	opts := scopedhttp.Options{
		Error: func(w http.ResponseWriter, r *http.Request, err error) {
			switch {
			case errors.Is(err, errSoldOut):
				http.Error(w, "sold out", http.StatusConflict)
			case session.IsConstraint(err): // at COMMIT
				http.Error(w, "no such customer", http.StatusUnprocessableEntity)
			}
		},
		Logger: slog.New(slog.DiscardHandler),
	}
	handler := scopedhttp.Handler(registry, opts, buy, scopedhttp.SendJSON)
	order(handler, "nobody")
	order(handler, "ada")
	order(handler, "ada")
	// Output:
	// 422 "" no such customer
	//
	// 200 "" {"customer":"ada","orders":1}
	//
	// 409 "" sold out
}

func ExampleSendJSON() {
	ctx := context.Background()
	engine, registry := shop(ctx)
	defer engine.Close(ctx)

	customers := func(r *http.Request) ([]string, error) {
		return session.Collect[string](r.Context(), registry, "SELECT name FROM customers")
	}
	order(scopedhttp.Handler(registry, scopedhttp.Options{}, customers, scopedhttp.SendJSON), "")
	// Output:
	// 200 "" ["ada"]
}

// The page fails in the middle, and nobody sees the half of it.
func ExampleOptions_buffer() {
	ctx := context.Background()
	engine, registry := shop(ctx)
	defer engine.Close(ctx)

	page := template.Must(template.New("").Parse("Dear {{.Name}}, you have {{.Orders.Many}} orders"))
	letter := func(w http.ResponseWriter, r *http.Request) {
		_, err := registry.Exec(r.Context(), "INSERT INTO customers VALUES ('bob')")
		check(err)
		if err := page.Execute(w, map[string]any{"Name": "bob", "Orders": 3}); err != nil {
			http.Error(w, "no page today", http.StatusInternalServerError)
		}
	}
	for _, buffer := range []int{0, 1 << 20} {
		opts := scopedhttp.Options{Buffer: buffer}
		order(scopedhttp.Middleware(registry, opts)(http.HandlerFunc(letter)), "")
		check(registry.Do(ctx, func(ctx context.Context) error {
			_, err := registry.Exec(ctx, "DELETE FROM customers WHERE name = 'bob'")
			return err
		}))
	}
	// Output:
	// 200 "" Dear bob, you have no page today
	//
	// 500 "" no page today
}

func ExampleReadOnlyIfSafe() {
	ctx := context.Background()
	engine, registry := shop(ctx)
	defer engine.Close(ctx)

	visit := func(w http.ResponseWriter, r *http.Request) {
		_, err := registry.Exec(r.Context(), "INSERT INTO customers VALUES ('bob')")
		fmt.Println(r.Method, "fails:", err != nil)
	}
	opts := scopedhttp.Options{Tx: scopedhttp.ReadOnlyIfSafe}
	handler := scopedhttp.Middleware(registry, opts)(http.HandlerFunc(visit))
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, "/", nil))
	}
	// Output:
	// GET fails: true
	// POST fails: false
}

func ExampleErrTooLarge() {
	ctx := context.Background()
	engine, registry := shop(ctx)
	defer engine.Close(ctx)

	opts := scopedhttp.Options{
		Buffer: 10,
		Error: func(w http.ResponseWriter, r *http.Request, err error) {
			if errors.Is(err, scopedhttp.ErrTooLarge) {
				http.Error(w, "ask for less", http.StatusInsufficientStorage)
			}
		},
		Logger: slog.New(slog.DiscardHandler),
	}
	long := func(w http.ResponseWriter, r *http.Request) {
		_, err := io.WriteString(w, "more than ten bytes")
		fmt.Println(errors.Is(err, scopedhttp.ErrTooLarge))
	}
	order(scopedhttp.Middleware(registry, opts)(http.HandlerFunc(long)), "")
	// Output:
	// true
	// 507 "" ask for less
}

// A handler that goes on writing is told that it need not.
func ExampleErrReplaced() {
	ctx := context.Background()
	engine, registry := shop(ctx)
	defer engine.Close(ctx)

	report := func(w http.ResponseWriter, r *http.Request) {
		_, err := registry.Exec(r.Context(), "INSERT INTO orders (customer) VALUES ('nobody')")
		check(err)
		for page := 1; page <= 100; page++ {
			if _, err := fmt.Fprintln(w, "page", page); errors.Is(err, scopedhttp.ErrReplaced) {
				fmt.Println("given up on page", page, session.KindOf(err))
				return
			}
		}
	}
	opts := scopedhttp.Options{Logger: slog.New(slog.DiscardHandler)}
	order(scopedhttp.Middleware(registry, opts)(http.HandlerFunc(report)), "")
	// Output:
	// given up on page 1 foreign key
	// 500 "" Internal Server Error
}
