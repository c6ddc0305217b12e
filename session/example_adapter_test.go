package session_test

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session"
)

// What follows is for packages that make the session look like another library.

func ExampleSession_SavepointFor() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		short, cancel := context.WithCancel(ctx)
		part, err := s.SavepointFor(short)
		check(err)
		_, err = s.Exec(ctx, "DELETE FROM pet")
		check(err)
		cancel() // the next statement finds the part undone
		n, err := session.One[int](ctx, s, "SELECT count(*) FROM pet")
		fmt.Println(n, "pets, ended:", part.Ended())
		return err
	}))
	// Output: 2 pets, ended: true
}

func ExampleRows_Share() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		rows, err := s.Query(ctx, "SELECT name FROM pet ORDER BY name")
		check(err)
		var rest []driver.Value
		rows.Share(func(r drivers.Rows) error {
			for row := make([]driver.Value, 1); r.Next(); {
				check(session.DriverValues(r, row))
				rest = append(rest, row[0])
			}
			return r.Err()
		})
		rows.Next()
		_, err = s.Exec(ctx, "UPDATE pet SET born = 2000") // while the rows are open
		fmt.Println(rest, err)
		return err
	}))
	// Output: [Blaise] <nil>
}

func ExampleNativeQuery() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := session.NativeQuery(ctx, s, "a bad one",
			func(ctx context.Context, c driver.ExecerContext) (drivers.Rows, error) {
				_, err := c.ExecContext(ctx, "UPDATE pet SET name = NULL, born = nothing", nil)
				return nil, err
			})
		fmt.Println(session.KindOf(err))
		return nil
	}))
	// Output: syntax
}
