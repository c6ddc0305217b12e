package session_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// contended opens a database where the first n commits meet another one's.
func contended(n int) *session.Engine {
	db := fakedriver.New(fakedriver.Options{})
	for range n {
		db.Once("commit", fakedriver.Reaction{Err: fakedriver.Errorf(drivers.KindSerialization, "try again")})
	}
	engine, err := session.Open(context.Background(), "fake:", session.Options{}, db.Driver())
	check(err)
	return engine
}

func ExampleRetry() {
	ctx := context.Background()
	engine := contended(2)
	defer engine.Close(ctx)
	tries := 0
	err := engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		tries++
		check(s.OnCommit(func(context.Context) { fmt.Println("committed") })) // of the last try only
		_, err := session.One[int](ctx, s, "SELECT 1")
		return err
	}, session.Retry{})
	fmt.Println(tries, "tries:", err)
	// Output:
	// committed
	// 3 tries: <nil>
}

// Options of both kinds: what the transaction is to be, and what to do when it
// fails.
func ExampleOption() {
	ctx := context.Background()
	engine := contended(5)
	defer engine.Close(ctx)
	err := engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := session.One[int](ctx, s, "SELECT 1")
		return err
	}, session.TxOptions{Isolation: session.Serializable}, session.Retry{Attempts: 2})
	fmt.Println(session.IsRetryable(err), err)
	// Output:
	// true session: gave up after 2 tries: session: commit: serialization: fake: try again
}

func ExampleEngine_Retry() {
	ctx := context.Background()
	engine := contended(1)
	defer engine.Close(ctx)
	tries := 0
	err := engine.Retry(ctx, session.Retry{}, func(ctx context.Context, s *session.Session) error {
		tries++
		_, err := session.One[int](ctx, s, "SELECT 1")
		return errors.Join(err, s.Commit(ctx))
	})
	fmt.Println(tries, "tries:", err)
	// Output: 2 tries: <nil>
}

// On PostgreSQL a policy reads the variable with
// current_setting('app.tenant', true); this database has a function of its own.
func ExampleSetting() {
	ctx := context.Background()
	engine := contended(0)
	defer engine.Close(ctx)
	read := func(ctx context.Context, s *session.Session) error {
		tenant, err := session.One[string](ctx, s, "SELECT setting('app.tenant')")
		fmt.Printf("%q\n", tenant)
		return err
	}
	check(engine.Do(ctx, read, session.TxOptions{Settings: session.Setting("app.tenant", "O'Brien")}))
	check(engine.Do(ctx, read)) // the next request
	// Output:
	// "O'Brien"
	// ""
}

func ExampleEngine_Sandbox() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	count := func(e *session.Engine) {
		check(e.Do(ctx, func(ctx context.Context, s *session.Session) error {
			n, err := session.One[int](ctx, s, "SELECT count(*) FROM pet")
			fmt.Println(n)
			return err
		}))
	}
	box, err := engine.Sandbox(session.SandboxOptions{})
	check(err)
	check(box.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "DELETE FROM pet")
		return err
	}))
	count(box)
	check(box.Close(ctx))
	count(engine)
	// Output:
	// 0
	// 2
}

func ExampleEngine_Room() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	fmt.Println(engine.Room(ctx)) // in memory there is one connection
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := session.One[int](ctx, s, "SELECT count(*) FROM pet")
		fmt.Println(engine.Room(ctx))
		fmt.Println(engine.Room(session.Detach(ctx))) // a goroutine that nobody here waits for
		return err
	}))
	// Output:
	// 1
	// 0
	// 1
}

func ExampleSavepoint_End() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		sp, err := s.Savepoint()
		check(err)
		_, err = sp.Exec(ctx, "INSERT INTO pet (nothing) VALUES (1)")
		fmt.Println(session.KindOf(sp.End(err))) // undone alone
		return nil
	}))
	// Output: syntax
}
