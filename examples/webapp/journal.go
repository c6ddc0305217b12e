package main

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// journal keeps what the last requests did with the database. The middleware
// keep puts a visit into each request's context; the observer finds it there.
type journal struct {
	size int

	mu     sync.Mutex // guards visits
	visits []*visit   // the oldest first
}

// visit is one request.
type visit struct {
	Began        time.Time
	Method, Path string
	Status       int
	Took         time.Duration

	Sessions   int           // that took a connection
	Waited     time.Duration // for connections
	Flights    int           // trips to the database
	Statements []statement
	Committed  bool
	Trouble    string // what a connection or a commit failed with
}

// statement is what one of them sent.
type statement struct {
	SQL  string
	Took time.Duration // of the trip it was on
	Err  error
}

// Outcome is what became of the visit's work, in a word or two.
func (v visit) Outcome() string {
	switch {
	case v.Trouble != "":
		return "failed"
	case v.Committed:
		return "committed"
	case v.Flights > 0:
		return "rolled back"
	}
	return "no database"
}

func newJournal(size int) *journal { return &journal{size: size} }

// open is a visit that is under way.
type openVisit struct {
	mu sync.Mutex // guards visit: a handler may use goroutines
	visit
}

type visitKey struct{}

// keep notes each request, but for those of the journal's own page.
func (j *journal) keep(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/requests" || r.URL.Path == "/style.css" {
			next.ServeHTTP(w, r)
			return
		}
		v := &openVisit{visit: visit{Began: time.Now(), Method: r.Method, Path: r.URL.Path}}
		out := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() { j.add(v, out.status) }()
		next.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
	})
}

// add closes a visit.
func (j *journal) add(v *openVisit, status int) {
	v.mu.Lock()
	v.Status, v.Took = status, time.Since(v.Began)
	closed := v.visit
	v.mu.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.visits = append(j.visits, &closed)
	if over := len(j.visits) - j.size; over > 0 {
		j.visits = slices.Delete(j.visits, 0, over)
	}
}

// latest are the visits, the latest first.
func (j *journal) latest() []visit {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make([]visit, 0, len(j.visits))
	for _, v := range slices.Backward(j.visits) {
		out = append(out, *v)
	}
	return out
}

// observer tells the visit in a statement's context of what happens to it.
func (j *journal) observer() *session.Observer {
	return &session.Observer{
		Acquired: func(ctx context.Context, waited time.Duration, err error) {
			note(ctx, func(v *visit) { v.acquired(waited, err) })
		},
		End: func(ctx context.Context, e session.Event) {
			note(ctx, func(v *visit) { v.flown(e) })
		},
	}
}

func note(ctx context.Context, what func(*visit)) {
	if v, ok := ctx.Value(visitKey{}).(*openVisit); ok {
		v.mu.Lock()
		defer v.mu.Unlock()
		what(&v.visit)
	}
}

func (v *visit) acquired(waited time.Duration, err error) {
	v.Waited += waited
	if err != nil {
		v.Trouble = err.Error()
		return
	}
	v.Sessions++
}

func (v *visit) flown(e session.Event) {
	v.Flights++
	for _, sql := range e.Along {
		v.Statements = append(v.Statements, statement{SQL: sql, Took: e.Duration})
	}
	text := e.SQL
	if text == "" {
		text = e.Op
	}
	v.Statements = append(v.Statements, statement{text, e.Duration, e.Err})
	if e.Op == "commit" {
		v.Committed = e.Err == nil
		if e.Err != nil {
			v.Trouble = e.Err.Error()
		}
	}
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the server's writer.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
