package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// The functions of this file hold the fragments of README.md; readme_test.go
// checks that each fragment is in here, and the Examples that it does what the
// README says.

func placeOrder(ctx context.Context, engine *session.Engine, reference, device string) error {
	return engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		id, err := session.One[int64](ctx, s,
			"INSERT INTO orders (reference) VALUES (?) RETURNING id", reference)
		if err != nil {
			return err // rolls back, and so does a panic
		}
		_, err = s.Exec(ctx, "INSERT INTO lines (order_id, device) VALUES (?, ?)", id, device)
		return err // nil commits; if that fails, Do returns its error
	})
}

// orders is the repository of the README's fragments.
type orders struct{ db session.Querier }

func (o orders) Add(ctx context.Context, reference string) error {
	_, err := o.db.Exec(ctx, "INSERT INTO orders (reference) VALUES (?)", reference)
	return err
}

func (o orders) AddGift(ctx context.Context, reference string) error {
	_, err := o.db.Exec(ctx, "INSERT INTO lines (order_id, device) "+
		"SELECT id, NULL FROM orders WHERE reference = ?", reference)
	return err
}

func service(engine *session.Engine) http.Handler {
	db := scoped.New(engine)
	store := orders{db} // made once; finds the session of each request in its context

	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		if err := store.Add(r.Context(), r.FormValue("reference")); err != nil {
			http.Error(w, "no", http.StatusInternalServerError) // rolls back
			return
		}
		w.WriteHeader(http.StatusCreated) // commits; if that fails, the client gets a 500
	})
	handler := scopedhttp.Middleware(db, scopedhttp.Options{})(mux)
	return handler
}

func savepoint(ctx context.Context, db *scoped.Registry, store orders) error {
	if err := store.Add(ctx, "A-17"); err != nil {
		return err
	}
	err := db.Nested(ctx, func(ctx context.Context) error {
		return store.AddGift(ctx, "A-17")
	})
	if session.IsConstraint(err) {
		err = nil // then without a gift: the order is still there
	}
	return err
}

func queue(ctx context.Context, s *session.Session, id int64, devices []string) error {
	for _, device := range devices {
		if err := s.Queue("INSERT INTO lines (order_id, device) VALUES (?, ?)", id, device); err != nil {
			return err // the arguments do not fit; nothing has been sent
		}
	}
	return s.Commit(ctx) // sends all of them and COMMIT; an error of any of them is here
}

func results(ctx context.Context, q session.Querier) error {
	type Order struct {
		ID        int64
		Reference string
		Note      *string `db:"remark"` // NULL is nil
	}
	n, err := session.One[int](ctx, q, "SELECT count(*) FROM orders")
	if err != nil {
		return err
	}
	all, err := session.Collect[Order](ctx, q, "SELECT id, reference, remark FROM orders")
	if err != nil {
		return err
	}
	for o, err := range session.Each[Order](ctx, q,
		"SELECT id, reference, remark FROM orders WHERE reference LIKE :prefix || '%'",
		session.Named{"prefix": "A-"}) { // leaving the loop closes the rows
		if err != nil {
			return err
		}
		fmt.Println(o.ID, o.Reference)
	}
	fmt.Println(n, len(all))
	return nil
}

func errorsByKind(err error) string {
	switch session.KindOf(err) {
	case session.KindUnique:
		return "there is one already"
	case session.KindForeignKey, session.KindCheck, session.KindNotNull:
		return "it does not fit"
	}
	var e *session.Error
	switch {
	case errors.Is(err, session.ErrCommitUnknown):
		return "it may or may not have happened: look before you try again"
	case session.IsRetryable(err):
		return "run the whole unit of work again"
	case errors.As(err, &e):
		return e.Code + " " + e.Constraint // and e.Err is the driver's own error
	}
	return "not the database's"
}

func runSync(ctx context.Context, engine *session.Engine) error {
	return engine.RunSync(ctx, "add remarks", func(ctx context.Context, c *session.SyncConn) error {
		if _, err := c.Exec(ctx, "ALTER TABLE orders ADD COLUMN remark TEXT"); err != nil {
			return err
		}
		_, err := c.Exec(ctx, "UPDATE orders SET remark = 'old'")
		return err
	})
}

