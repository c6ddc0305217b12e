package scopedhttp

import (
	"log/slog"
	"net/http"

	"github.com/sqlscope/sqlscope/session"
)

// sendError logs err and answers with it.
func sendError(opts *Options, under http.ResponseWriter, r *http.Request, err error) {
	gone := r.Context().Err() != nil && session.KindOf(err) == session.KindCancelled
	logError(opts, r, gone, "scopedhttp: the transaction was not committed; sending an error", err)
	answerError(opts, under, r, err)
}

// logError logs at level Info what happened because the client went away, or
// its time was up.
func logError(opts *Options, r *http.Request, gone bool, what string, err error) {
	level := slog.LevelError
	if gone {
		level = slog.LevelInfo
	}
	opts.logger().LogAttrs(r.Context(), level, what,
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Any("error", err))
}

// answerError leaves the answer to Options.Error, as long as it is an error.
func answerError(opts *Options, under http.ResponseWriter, r *http.Request, err error) {
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
