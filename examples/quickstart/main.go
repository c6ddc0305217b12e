// Command quickstart shows sqlscope at work, and checks it: a small shop on an
// embedded SQLite database, in which every HTTP request has a database session
// of its own that is committed or rolled back before its answer.
//
// It creates a schema, loads some thousands of rows of real data, serves HTTP on
// a loopback port, sends itself some hundreds of requests at once, of which many
// fail, panic, violate a constraint or lose their client, and then compares what
// the clients were told with what the database holds. It ends by itself, with
// exit code 1 if the books do not balance. It needs no server and no cgo:
//
//	go run ./examples/quickstart
//
// Read handlers.go and store.go first: they are what an application looks like.
// server.go puts it together; the other files are about the experiment.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// limit is how long the program may take in all; it needs about a second.
const limit = time.Minute

func main() { os.Exit(exitCode(os.Stdout, os.Stderr, nil)) }

// exitCode runs the program and says on errs why the code is not 0.
func exitCode(out, errs io.Writer, sabotage saboteur) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, out, sabotage); err != nil {
		fmt.Fprintln(errs, "quickstart:", err)
		return 1
	}
	fmt.Fprintln(out, "The books balance: orders that were confirmed are kept, "+
		"those that were refused are not.")
	return 0
}

// saboteur makes a handler that does what handlers must not do, so that a test
// can see that the books notice.
type saboteur func(*session.Engine, http.Handler) http.Handler

// run does everything in a folder that it removes, and prints the account to
// out. The error says how the books do not balance.
func run(ctx context.Context, out io.Writer, sabotage saboteur) (err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	dir, err := os.MkdirTemp("", "sqlscope-quickstart-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var b books
	if err := b.keep(ctx, filepath.Join(dir, "shop.db"), sabotage); err != nil {
		return err
	}
	b.print(out)
	return b.check()
}

// keep lets the shop trade and writes everything down.
func (b *books) keep(ctx context.Context, file string, sabotage saboteur) error {
	if err := trade(ctx, file, b, sabotage); err != nil {
		return err
	}
	return b.readDatabase(ctx, file)
}