// adopt is compiled, not run: it needs a server.
func adopt(ctx context.Context, pool *pgxpool.Pool, rows [][]any) error {
	engine, err := session.New(postgres.Adopt(pool), session.Options{})
	if err != nil {
		return err
	}
	return engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		if _, err := s.Exec(ctx, "DELETE FROM prices"); err != nil {
			return err
		}
		return session.Native(ctx, s, func(conn *pgx.Conn) error { // in the same transaction
			_, err := conn.CopyFrom(ctx, pgx.Identifier{"prices"},
				[]string{"device", "cents"}, pgx.CopyFromRows(rows))
			return err
		})
	})
}

func open(ctx context.Context) *session.Engine {
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	if err != nil {
		panic(err)
	}
	err = engine.RunSync(ctx, "create", func(ctx context.Context, c *session.SyncConn) error {
		if _, err := c.Exec(ctx, `CREATE TABLE orders (
			id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE)`); err != nil {
			return err
		}
		_, err := c.Exec(ctx, `CREATE TABLE lines (
			order_id INTEGER NOT NULL REFERENCES orders (id), device TEXT NOT NULL)`)
		return err
	})
	if err != nil {
		panic(err)
	}
	return engine
}

func count(ctx context.Context, engine *session.Engine, table string) (n int) {
	_ = engine.Do(ctx, func(ctx context.Context, s *session.Session) (err error) {
		n, err = session.One[int](ctx, s, "SELECT count(*) FROM "+table)
		return err
	})
	return n
}

func Example_do() {
	ctx := context.Background()
	engine := open(ctx)
	defer engine.Close(ctx)
	fmt.Println(placeOrder(ctx, engine, "A-17", "Voodoo 3"))
	err := placeOrder(ctx, engine, "A-17", "Voodoo 3")
	fmt.Println(errorsByKind(err), count(ctx, engine, "orders"), count(ctx, engine, "lines"))
	// Output:
	// <nil>
	// there is one already 1 1
}

func Example_middleware() {
	ctx := context.Background()
	engine := open(ctx)
	defer engine.Close(ctx)
	handler := service(engine)
	for range 2 {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("POST", "/orders?reference=A-17", nil))
		fmt.Println(w.Code, count(ctx, engine, "orders"))
	}
	// Output:
	// 201 1
	// 500 1
}

func Example_savepoint() {
	ctx := context.Background()
	engine := open(ctx)
	defer engine.Close(ctx)
	db := scoped.New(engine)
	err := db.Do(ctx, func(ctx context.Context) error { return savepoint(ctx, db, orders{db}) })
	fmt.Println(err, count(ctx, engine, "orders"), count(ctx, engine, "lines"))
	// Output:
	// <nil> 1 0
}

func Example_queue() {
	ctx := context.Background()
	engine := open(ctx)
	defer engine.Close(ctx)
	if err := placeOrder(ctx, engine, "A-17", "Voodoo 3"); err != nil {
		panic(err)
	}
	s := engine.Session()
	defer s.Close()
	fmt.Println(queue(ctx, s, 1, []string{"ET6000", "X-Fi"}), count(ctx, engine, "lines"))
	err := queue(ctx, s, 99, []string{"ET6000", "X-Fi"})
	fmt.Println(errorsByKind(err), count(ctx, engine, "lines"))
	// Output:
	// <nil> 3
	// it does not fit 3
}

func Example_results() {
	ctx := context.Background()
	engine := open(ctx)
	defer engine.Close(ctx)
	fmt.Println(placeOrder(ctx, engine, "A-17", "Voodoo 3"), placeOrder(ctx, engine, "B-4", "X-Fi"))
	fmt.Println(runSync(ctx, engine))
	_ = engine.Do(ctx, func(ctx context.Context, s *session.Session) error { return results(ctx, s) })
	// Output:
	// <nil> <nil>
	// <nil>
	// 1 A-17
	// 2 2
}
