package scopedhttp

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
)

// ErrTooLarge is what a handler gets whose response outgrows [Options.Buffer].
// The transaction was rolled back and the client was sent an error.
var ErrTooLarge = errors.New("scopedhttp: the response is larger than Options.Buffer")

// held is a response that has not been sent.
type held struct {
	status int         // 0 before it has begun
	header http.Header // as it was when the response began
	body   []byte
}

// writeHeader begins the response. While it is held back an error can still
// take the place of what has been written of a success, as when a template
// fails in the middle.
func (h *held) writeHeader(status int, header http.Header) {
	if h.status == 0 || isError(status) && !isError(h.status) {
		h.status, h.header, h.body = status, header.Clone(), h.body[:0]
	}
}

func isError(status int) bool { return status >= http.StatusBadRequest }

// hold keeps p, or gives the response up.
func (w *writer) hold(p []byte) (int, error) {
	if w.held.status == 0 {
		w.held.writeHeader(http.StatusOK, w.under.Header())
	}
	switch {
	case !bodyAllowed(w.held.status):
		return 0, http.ErrBodyNotAllowed
	case len(w.held.body)+len(p) > w.opts.Buffer:
		return 0, w.refuse(fmt.Errorf("%w (%d bytes)", ErrTooLarge, w.opts.Buffer))
	}
	w.held.body = append(w.held.body, p...)
	return len(p), nil
}

// bodyAllowed is the server's rule, which it tells handlers of at once.
func bodyAllowed(status int) bool {
	return status >= http.StatusOK && status != http.StatusNoContent && status != http.StatusNotModified
}

// release ends the transaction and sends what was held back; from then on
// nothing is. A response that has not begun is left to the caller.
func (w *writer) release() error {
	h := w.held
	w.held = nil
	if h.status == 0 {
		return nil
	}
	if err := w.begin(h.status); err != nil {
		return err
	}
	h.send(w.under)
	return nil
}

// send sends the headers as they were when the response began. Those that were
// set later may be trailers, and are put back for the server to find.
func (h *held) send(w http.ResponseWriter) {
	header := w.Header()
	late := maps.Clone(header)
	clear(header)
	maps.Copy(header, h.header)
	w.WriteHeader(h.status)
	maps.Copy(header, late)
	if len(h.body) > 0 {
		_, _ = w.Write(h.body) // the client may be gone, and the handler has returned
	}
}
