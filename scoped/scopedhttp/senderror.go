package scopedhttp

import (
	"log/slog"
	"net/http"

	"github.com/sqlscope/sqlscope/session"
)

// sendError logs err and answers with it.
func sendError(opts *Options, under http.ResponseWriter, r *http.Request, err error) {
	level := slog.LevelError
	if r.Context().Err() != nil && session.KindOf(err) == session.KindCancelled {
		level = slog.LevelInfo // the client went away, or its time was up
	}
	opts.logger().LogAttrs(r.Context(), level,
		"scopedhttp: the transaction was not committed; sending an error",
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Any("error", err))
	w := &errorWriter{under: under}
	opts.Error(w, r, err)
	if !w.wrote {
		internalServerError(w, r, err)
	}
}

func internalServerError(w http.ResponseWriter, _ *http.Request, _ error) {
	const status = http.StatusInternalServerError
	http.Error(w, http.StatusText(status), status)
}

// errorWriter keeps an Options.Error from claiming a success.
type errorWriter struct {
	under http.ResponseWriter
	wrote bool
}

func (w *errorWriter) Header() http.Header { return w.under.Header() }

func (w *errorWriter) WriteHeader(status int) {
	if !isInformational(status) {
		w.wrote = true
		if status < http.StatusBadRequest {
			status = http.StatusInternalServerError
		}
	}
	w.under.WriteHeader(status)
}

func (w *errorWriter) Write(p []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusInternalServerError)
	}
	return w.under.Write(p)
}
