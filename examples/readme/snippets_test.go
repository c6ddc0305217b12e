package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/scoped/scopedtest"
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

// orders is a repository. It knows nothing of transactions.
type orders struct{ db session.Querier }

func (o orders) Add(ctx context.Context, reference string) error {
	_, err := o.db.Exec(ctx, "INSERT INTO orders (reference) VALUES (?)", reference)
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
	return scopedhttp.Middleware(db, scopedhttp.Options{})(mux)
}

func (o orders) AddGift(ctx context.Context, reference string) error {
	_, err := o.db.Exec(ctx, "INSERT INTO lines (order_id, device) "+
		"SELECT id, NULL FROM orders WHERE reference = ?", reference)
	return err
}

func addInScope(ctx context.Context, db *scoped.Registry, store orders) error {
	return db.Do(ctx, func(ctx context.Context) error {
		return store.Add(ctx, "A-17")
	}, session.TxOptions{Isolation: session.Serializable}, session.Retry{})
}

func countAtOnce(ctx context.Context, db *scoped.Registry, store orders) ([]int, error) {
	counts, err := scoped.Gather(ctx, db, []scoped.Func[int]{store.Count, store.CountLines},
		session.TxOptions{ReadOnly: true})
	return counts, err
}

func (o orders) CountLines(ctx context.Context) (int, error) {
	return session.One[int](ctx, o.db, "SELECT count(*) FROM lines")
}

// OfTenant is compiled, not run: SQLite has no settings of a transaction.
func OfTenant(db *scoped.Registry, mux http.Handler, tenantOf func(*http.Request) string) http.Handler {
	handler := scopedhttp.Middleware(db, scopedhttp.Options{
		Tx: func(r *http.Request) session.TxOptions {
			return session.TxOptions{Settings: session.Setting("app.tenant", tenantOf(r))}
		},
	})(mux)
	return handler
}

func TestSandbox(t *testing.T) {
	engine := open(t.Context())
	defer engine.Close(context.Background())
	db := scoped.New(engine)
	t.Run("in it", func(t *testing.T) {
		ctx := scopedtest.Sandbox(t, db)
		if err := addInScope(ctx, db, orders{db}); err != nil {
			t.Fatal(err)
		}
		scopedtest.Committed(t, ctx, 1)
	})
	if n := count(t.Context(), engine, "orders"); n != 0 {
		t.Errorf("%d orders are left", n)
	}
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

func manyRows(ctx context.Context, db session.Querier, catalogue iter.Seq2[string, int]) (int64, error) {
	res, err := session.ExecMany(ctx, db, "INSERT INTO prices (device, cents) VALUES (?, ?)",
		func(yield func([]any) bool) {
			for device, cents := range catalogue {
				if !yield([]any{device, cents}) {
					return
				}
			}
		})
	return res.RowsAffected, err
}

// Order is a row. NULL goes into a pointer.
type Order struct {
	ID        int64
	Reference string
	Note      *string `db:"remark"`
}

func (o orders) Count(ctx context.Context) (int, error) {
	return session.One[int](ctx, o.db, "SELECT count(*) FROM orders")
}

func (o orders) All(ctx context.Context) ([]Order, error) {
	return session.Collect[Order](ctx, o.db, "SELECT id, reference, remark FROM orders")
}

func (o orders) Print(ctx context.Context, prefix string) error {
	for order, err := range session.Each[Order](ctx, o.db,
		"SELECT id, reference, remark FROM orders WHERE reference LIKE :prefix || '%'",
		session.Named{"prefix": prefix}) { // leaving the loop closes the rows
		if err != nil {
			return err
		}
		fmt.Println(order.ID, order.Reference)
	}
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

// Adopt is compiled, not run: it needs a server.
func Adopt(ctx context.Context, pool *pgxpool.Pool, rows [][]any) error {
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

func TestRepositoryInASessionThatIsNeverCommitted(t *testing.T) {
	engine := open(t.Context())
	defer engine.Close(context.Background())
	func() {
		s := engine.Session()
		defer s.Close() // rolls back: the next test finds nothing of this one
		store := orders{s}
		if err := store.Add(t.Context(), "A-17"); err != nil {
			t.Fatal(err)
		}
	}()
	if n := count(t.Context(), engine, "orders"); n != 0 {
		t.Errorf("%d orders are left", n)
	}
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
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/orders?reference=A-17", nil))
		fmt.Println(w.Code, count(ctx, engine, "orders"))
	}
	// Output:
	// 201 1
	// 500 1
}

func Example_gather() {
	ctx := context.Background()
	engine := open(ctx)
	defer engine.Close(ctx)
	db := scoped.New(engine)
	fmt.Println(addInScope(ctx, db, orders{db}))
	fmt.Println(countAtOnce(ctx, db, orders{db}))
	// Output:
	// <nil>
	// [1 0] <nil>
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
	_ = engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		store := orders{s}
		n, err := store.Count(ctx)
		all, err2 := store.All(ctx)
		fmt.Println(n, err, len(all), *all[0].Note, err2)
		return store.Print(ctx, "A-")
	})
	// Output:
	// <nil> <nil>
	// <nil>
	// 2 <nil> 2 old <nil>
	// 1 A-17
}

func Example_manyRows() {
	ctx := context.Background()
	engine := open(ctx)
	defer engine.Close(ctx)
	_ = engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "CREATE TABLE prices (device TEXT, cents INT)")
		if err == nil {
			fmt.Println(manyRows(ctx, s, maps.All(map[string]int{"ET6000": 900, "X-Fi": 4000})))
		}
		return err
	})
	// Output: 2 <nil>
}
