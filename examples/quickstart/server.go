package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
	"github.com/sqlscope/sqlscope/testdata/pciids"
)

// maxConns are one connection that writes and four that read.
const maxConns = 5

// quiet is the logger: in this program failures are what is shown, not news.
var quiet = slog.New(slog.DiscardHandler)

// open opens the database in a file.
func open(ctx context.Context, file string) (*session.Engine, error) {
	path := url.URL{Path: filepath.ToSlash(file)}
	return session.Open(ctx, "sqlite:///"+path.EscapedPath(), session.Options{
		MaxConns: maxConns,
		Logger:   quiet,
	}, sqlite.Driver)
}

// trade is the life of the service: it opens the database, serves its clients
// and closes the database again.
func trade(ctx context.Context, file string, b *books, sabotage saboteur) (err error) {
	engine, err := open(ctx, file)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, engine.Close(ctx))
		b.stats = engine.Stats() // now that nothing is under way any more
	}()
	if err := prepare(ctx, engine); err != nil {
		return err
	}
	var asked supplier
	handler := newShop(engine, b.announce, asked.ask).handler()
	if sabotage != nil {
		handler = sabotage(engine, handler)
	}
	return serve(ctx, handler, func(address string) { b.sendAll(ctx, address, &asked) })
}

// prepare makes the tables and fills the catalogue.
func prepare(ctx context.Context, engine *session.Engine) error {
	if err := createSchema(ctx, engine); err != nil {
		return err
	}
	return load(ctx, engine, pciids.List)
}

// handler is the shop's routes with a session for each request around them.
func (s *shop) handler() http.Handler {
	perRequest := scopedhttp.Middleware(s.db, scopedhttp.Options{
		Tx:         readOnlyGET,
		RollbackOn: func(status int) bool { return status >= http.StatusBadRequest },
		Logger:     quiet,
	})
	return recovered(perRequest(s.routes()))
}

// readOnlyGET has GET requests read only: on SQLite they then need not wait for
// those that write.
func readOnlyGET(r *http.Request) session.TxOptions {
	return session.TxOptions{ReadOnly: r.Method == http.MethodGet}
}

// serve serves on a free loopback port while fn runs, and returns when every
// handler has.
func serve(ctx context.Context, h http.Handler, fn func(address string)) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: limit}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	fn("http://" + listener.Addr().String())
	err = server.Shutdown(ctx)
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
