package session_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/session"
)

func ExampleCollect() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		pets, err := session.Collect[Pet](ctx, s, "SELECT id, name, born FROM pet ORDER BY id")
		fmt.Println(pets, err)
		names, err := session.Collect[string](ctx, s, "SELECT name FROM pet WHERE born > ?", 2020)
		fmt.Println(names, err)
		maps, err := session.Collect[map[string]any](ctx, s, "SELECT name, born FROM pet WHERE id = 1")
		fmt.Println(maps, err)
		_, err = session.Collect[Pet](ctx, s, "SELECT id, 'meow' AS cry FROM pet")
		fmt.Println(err)
		return nil
	}))
	// Output:
	// [{1 Ada 2015} {2 Blaise 2023}] <nil>
	// [Blaise] <nil>
	// [map[born:2015 name:Ada]] <nil>
	// session: row does not fit its destination: column "cry" has no field in session_test.Pet, which knows id, name, born
}

func ExampleOne() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		pet, err := session.One[Pet](ctx, s, "SELECT id, name FROM pet WHERE name = ?", "Ada")
		fmt.Println(pet.ID, pet.Name, err)
		_, err = session.One[Pet](ctx, s, "SELECT id, name FROM pet WHERE name = ?", "Grace")
		fmt.Println(errors.Is(err, session.ErrNoRows))
		_, err = session.One[Pet](ctx, s, "SELECT id, name FROM pet")
		fmt.Println(errors.Is(err, session.ErrManyRows))
		return nil
	}))
	// Output:
	// 1 Ada <nil>
	// true
	// true
}

func ExampleEach() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		for pet, err := range session.Each[Pet](ctx, s, "SELECT id, name, born FROM pet ORDER BY id") {
			if err != nil {
				return err
			}
			fmt.Println(pet.Name)
			break // closes the rows
		}
		return nil
	}))
	// Output: Ada
}

func ExampleNamed() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "UPDATE pet SET born = :year WHERE name = :name OR born < :year",
			session.Named{"name": "Blaise", "year": 2016})
		check(err)
		years, err := session.Collect[int](ctx, s, "SELECT born FROM pet")
		fmt.Println(years, err)
		_, err = s.Exec(ctx, "DELETE FROM pet WHERE name = :name", session.Named{"nmae": "Ada"})
		fmt.Println(err)
		return nil
	}))
	// Output:
	// [2016 2016] <nil>
	// session: arguments do not fit the statement: no value for :name in [DELETE FROM pet WHERE name = :name]
}

// Rows are for those who want to read by hand.
func ExampleSession_Query() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		rows, err := s.Query(ctx, "SELECT name, born FROM pet ORDER BY id")
		if err != nil {
			return err
		}
		defer rows.Close()
		fmt.Println(rows.Columns())
		for rows.Next() {
			var name string
			var born int
			if err := rows.Scan(&name, &born); err != nil {
				return err
			}
			fmt.Println(name, born)
		}
		return rows.Err()
	}))
	// Output:
	// [name born]
	// Ada 2015
	// Blaise 2023
}

// A repository that is written once works with a session, a savepoint, a
// scoped registry and the connection of RunSync.
func ExampleQuerier() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	oldest := func(ctx context.Context, q session.Querier) (string, error) {
		return session.One[string](ctx, q, "SELECT name FROM pet ORDER BY born LIMIT 1")
	}
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		fmt.Println(oldest(ctx, s))
		return s.Nested(ctx, func(ctx context.Context, sp *session.Savepoint) error {
			fmt.Println(oldest(ctx, sp))
			return nil
		})
	}))
	// Output:
	// Ada <nil>
	// Ada <nil>
}
