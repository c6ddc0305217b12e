package main

import (
	"context"
	"net/http"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// app is the whole service.
type app struct {
	engine  *session.Engine
	db      *scoped.Registry
	desk    *desk
	journal *journal
	views   *views
}

// appDrivers are those that DATABASE_URL may name.
var appDrivers = []drivers.Driver{sqlite.Driver, postgres.Driver, mysql.Driver}

// open opens the database and brings its schema up to date.
func open(ctx context.Context, database string) (*app, error) {
	j := newJournal(200)
	engine, err := session.Open(ctx, database, session.Options{Observer: j.observer()}, appDrivers...)
	if err != nil {
		return nil, err
	}
	db := scoped.New(engine)
	a := &app{engine: engine, db: db, desk: newDesk(db), journal: j, views: newViews()}
	if err := bringUp(ctx, engine); err != nil {
		_ = a.close()
		return nil, err
	}
	return a, nil
}

// close waits until every connection is back.
func (a *app) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return a.engine.Close(ctx)
}

// maxPage is the largest page there is: pages are held back until they are
// complete and what they tell of is committed.
const maxPage = 1 << 20

// handler is all routes, with a session for each request around them.
func (a *app) handler() http.Handler {
	pages := scopedhttp.Middleware(a.db, scopedhttp.Options{
		Tx:         scopedhttp.ReadOnlyIfSafe,
		RollbackOn: func(status int) bool { return status >= http.StatusBadRequest },
		Buffer:     maxPage,
		Error:      a.failed,
	})
	mux := http.NewServeMux()
	mux.Handle("/", pages(a.pageRoutes()))
	mux.Handle("/api/", a.apiRoutes())
	mux.HandleFunc("GET /requests", a.showRequests) // these two use no database
	mux.HandleFunc("GET /style.css", serveStyle)
	return a.journal.keep(http.NewCrossOriginProtection().Handler(mux))
}
