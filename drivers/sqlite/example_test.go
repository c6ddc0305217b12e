package sqlite_test

import (
	"context"
	"fmt"
	"log"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/session"
)

// A database in memory needs no file and no server.
func Example() {
	ctx := context.Background()
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close(ctx)
	err = engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "CREATE TABLE pet (id INTEGER PRIMARY KEY, name TEXT)")
		if err != nil {
			return err
		}
		res, err := s.Exec(ctx, "INSERT INTO pet (name) VALUES (?), (?)", "Ada", "Blaise")
		if err != nil {
			return err
		}
		fmt.Println(res.RowsAffected, "rows, the last key is", res.LastInsertID)
		names, err := session.Collect[string](ctx, s, "SELECT name FROM pet ORDER BY name")
		fmt.Println(names)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// 2 rows, the last key is 2
	// [Ada Blaise]
}

// What is wrong with a URL is said at Open.
func Example_parameters() {
	ctx := context.Background()
	for _, url := range []string{
		"sqlite:///app.db?mode=sometimes",
		"sqlite:///app.db?foreign_keys=perhaps",
		"sqlite:app.db",
	} {
		_, err := session.Open(ctx, url, session.Options{}, sqlite.Driver)
		fmt.Println(err)
	}
	// Output:
	// sqlite: URL parameter mode=sometimes: must be one of rwc, rw, ro
	// sqlite: URL parameter foreign_keys=perhaps: must be on or off
	// sqlite: the URL must begin with sqlite://
}
