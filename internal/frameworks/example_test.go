package frameworks

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	echo4 "github.com/labstack/echo/v4"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/scoped/scopedhttp"
	"github.com/sqlscope/sqlscope/session"
)

// open opens a database in memory in which each note can be had once.
func open() (*session.Engine, notes) {
	ctx := context.Background()
	engine, err := session.Open(ctx, "sqlite://:memory:", session.Options{}, sqlite.Driver)
	if err != nil {
		panic(err)
	}
	err = engine.RunSync(ctx, "create", func(ctx context.Context, c *session.SyncConn) error {
		_, err := c.Exec(ctx, "CREATE TABLE notes (id INTEGER PRIMARY KEY)")
		return err
	})
	if err != nil {
		panic(err)
	}
	return engine, notes{scoped.New(engine)}
}

// show posts three times, and prints what the client gets and the database has.
func show(n notes, handler http.Handler) {
	for _, path := range []string{"/notes/1", "/notes/1", "/notes/2"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
		fmt.Println(w.Code)
	}
	kept, err := scoped.DoValue(context.Background(), n.db, func(ctx context.Context) ([]int, error) {
		return session.Collect[int](ctx, n.db, "SELECT id FROM notes")
	})
	fmt.Println(kept, err)
}

var exampleOptions = scopedhttp.Options{Logger: slog.New(slog.DiscardHandler)}

func Example_chi() {
	engine, n := open()
	defer engine.Close(context.Background())
	router := chi.NewRouter()
	router.Use(scopedhttp.Middleware(n.db, exampleOptions))
	router.Post("/notes/{id}", func(w http.ResponseWriter, r *http.Request) {
		if err := n.add(r.Context(), chi.URLParam(r, "id")); err != nil {
			http.Error(w, "it is there already", http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusCreated)
	})
	show(n, router)
	// Output:
	// 201
	// 409
	// 201
	// [1 2] <nil>
}

func Example_gin() {
	engine, n := open()
	defer engine.Close(context.Background())
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.POST("/notes/:id", func(c *gin.Context) {
		if err := n.add(c.Request.Context(), c.Param("id")); err != nil {
			c.String(http.StatusConflict, "it is there already")
			return
		}
		c.Status(http.StatusCreated)
	})
	show(n, scopedhttp.Middleware(n.db, exampleOptions)(router))
	// Output:
	// 201
	// 409
	// 201
	// [1 2] <nil>
}

func Example_echo() {
	engine, n := open()
	defer engine.Close(context.Background())
	e := echo4.New()
	e.POST("/notes/:id", func(c echo4.Context) error {
		if err := n.add(c.Request().Context(), c.Param("id")); err != nil {
			return echo4.NewHTTPError(http.StatusConflict, "it is there already")
		}
		return c.NoContent(http.StatusCreated)
	})
	show(n, scopedhttp.Middleware(n.db, exampleOptions)(e))
	// Output:
	// 201
	// 409
	// 201
	// [1 2] <nil>
}
