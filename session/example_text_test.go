package session_test

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// A question mark is a placeholder, unless the statement is taken as it is.
func ExampleVerbatim() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		name, err := session.One[string](ctx, s, "SELECT name FROM pet WHERE born < ?2 AND born > ?1",
			session.Verbatim{2000, 2020}) // SQLite's own placeholders
		fmt.Println(name, err)

		_, err = s.ExecText(ctx, "INSERT INTO pet (name) VALUES ('who?')")
		return err
	}))
	// Output: Ada <nil>
}

// A column's type is what the database tells of it.
func ExampleRows_ColumnType() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		rows, err := s.Query(ctx, "SELECT name, born FROM pet ORDER BY id")
		if err != nil {
			return err
		}
		defer rows.Close()
		for i, name := range rows.Columns() {
			fmt.Println(name, rows.ColumnType(i).Name)
		}
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				return err
			}
			fmt.Printf("%v %T\n", values, values[1])
		}
		return rows.Err()
	}))
	// Output:
	// name TEXT
	// born INT
	// [Ada 2015] int64
	// [Blaise 2023] int64
}

// An adapter hands rows on as database/sql's drivers do.
func ExampleRows_DriverValues() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		rows, err := s.Query(ctx, "SELECT name, born FROM pet WHERE id = ?", 1)
		if err != nil {
			return err
		}
		defer rows.Close()
		dest := make([]driver.Value, len(rows.Columns()))
		for rows.Next() {
			if err := rows.DriverValues(dest); err != nil {
				return err
			}
			fmt.Println(dest)
		}
		return rows.Err()
	}))
	// Output: [Ada 2015]
}

// A Querier of your own that hands statements on, to count them for example,
// keeps the fast way for many rows by being a ManyExecer as well.
func ExampleManyExecer() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		var q session.Querier = s
		many, ok := q.(session.ManyExecer)
		fmt.Println(ok)
		res, err := many.ExecMany(ctx, "UPDATE pet SET born = ? WHERE name = ?",
			slices.Values([][]any{{2016, "Ada"}, {2024, "Blaise"}}))
		fmt.Println(res.RowsAffected)
		return err
	}))
	// Output:
	// true
	// 2
}

// On networks whose firewalls drop idle connections in silence, those that were
// idle are asked for a sign of life before they are used.
func ExamplePrePing() {
	ctx := context.Background()
	engine := openPets(session.Options{PrePing: session.PingIfIdle})
	defer engine.Close(ctx)
	fmt.Println(engine.Ping(ctx))
	// Output: <nil>
}

// What the engine gives to transactions that ask for nothing else.
func ExampleEngine_TxOptions() {
	ctx := context.Background()
	engine := openPets(session.Options{Tx: session.TxOptions{LockTimeout: 2 * time.Second}})
	defer engine.Close(ctx)
	fmt.Println(engine.TxOptions().LockTimeout)
	// Output: 2s
}

func ExampleRetry_Validate() {
	retry := session.Retry{Wait: -time.Second}
	fmt.Println(retry.Validate() != nil)
	// Output: true
}
