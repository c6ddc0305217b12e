package scopedgrpc_test

import (
	"context"
	"fmt"
	"log/slog"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedgrpc"
	"github.com/sqlscope/sqlscope/session"
)

var info = grpc.UnaryServerInfo{FullMethod: "/shop.Orders/Create"}

// shop opens a database in memory. An order's customer is looked for when it is
// committed, not when it is written.
func shop(ctx context.Context) (*session.Engine, *scoped.Registry) {
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	check(err)
	check(engine.RunSync(ctx, "schema", func(ctx context.Context, c *session.SyncConn) error {
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
	}))
	return engine, scoped.New(engine)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// The second order is for somebody who is no customer, which comes out at
// COMMIT: after the handler has returned its reply.
func ExampleUnaryServerInterceptor() {
	ctx := context.Background()
	engine, registry := shop(ctx)
	defer engine.Close(ctx)

	intercept := scopedgrpc.UnaryServerInterceptor(registry, scopedgrpc.Options{
		Logger: slog.New(slog.DiscardHandler),
	}) // for grpc.UnaryInterceptor or grpc.ChainUnaryInterceptor
	order := func(ctx context.Context, customer any) (any, error) {
		_, err := registry.Exec(ctx, "INSERT INTO orders (customer) VALUES (?)", customer)
		return "ordered", err
	}
	for _, customer := range []string{"ada", "nobody"} {
		reply, err := intercept(ctx, customer, &info, order)
		fmt.Printf("%v, %v %q\n", reply, status.Code(err), status.Convert(err).Message())
	}
	// Output:
	// ordered, OK ""
	// <nil>, FailedPrecondition "the transaction was not committed"
}

// messages is a client that prints what it is sent.
type messages struct {
	grpc.ServerStream
	ctx context.Context
}

func (m messages) Context() context.Context { return m.ctx }
func (m messages) SendMsg(text any) error   { fmt.Println(text); return nil }

func ExampleStreamServerInterceptor() {
	ctx := context.Background()
	engine, registry := shop(ctx)
	defer engine.Close(ctx)

	intercept := scopedgrpc.StreamServerInterceptor(registry, scopedgrpc.Options{})
	watch := func(_ any, stream grpc.ServerStream) error {
		names, err := session.Collect[string](stream.Context(), registry, "SELECT name FROM customers")
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := stream.SendMsg(name); err != nil { // the first one commits
				return err
			}
		}
		return nil
	}
	err := intercept(nil, messages{ctx: ctx}, &grpc.StreamServerInfo{FullMethod: "/shop.Customers/Watch"}, watch)
	fmt.Println(status.Code(err))
	// Output:
	// ada
	// OK
}

// A tenant's calls see what the database lets the tenant see, and those that
// only look may not write.
func ExampleOptions() {
	tx := func(ctx context.Context, method string) session.TxOptions {
		md, _ := metadata.FromIncomingContext(ctx)
		var opts session.TxOptions
		for _, tenant := range md.Get("tenant") {
			opts.Settings = session.Setting("app.tenant", tenant)
		}
		opts.ReadOnly = method == "/shop.Orders/List"
		return opts
	}
	opts := scopedgrpc.Options{Tx: tx, Retry: &session.Retry{Attempts: 3}}
	ctx := metadata.NewIncomingContext(context.Background(), metadata.Pairs("tenant", "acme"))
	fmt.Println(opts.Tx(ctx, "/shop.Orders/List").Settings.Get("app.tenant"))
	// Output:
	// acme true
}

// A handler that asks the database may answer with its code, and its own words.
func ExampleCode() {
	ctx := context.Background()
	engine, registry := shop(ctx)
	defer engine.Close(ctx)

	err := registry.Do(ctx, func(ctx context.Context) error {
		_, err := registry.Exec(ctx, "INSERT INTO customers VALUES ('ada')")
		return err
	})
	fmt.Println(status.Error(scopedgrpc.Code(err), "ada is a customer already"))
	// Output:
	// rpc error: code = AlreadyExists desc = ada is a customer already
}
