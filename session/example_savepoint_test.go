package session_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sqlscope/sqlscope/session"
)

// A savepoint is used as its session is, and is a Querier too.
func ExampleSavepoint() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		sp, err := s.Savepoint()
		check(err)
		check(sp.Queue("INSERT INTO pet (name, born) VALUES (?, ?)", "Carl", 2020)) // with the next one
		res, err := sp.ExecMany(ctx, "INSERT INTO pet (name, born) VALUES (?, ?)",
			slices.Values([][]any{{"Dora", 2021}, {"Emil", 2022}}))
		fmt.Println(res.RowsAffected, err)
		rows, err := sp.Query(ctx, "SELECT name FROM pet WHERE born >= 2020 ORDER BY born")
		check(err)
		for rows.Next() {
			var name string
			check(rows.Scan(&name))
			fmt.Println(name)
		}
		check(rows.Close())
		return sp.Release()
	}))
	// Output:
	// 2 <nil>
	// Carl
	// Dora
	// Emil
	// Blaise
}

// What is inside of a savepoint that is rolled back goes with it, even what had
// been released.
func ExampleSavepoint_Nested() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		err := s.Nested(ctx, func(ctx context.Context, outer *session.Savepoint) error {
			err := outer.Nested(ctx, func(ctx context.Context, inner *session.Savepoint) error {
				_, err := inner.Exec(ctx, "DELETE FROM pet")
				return err
			})
			return errors.Join(err, errors.New("changed my mind"))
		})
		fmt.Println(err)
		n, err := session.One[int](ctx, s, "SELECT count(*) FROM pet")
		fmt.Println(n, "pets")
		return err
	}))
	// Output:
	// changed my mind
	// 2 pets
}

// The names are for reading the server's log.
func ExampleSavepoint_Name() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	s := engine.Session()
	defer s.Close()
	outer, err := s.Savepoint()
	check(err)
	inner, err := outer.Savepoint()
	check(err)
	fmt.Println(outer.Name(), inner.Name())
	check(outer.Rollback())
	fmt.Println(inner.Ended())
	// Output:
	// sqlscope_1 sqlscope_2
	// true
}
