package session_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/session"
)

// A statement that failed has failed the transaction, whatever is done with its
// error: ErrTxFailed is what comes next, and what Commit returns.
func Example_failed() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	s := engine.Session()
	_, err := s.Exec(ctx, "INSERT INTO pet (name) VALUES ('Ada')")
	fmt.Println(session.KindOf(err))
	_, err = s.Exec(ctx, "DELETE FROM pet")
	fmt.Println(errors.Is(err, session.ErrTxFailed), session.KindOf(err)) // the first cause
	_, advice, _ := strings.Cut(err.Error(), "; ")
	fmt.Println(advice)
	err = s.Commit(ctx)
	fmt.Println(errors.Is(err, session.ErrTxFailed), s.State())

	check(s.Close())
	_, err = s.Exec(ctx, "DELETE FROM pet")
	fmt.Println(errors.Is(err, session.ErrClosed))
	// Output:
	// unique
	// true unique
	// what may fail alone goes into a savepoint (Nested)
	// true idle
	// true
}

// A transaction that a statement has ended is not rolled back: what came before is
// done. So does DDL end one on MySQL, and a COMMIT written by hand anywhere.
func Example_ended() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	s := engine.Session()
	defer s.Close()
	_, err := s.Exec(ctx, "INSERT INTO pet (name) VALUES ('Bo')")
	check(err)
	_, err = s.Exec(ctx, "COMMIT")
	fmt.Println(errors.Is(err, session.ErrTxEnded))
	_, err = s.Exec(ctx, "DELETE FROM pet") // never runs outside of a transaction
	fmt.Println(errors.Is(err, session.ErrTxFailed))
	check(s.Rollback(ctx))
	n, err := session.One[int](ctx, s, "SELECT count(*) FROM pet WHERE name = 'Bo'")
	fmt.Println(n, err)
	// Output:
	// true
	// true
	// 1 <nil>
}

// A client must not be told that an order failed when nobody knows whether it
// did. ErrCommitUnknown comes when the connection is lost between COMMIT and its
// answer; ErrImplicitCommit when DDL has failed where it commits what came before.
func Example_commitUnknown() {
	answer := func(err error) string {
		switch {
		case errors.Is(err, session.ErrCommitUnknown):
			return "look whether it is there before you try again"
		case errors.Is(err, session.ErrImplicitCommit):
			return "a part is there"
		case session.IsRetryable(err):
			return "try again"
		case err != nil:
			return "it was refused"
		}
		return "it is done"
	}
	lost := &session.Error{Kind: session.KindConnLost, Op: "commit", Err: errors.New("reset by peer")}
	fmt.Println(answer(fmt.Errorf("%w: %w", session.ErrCommitUnknown, lost)))
	fmt.Println(answer(lost)) // in front of COMMIT: nothing was kept
	late := &session.Error{Kind: session.KindLockTimeout, Op: "exec", Err: errors.New("ALTER TABLE pet: waited too long")}
	fmt.Println(answer(fmt.Errorf("%w: %w", session.ErrImplicitCommit, late)))
	// Output:
	// look whether it is there before you try again
	// try again
	// a part is there
}

// A session is one goroutine's. The second one is told where both are.
func Example_concurrentUse() {
	ctx := context.Background()
	inside, told := make(chan bool), make(chan bool)
	engine := openPets(session.Options{Observer: &session.Observer{
		Start: func(ctx context.Context, e session.Event) context.Context {
			if e.SQL == "DELETE FROM pet" { // which takes its time
				inside <- true
				<-told
			}
			return ctx
		},
	}})
	defer engine.Close(ctx)
	s := engine.Session()
	defer s.Close()
	done := make(chan error)
	go func() {
		_, err := s.Exec(ctx, "DELETE FROM pet")
		done <- err
	}()
	<-inside
	_, err := s.Exec(ctx, "UPDATE pet SET born = 2000")
	fmt.Println(errors.Is(err, session.ErrConcurrentUse))
	fmt.Println(strings.Count(err.Error(), "example_error_test.go"), "places")
	told <- true
	fmt.Println(<-done)
	// Output:
	// true
	// 2 places
	// <nil>
}

