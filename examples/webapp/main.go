// Command webapp is an order desk: a small service with pages to click and a
// JSON API, as an application would be written with sqlscope.
//
//	go run ./examples/webapp
//
// It listens on 127.0.0.1:8080, or on ADDRESS, and keeps its data in a SQLite
// file in the current folder, or where DATABASE_URL says: postgres://… and
// mysql://… work as well.
//
// Where to look: products.go and orders.go are repositories, and never see a
// transaction. desk.go is what the service does with them. pages.go and api.go
// answer requests, app.go puts all of it together, schema.go brings the database
// up to date. journal.go collects what the
// page /requests shows.
package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	// headerTime is how long a client may take for a request's header.
	headerTime = 10 * time.Second
	// graceTime is how long requests may take that are under way at the end.
	graceTime = 15 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	address := cmp.Or(os.Getenv("ADDRESS"), "127.0.0.1:8080")
	database := cmp.Or(os.Getenv("DATABASE_URL"), "sqlite:///webapp.db")
	if err := run(ctx, database, address, announce); err != nil {
		slog.Error("webapp", "error", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

func announce(address net.Addr) { slog.Info("open this", "url", "http://"+address.String()) }

// run serves until ctx ends, and then until the requests under way are
// answered. ready is told where.
func run(ctx context.Context, database, address string, ready func(net.Addr)) (err error) {
	app, err := open(ctx, database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.close()) }()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: app.handler(), ReadHeaderTimeout: headerTime}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	ready(listener.Addr())
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceTime)
	defer cancel()
	err = server.Shutdown(grace)
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
