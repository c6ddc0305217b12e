package scopedhttp

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// writer ends the transaction before the first byte of the response. Like
// every http.ResponseWriter it is for one goroutine at a time.
type writer struct {
	under   http.ResponseWriter
	request *http.Request // as it came in
	scope   scoped.Scope  // in one piece with the writer: see [scoped.Registry.BeginIn]
	opts    *Options
	before  http.Header // the headers before the handler
	held    *held       // nil when nothing is held back, or no longer

	begun   bool        // the transaction has ended, the response begins
	failed  error       // why another response was sent instead
	nowhere http.Header // the headers of a handler whose response was replaced
}

// What scopes are ended with that are rolled back. Only a scope around can show
// them to anybody.
var (
	errAsked    = errors.New("scopedhttp: the response's status rolls back")
	errPanicked = errors.New("scopedhttp: the handler panicked")
)

// Header is the header that will be sent, as usual.
func (w *writer) Header() http.Header {
	if w.failed == nil {
		return w.under.Header()
	}
	if w.nowhere == nil {
		w.nowhere = http.Header{}
	}
	return w.nowhere
}

// WriteHeader ends the transaction and sends the status, unless it is an
// informational one, which may come any number of times before.
func (w *writer) WriteHeader(status int) {
	switch {
	case isInformational(status), status < 100 || status > 999: // the server panics at the latter
		if !w.begun {
			w.under.WriteHeader(status)
		}
	case w.held != nil:
		w.held.writeHeader(status, w.under.Header())
	case w.begin(status) == nil:
		w.under.WriteHeader(status)
	}
}

// isInformational is false for 101, which ends the HTTP part of a connection.
func isInformational(status int) bool {
	return status >= 100 && status < 200 && status != http.StatusSwitchingProtocols
}

// Write ends the transaction as a 200 does, if nothing has yet.
func (w *writer) Write(p []byte) (int, error) {
	if w.held != nil {
		return w.hold(p)
	}
	if err := w.begin(http.StatusOK); err != nil {
		return 0, err
	}
	return w.under.Write(p)
}

// WriteString is Write for a string.
func (w *writer) WriteString(s string) (int, error) {
	if w.held != nil {
		return w.hold([]byte(s))
	}
	if err := w.begin(http.StatusOK); err != nil {
		return 0, err
	}
	return io.WriteString(w.under, s)
}

// begin ends the transaction as the status demands, the first time it is
// called. Its error says that the response was replaced; nothing of it may go
// out then.
func (w *writer) begin(status int) error {
	if w.begun {
		return w.failed
	}
	rollback := w.opts.RollbackOn(status) // may panic: then nothing has begun
	w.begun = true
	if rollback {
		_ = w.end(errAsked, rolledBack)
		return nil
	}
	err := w.end(nil, "the response has begun; the transaction was committed with its first byte")
	switch {
	case err == nil:
	case isError(status) && isHopeless(err):
		w.scope.Explain(rolledBack)
	default:
		w.replace(err)
	}
	return w.failed
}

const rolledBack = "the response has begun; the transaction was rolled back"

func (w *writer) end(err error, how string) error {
	w.scope.Explain(how)
	return w.scope.End(w.request.Context(), err)
}

// isHopeless reports whether there was nothing left to commit before COMMIT was
// tried: a statement or a part had failed, as the handler may know.
func isHopeless(err error) bool {
	return errors.Is(err, session.ErrTxFailed) || errors.Is(err, scoped.ErrRollbackOnly)
}

// replace sends an error in place of the handler's response.
func (w *writer) replace(err error) {
	w.failed = fmt.Errorf("%w: %w", ErrReplaced, err)
	w.scope.Explain("the transaction was not committed, and the client was told so")
	w.restoreHeader()
	sendError(w.opts, w.under, w.request, err)
}

// refuse rolls back and sends an error in place of a response that has not
// begun.
func (w *writer) refuse(cause error) error {
	w.rollBack(cause)
	w.replace(cause)
	return w.failed
}

// rollBack ends the transaction of a response that has not begun.
func (w *writer) rollBack(cause error) {
	w.held, w.begun = nil, true
	_ = w.scope.End(w.request.Context(), cause)
}

// snapshot copies the headers that stay. There are seldom any.
func snapshot(h http.Header) http.Header {
	if len(h) == 0 {
		return nil
	}
	return h.Clone()
}

func (w *writer) restoreHeader() {
	h := w.under.Header()
	clear(h)
	maps.Copy(h, w.before)
}

// finish is called when the handler has returned.
func (w *writer) finish() {
	if w.held != nil {
		_ = w.release()
	}
	_ = w.begin(http.StatusOK) // what the server sends when nothing was written
	if w.failed != nil {
		w.dropTrailers()
	}
}

// dropTrailers drops what the handler put into a header map that it had kept
// from before the response was replaced.
func (w *writer) dropTrailers() {
	for name := range w.under.Header() {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			w.under.Header().Del(name)
		}
	}
}

// abandon is called when the handler has panicked. Whoever answers the request
// now, perhaps through this writer, must not send the headers of what did not
// happen.
func (w *writer) abandon() {
	if w.begun {
		return
	}
	w.scope.Explain("the handler panicked; the transaction was rolled back")
	w.rollBack(errPanicked)
	w.restoreHeader()
}