// Rows occupy the session until they are closed.
func Example_rowsOpen() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	s := engine.Session()
	defer s.Close()
	rows, err := s.Query(ctx, "SELECT name FROM pet")
	check(err)
	_, err = s.Exec(ctx, "DELETE FROM pet")
	fmt.Println(errors.Is(err, session.ErrRowsOpen))
	what, todo, _ := strings.Cut(err.Error(), ": close ")
	fmt.Println(what)
	fmt.Println("close", todo)
	check(rows.Close())
	fmt.Println(s.Commit(ctx))
	// Output:
	// true
	// session: rows of an earlier query are still open
	// close those of "SELECT name FROM pet" first, or read them with Collect
	// <nil>
}

// The error of a wait for a connection names those who have them.
func Example_poolTimeout() {
	ctx := context.Background()
	engine := openPets(session.Options{AcquireTimeout: time.Millisecond}) // in memory: one connection
	defer engine.Close(ctx)
	s := engine.Session()
	defer s.Close()
	_, err := s.Exec(ctx, "DELETE FROM pet")
	check(err)

	err = engine.Ping(ctx)
	fmt.Println(errors.Is(err, session.ErrPoolTimeout))
	first, holders, _ := strings.Cut(err.Error(), "\n")
	fmt.Println(first)
	fmt.Println(strings.Contains(holders, "example_error_test.go"))
	// Output:
	// true
	// session: no connection became free in time: waited 1ms; 1 of 1 connections in use, held longest first:
	// true
}

// Code that begins a transaction of its own inside of another one has to end it.
func Example_savepointOpen() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	err := engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		sp, err := s.SavepointFor(ctx)
		if err != nil {
			return err
		}
		_, err = sp.Exec(ctx, "DELETE FROM pet")
		return err // and sp is neither released nor rolled back
	})
	fmt.Println(errors.Is(err, session.ErrSavepointOpen))
	// Output: true
}

// Nothing is cut off or guessed: what does not fit is an error that names the
// column.
func Example_scan() {
	ctx := context.Background()
	engine := openPets(session.Options{})
	defer engine.Close(ctx)
	err := engine.Do(ctx, func(ctx context.Context, s *session.Session) error {
		_, err := session.One[int8](ctx, s, "SELECT born FROM pet WHERE name = 'Ada'")
		return err
	})
	fmt.Println(errors.Is(err, session.ErrScan), strings.Contains(err.Error(), `"born"`))
	// Output: true true
}

// Migrations that find others at work wait for them, and say who it was if that
// takes too long. ErrLockLost ends those whose own lock has gone with its
// connection.
func ExampleLockTimeoutError() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "pets")
	check(err)
	defer func() { check(os.RemoveAll(dir)) }()
	url := "sqlite:///" + filepath.ToSlash(dir) + "/pets.db"
	engine, err := session.Open(ctx, url, session.Options{}, sqlite.Driver)
	check(err)
	defer engine.Close(ctx)

	others := make(chan error)
	at, wait := make(chan bool), make(chan bool)
	go func() {
		others <- engine.RunSync(ctx, "pets", func(context.Context, *session.SyncConn) error {
			at <- true
			<-wait
			return nil
		})
	}()
	<-at
	err = engine.RunSync(ctx, "pets", func(context.Context, *session.SyncConn) error { return nil },
		session.SyncOptions{LockWait: 10 * time.Millisecond})
	var timeout *session.LockTimeoutError
	fmt.Println(errors.As(err, &timeout), errors.Is(err, session.ErrLockLost))
	fmt.Println(timeout.Name, timeout.Waited >= 10*time.Millisecond)
	wait <- true
	fmt.Println(<-others)
	// Output:
	// true false
	// pets true
	// <nil>
}
