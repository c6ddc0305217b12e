package frameworks

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	echo4 "github.com/labstack/echo/v4"
	middleware4 "github.com/labstack/echo/v4/middleware"
	echo5 "github.com/labstack/echo/v5"
	middleware5 "github.com/labstack/echo/v5/middleware"

	"github.com/sqlscope/sqlscope/scoped"
)

// notes is an application's repository. It knows no transaction.
type notes struct{ db *scoped.Registry }

func (n notes) add(ctx context.Context, id string) error {
	number, err := strconv.Atoi(id)
	if err == nil {
		_, err = n.db.Exec(ctx, "INSERT INTO notes (id) VALUES (?)", number)
	}
	return err
}

// follow adds notes for as long as the client listens, each in a transaction
// of its own.
func (n notes) follow(ctx context.Context, send func(id int)) {
	for id := 100; id < 103; id++ {
		err := n.db.Do(n.db.Outside(ctx), func(ctx context.Context) error {
			return n.add(ctx, strconv.Itoa(id))
		})
		if err != nil {
			return
		}
		send(id)
	}
}

// middleware is what scopedhttp.Middleware returns.
type middleware = func(http.Handler) http.Handler

// routers build the same application with each router. In all of them the
// router's own recovery answers panics.
var routers = map[string]func(notes, middleware) http.Handler{
	"chi, around":          chiAround,
	"chi, on a group":      chiGroup,
	"gin, around":          ginAround,
	"echo v4, around":      echo4Around,
	"echo v4, on a group":  echo4Group,
	"echo v5, around":      echo5Around,
	"echo v5, on a group":  echo5Group,
	"net/http, the router": serveMux,
}

func serveMux(n notes, scope middleware) http.Handler {
	mux := http.NewServeMux()
	id := func(r *http.Request) string { return r.PathValue("id") }
	mux.HandleFunc("POST /notes/{id}", func(w http.ResponseWriter, r *http.Request) { create(n, w, r, id(r)) })
	mux.HandleFunc("POST /fails/{id}", func(w http.ResponseWriter, r *http.Request) { fails(n, w, r, id(r)) })
	mux.HandleFunc("POST /panics/{id}", func(w http.ResponseWriter, r *http.Request) { panics(n, r, id(r)) })
	mux.HandleFunc("GET /stream/{id}", func(w http.ResponseWriter, r *http.Request) { stream(n, w, r, id(r)) })
	return chimiddleware.Recoverer(scope(mux))
}

func create(n notes, w http.ResponseWriter, r *http.Request, id string) {
	if err := n.add(r.Context(), id); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Location", "/notes/"+id)
	w.WriteHeader(http.StatusCreated)
	fmt.Fprint(w, "created")
}

func fails(n notes, w http.ResponseWriter, r *http.Request, id string) {
	if err := n.add(r.Context(), id); err == nil {
		http.Error(w, "on second thoughts", http.StatusBadGateway)
	}
}

func panics(n notes, r *http.Request, id string) {
	if err := n.add(r.Context(), id); err == nil {
		panic("on second thoughts")
	}
}

func stream(n notes, w http.ResponseWriter, r *http.Request, id string) {
	if err := n.add(r.Context(), id); err != nil {
		return
	}
	n.follow(r.Context(), func(id int) {
		fmt.Fprintln(w, id) // the first one commits
		w.(http.Flusher).Flush()
	})
}

// recorded is chi's logger, which puts a writer of its own in between.
var recorded = chimiddleware.RequestLogger(&chimiddleware.DefaultLogFormatter{
	Logger: log.New(io.Discard, "", 0), NoColor: true})

// chi's handlers and middleware are those of net/http.
func chiRoutes(r chi.Router, n notes) {
	id := func(r *http.Request) string { return chi.URLParam(r, "id") }
	r.Post("/notes/{id}", func(w http.ResponseWriter, r *http.Request) { create(n, w, r, id(r)) })
	r.Post("/fails/{id}", func(w http.ResponseWriter, r *http.Request) { fails(n, w, r, id(r)) })
	r.Post("/panics/{id}", func(w http.ResponseWriter, r *http.Request) { panics(n, r, id(r)) })
	r.Get("/stream/{id}", func(w http.ResponseWriter, r *http.Request) { stream(n, w, r, id(r)) })
}

func chiAround(n notes, scope middleware) http.Handler {
	r := chi.NewRouter()
	r.Use(recorded, chimiddleware.Recoverer)
	chiRoutes(r, n)
	return scope(r)
}

func chiGroup(n notes, scope middleware) http.Handler {
	r := chi.NewRouter()
	r.Use(recorded, chimiddleware.Recoverer, chimiddleware.Compress(5))
	r.Group(func(r chi.Router) {
		r.Use(scope)
		chiRoutes(r, n)
	})
	return r
}

