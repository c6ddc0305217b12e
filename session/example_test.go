package session_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/session"
)

// openPets opens a database in memory with two pets in it.
func openPets(opts session.Options) *session.Engine {
	ctx := context.Background()
	engine, err := session.Open(ctx, "sqlite://:memory:", opts, sqlite.Driver)
	check(err)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "CREATE TABLE pet (id INTEGER PRIMARY KEY, name TEXT UNIQUE, born INT)")
		check(err)
		_, err = s.Exec(ctx, "INSERT INTO pet (name, born) VALUES ('Ada', 2015), ('Blaise', 2023)")
		return err
	}))
	return engine
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Pet is a row of the examples.
type Pet struct {
	ID   int
	Name string
	Born int
}

func ExampleOpen() {
	ctx := context.Background()
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	check(err)
	defer engine.Close(ctx)
	fmt.Println("ping:", engine.Ping(ctx))

	_, err = session.Open(ctx, "postgres://localhost/app", session.Options{}, sqlite.Driver)
	fmt.Println(err)
	// Output:
	// ping: <nil>
	// session: no driver for scheme "postgres:"; the drivers given know sqlite:
}

// A pool that is there already, such as one that is shared with other code.
func ExampleNew() {
	ctx := context.Background()
	pool, err := sqlite.Driver.Open(ctx, drivers.Config{
		URL: "sqlite://:memory:", Pool: drivers.PoolOptions{MaxConns: 1}, Logger: slog.Default()})
	check(err)
	engine, err := session.New(pool, session.Options{})
	check(err)
	defer engine.Close(ctx)
	fmt.Println(engine.Describe().Driver, engine.Ping(ctx))
	// Output: sqlite <nil>
}

func ExampleEngine_Do() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	count := func() int {
		var n int
		check(engine.Do(ctx, func(ctx context.Context, s *session.Session) (err error) {
			n, err = session.One[int](ctx, s, "SELECT count(*) FROM pet")
			return err
		}))
		return n
	}
	fmt.Println(count(), "pets")

	err := engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		if _, err := s.Exec(ctx, "DELETE FROM pet"); err != nil {
			return err
		}
		return errors.New("changed my mind") // rolls back
	})
	fmt.Printf("%v: %d pets\n", err, count())

	err = engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "DELETE FROM pet WHERE name = ?", "Ada")
		return err // nil commits
	})
	fmt.Printf("%v: %d pet\n", err, count())
	// Output:
	// 2 pets
	// changed my mind: 2 pets
	// <nil>: 1 pet
}

// A session may be used by hand as well, for one transaction or for several.
func ExampleEngine_Session() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)

	s := engine.Session() // takes no connection
	defer s.Close()       // rolls back what is open
	fmt.Println(s.State())
	res, err := s.Exec(ctx, "UPDATE pet SET born = born + 1")
	check(err)
	fmt.Println(s.State(), res.RowsAffected)
	check(s.Commit(ctx))
	fmt.Println(s.State())
	// Output:
	// idle
	// active 2
	// idle
}

func ExampleSession_Begin() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	s := engine.Session()
	defer s.Close()

	check(s.Begin(session.TxOptions{ReadOnly: true})) // sends nothing
	_, err := s.Exec(ctx, "DELETE FROM pet")
	fmt.Println(session.KindOf(err))
	check(s.Rollback(ctx))

	res, err := s.Exec(ctx, "DELETE FROM pet") // the options were for one transaction
	fmt.Println(res.RowsAffected, err)

	err = s.Begin(session.TxOptions{ReadOnly: true})
	fmt.Println(errors.Is(err, session.ErrTxBegun))
	err = s.Begin(session.TxOptions{Isolation: session.RepeatableRead})
	fmt.Println(errors.Is(err, session.ErrUnsupported))
	// Output:
	// read-only
	// 2 <nil>
	// true
	// true
}

// What may fail alone goes into a savepoint.
func ExampleSession_Nested() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		for _, name := range []string{"Ada", "Grace"} {
			err := s.Nested(ctx, func(ctx context.Context, sp *session.Savepoint) error {
				_, err := sp.Exec(ctx, "INSERT INTO pet (name) VALUES (?)", name)
				return err
			})
			fmt.Println(name, session.IsConstraint(err))
		}
		names, err := session.Collect[string](ctx, s, "SELECT name FROM pet ORDER BY id")
		fmt.Println(names)
		return err
	}))
	// Output:
	// Ada true
	// Grace false
	// [Ada Blaise Grace]
}

func ExampleSession_Savepoint() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	s := engine.Session()
	defer s.Close()

	sp, err := s.Savepoint() // sends nothing
	check(err)
	_, err = sp.Exec(ctx, "DELETE FROM pet")
	check(err)
	check(sp.Rollback()) // or Release
	fmt.Println(session.One[int](ctx, s, "SELECT count(*) FROM pet"))
	check(s.Commit(ctx))
	// Output: 2 <nil>
}

// What a queued statement did is known when what it travelled with has been done.
func ExampleSession_QueueText() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	var gone session.Result
	err := engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		return s.QueueText("DELETE FROM pet WHERE name <> '?'", &gone)
	})
	fmt.Println(gone.RowsAffected > 0, err)
	// Output: true <nil>
}

// A queued statement takes no round trip of its own: it travels with the next
// statement, or with COMMIT, and its error surfaces there.
func ExampleSession_Queue() {
	ctx := context.Background()
	engine := openPets(session.Options{Observer: &session.Observer{
		End: func(_ context.Context, e session.Event) {
			if len(e.Along) > 0 {
				fmt.Println(strings.Join(e.Along, ", "), "and", e.Op)
			}
		},
	}})
	defer engine.Close(ctx)
	err := engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		return s.Queue("DELETE FROM pet WHERE name = ?", "Ada")
	})
	fmt.Println(err)
	err = engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		return s.Queue("DELETE FROM nothing")
	})
	fmt.Println(session.KindOf(err))
	// Output:
	// begin and exec
	// begin, DELETE FROM pet WHERE name = ? and commit
	// <nil>
	// begin, DELETE FROM nothing and commit
	// syntax
}

func ExampleSession_OnCommit() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	for _, result := range []error{nil, errors.New("no")} {
		_ = engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
			check(s.OnCommit(func(context.Context) { fmt.Println("send the mail") }))
			check(s.OnRollback(func(context.Context) { fmt.Println("forget the mail") }))
			_, err := s.Exec(ctx, "UPDATE pet SET born = 2020")
			return errors.Join(err, result)
		})
	}
	// Output:
	// send the mail
	// forget the mail
}

// The context of a session lets a wait that would never end be noticed: here a
// second session inside the first, on a database with a single connection.
func ExampleSession_Context() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	s := engine.Session()
	defer s.Close()
	inside := s.Context(ctx) // Engine.Do hands such a context to its function
	_, err := s.Exec(inside, "DELETE FROM pet")
	check(err)
	err = engine.Ping(inside)
	fmt.Println(errors.Is(err, session.ErrWouldDeadlock))
	// Output: true
}
