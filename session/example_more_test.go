package session_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sqlscope/sqlscope/session"
)

// Native code runs on the client library's own connection, inside the session's
// transaction. What type that is stands in the driver's documentation.
func ExampleNative() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		return session.Native(ctx, s, func(c driver.ExecerContext) error {
			res, err := c.ExecContext(ctx, "UPDATE pet SET born = 2000", nil)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			fmt.Println(n, "rows")
			return err
		})
	}))
	// Output: 2 rows
}

func ExampleEngine_RunSync() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	schema := func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, "CREATE TABLE owner (id INTEGER PRIMARY KEY)")
		if err == nil {
			_, err = c.Exec(ctx, "CREATE TABLE pet (id INTEGER)")
		}
		return err
	}
	// SQLite can roll DDL back, so all of it happens or nothing.
	err := engine.RunSync(ctx, "owners", schema)
	fmt.Println(session.KindOf(err))

	// Without a transaction the error says what did happen.
	err = engine.RunSync(ctx, "owners", schema, session.SyncOptions{NoTransaction: true})
	var partial *session.PartialError
	if errors.As(err, &partial) {
		fmt.Println("applied:", partial.Applied)
		fmt.Println("failed:", partial.Failed)
	}
	// Output:
	// syntax
	// applied: [CREATE TABLE owner (id INTEGER PRIMARY KEY)]
	// failed: CREATE TABLE pet (id INTEGER)
}

// Statements, transactions and statements that may fail, all under one lock.
func ExampleSyncConn_Do() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	check(engine.RunSync(ctx, "owners", func(ctx context.Context, c *session.SyncConn) error {
		fmt.Println("in a transaction:", c.InTransaction())
		err := c.Do(ctx, func(ctx context.Context, s *session.Session) error {
			_, err := s.Exec(ctx, "DELETE FROM pet")
			return errors.Join(err, errors.New("on second thoughts, no"))
		})
		fmt.Println(err)
		err = c.Apart(ctx, func(ctx context.Context, c *session.SyncConn) error {
			_, err := c.Exec(ctx, "DROP TABLE owner")
			return err
		})
		fmt.Println(session.KindOf(err))
		n, err := session.One[int](ctx, c, "SELECT count(*) FROM pet")
		fmt.Println(n, "pets are left")
		return err
	}, session.SyncOptions{NoTransaction: true}))
	// Output:
	// in a transaction: false
	// on second thoughts, no
	// syntax
	// 2 pets are left
}

// Code that is written for RunSync runs in a session's transaction as well.
func ExampleSession_RunSync() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	s := engine.Session()
	defer s.Close()
	check(s.RunSync(ctx, func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, "CREATE TABLE owner (id INTEGER PRIMARY KEY)")
		return err
	}))
	check(s.Rollback(ctx))
	_, err := s.Exec(ctx, "SELECT * FROM owner")
	fmt.Println(session.KindOf(err))
	// Output: syntax
}

func ExampleEngine_SyncHolder() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	holder, err := engine.SyncHolder(ctx, "owners")
	fmt.Println(holder == nil, err)
	// Output: true <nil>
}

// Only Postgres has COPY; elsewhere it is refused.
func ExampleSession_CopyIn() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	s := engine.Session()
	defer s.Close()
	_, err := s.CopyIn(ctx, "COPY pet FROM STDIN", strings.NewReader("3\tTom\n"))
	fmt.Println(errors.Is(err, session.ErrUnsupported))
	// Output: true
}

func ExampleKindOf() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	err := engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "INSERT INTO pet (name) VALUES (?)", "Ada")
		return err
	})
	var e *session.Error
	if session.KindOf(err) == session.KindUnique && errors.As(err, &e) {
		fmt.Println(e.Table, e.Column)
	}
	fmt.Println(session.IsConstraint(err), session.IsRetryable(err))
	// Output:
	// pet name
	// true false
}