// gin's middleware needs gin's own writer, so the middleware goes around the
// router. For routes without a database that costs next to nothing.
func ginAround(n notes, scope middleware) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, _ any) {
		c.AbortWithStatus(http.StatusInternalServerError)
	}))
	router.POST("/notes/:id", func(c *gin.Context) {
		if err := n.add(c, c.Param("id")); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		c.Header("Location", "/notes/"+c.Param("id"))
		c.String(http.StatusCreated, "created")
	})
	router.POST("/fails/:id", func(c *gin.Context) {
		if err := n.add(c.Request.Context(), c.Param("id")); err == nil {
			_ = c.AbortWithError(http.StatusBadGateway, context.Canceled)
		}
	})
	router.POST("/panics/:id", func(c *gin.Context) { panics(n, c.Request, c.Param("id")) })
	router.GET("/stream/:id", func(c *gin.Context) { ginStream(n, c) })
	router.ContextWithFallback = true // gin's context carries what the request's does
	return scope(router)
}

func ginStream(n notes, c *gin.Context) {
	if err := n.add(c.Request.Context(), c.Param("id")); err != nil {
		return
	}
	n.follow(c.Request.Context(), func(id int) {
		fmt.Fprintln(c.Writer, id)
		c.Writer.Flush()
	})
}

func echo4Around(n notes, scope middleware) http.Handler {
	e := echo4.New()
	e.Use(middleware4.RecoverWithConfig(middleware4.RecoverConfig{DisablePrintStack: true}))
	echo4Routes(e.Group(""), n)
	return scope(e)
}

func echo4Group(n notes, scope middleware) http.Handler {
	e := echo4.New()
	e.Use(middleware4.RecoverWithConfig(middleware4.RecoverConfig{DisablePrintStack: true}))
	echo4Routes(e.Group("", echo4Scope(scope)), n)
	return e
}

// echo4Scope answers errors inside of the transaction. echo.WrapMiddleware
// alone hands them to echo when the middleware is done: after the commit.
func echo4Scope(scope middleware) echo4.MiddlewareFunc {
	return func(next echo4.HandlerFunc) echo4.HandlerFunc {
		return echo4.WrapMiddleware(scope)(func(c echo4.Context) error {
			if err := next(c); err != nil {
				c.Error(err)
			}
			return nil
		})
	}
}

func echo4Routes(g *echo4.Group, n notes) {
	g.POST("/notes/:id", func(c echo4.Context) error {
		if err := n.add(c.Request().Context(), c.Param("id")); err != nil {
			return err
		}
		c.Response().Header().Set("Location", "/notes/"+c.Param("id"))
		return c.String(http.StatusCreated, "created")
	})
	g.POST("/fails/:id", func(c echo4.Context) error {
		if err := n.add(c.Request().Context(), c.Param("id")); err != nil {
			return err
		}
		return echo4.NewHTTPError(http.StatusBadGateway, "on second thoughts")
	})
	g.POST("/panics/:id", func(c echo4.Context) error {
		panics(n, c.Request(), c.Param("id"))
		return nil
	})
	g.GET("/stream/:id", func(c echo4.Context) error {
		stream(n, c.Response(), c.Request(), c.Param("id"))
		return nil
	})
}

func echo5Around(n notes, scope middleware) http.Handler {
	e := echo5.New()
	e.Use(middleware5.Recover())
	echo5Routes(e.Group(""), n)
	return scope(e)
}

func echo5Group(n notes, scope middleware) http.Handler {
	e := echo5.New()
	e.Use(middleware5.Recover())
	echo5Routes(e.Group("", echo5Scope(scope)), n)
	return e
}

// echo5Scope is echo4Scope for echo v5.
func echo5Scope(scope middleware) echo5.MiddlewareFunc {
	return func(next echo5.HandlerFunc) echo5.HandlerFunc {
		return echo5.WrapMiddleware(scope)(func(c *echo5.Context) error {
			if err := next(c); err != nil {
				c.Echo().HTTPErrorHandler(c, err)
			}
			return nil
		})
	}
}

func echo5Routes(g *echo5.Group, n notes) {
	g.POST("/notes/:id", func(c *echo5.Context) error {
		if err := n.add(c.Request().Context(), c.Param("id")); err != nil {
			return err
		}
		c.Response().Header().Set("Location", "/notes/"+c.Param("id"))
		return c.String(http.StatusCreated, "created")
	})
	g.POST("/fails/:id", func(c *echo5.Context) error {
		if err := n.add(c.Request().Context(), c.Param("id")); err != nil {
			return err
		}
		return echo5.NewHTTPError(http.StatusBadGateway, "on second thoughts")
	})
	g.POST("/panics/:id", func(c *echo5.Context) error {
		panics(n, c.Request(), c.Param("id"))
		return nil
	})
	g.GET("/stream/:id", func(c *echo5.Context) error {
		stream(n, c.Response(), c.Request(), c.Param("id"))
		return nil
	})
}