// The whole unit of work is run again when the database says that this may help.
func ExampleIsRetryable() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	tries := 0
	work := func(ctx context.Context, s *session.Session) error {
		if tries++; tries < 3 { // what a database says of a deadlock
			return &session.Error{Kind: session.KindDeadlock, Op: "exec", Err: errors.New("deadlock")}
		}
		_, err := s.Exec(ctx, "UPDATE pet SET born = 2000")
		return err
	}
	err := engine.Do(ctx, work)
	for session.IsRetryable(err) && tries < 5 {
		err = engine.Do(ctx, work)
	}
	fmt.Println(tries, err)
	// Output: 3 <nil>
}

func ExampleObserver() {
	ctx := context.Background()
	type spanKey struct{}
	engine := openPets(session.Options{Observer: &session.Observer{
		Start: func(ctx context.Context, e session.Event) context.Context {
			return context.WithValue(ctx, spanKey{}, "span of "+e.Op)
		},
		End: func(ctx context.Context, e session.Event) {
			fmt.Println(ctx.Value(spanKey{}), e.SQL, e.Err)
		},
	}})
	defer engine.Close(ctx)
	fmt.Println("--")
	check(engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := s.Exec(ctx, "DELETE FROM pet")
		return err
	}))
	// Output:
	// span of exec CREATE TABLE pet (id INTEGER PRIMARY KEY, name TEXT UNIQUE, born INT) <nil>
	// span of exec INSERT INTO pet (name, born) VALUES ('Ada', 2015), ('Blaise', 2023) <nil>
	// span of commit  <nil>
	// --
	// span of exec DELETE FROM pet <nil>
	// span of commit  <nil>
}

func ExampleEngine_Stats() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	s := engine.Session()
	defer s.Close()
	_, err := s.Exec(ctx, "DELETE FROM pet")
	check(err)
	st := engine.Stats()
	fmt.Println(st.InUse, "in use,", st.Statements, "statements,", st.Commits, "commit")
	// Output: 1 in use, 3 statements, 1 commit
}

// Everything that contradicts itself is said at once.
func ExampleOptions_Validate() {
	opts := session.Options{MaxConns: 2, MinIdleConns: 4, LogArgs: true}
	fmt.Println(opts.Validate())
	// Output:
	// session: Options.MinIdleConns is 4; it must be between 0 and MaxConns (2)
	// session: Options.LogArgs is set without LogStatements
}

// The rows come from an iterator and are sent in parts, so that a million of
// them need never be in memory at the same time.
func ExampleExecMany() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	err := engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		res, err := session.ExecMany(ctx, s, "INSERT INTO pet (name, born) VALUES (?, ?)",
			func(yield func([]any) bool) {
				for i := range 10_000 {
					if !yield([]any{fmt.Sprint("puppy ", i), 2026}) {
						return
					}
				}
			})
		fmt.Println(res.RowsAffected)
		return err
	})
	check(err)
	// Output: 10000
}

// Rows that are there already go in as slices.Values.
func ExampleSession_ExecMany() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	s := engine.Session()
	defer s.Close()
	res, err := s.ExecMany(ctx, "UPDATE pet SET born = ? WHERE name = ?",
		slices.Values([][]any{{2001, "Ada"}, {2002, "Blaise"}}))
	fmt.Println(res.RowsAffected, err)

	_, err = s.ExecMany(ctx, "DELETE FROM pet WHERE name = ?", slices.Values([][]any{{"Ada"}, {}}))
	fmt.Println(errors.Is(err, session.ErrArguments), s.State())
	// Output:
	// 2 <nil>
	// true active
}

// An examination says what about a database may bite, why, and what to do.
func ExampleEngine_Examine() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	x, err := engine.Examine(ctx)
	check(err)
	fmt.Println(x.Product)
	for _, f := range x.Findings {
		fmt.Printf("%v: %s; %s.\nDo: %s.\n", f.Severity, f.What, f.Why, f.Do)
	}
	// Output:
	// SQLite
	// warning: the database is in memory; it ends with the process, and what was migrated with it.
	// Do: name a file: sqlite:///path/to/app.db.
}
