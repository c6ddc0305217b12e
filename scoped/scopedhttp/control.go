package scopedhttp

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// Unwrap lets http.ResponseController reach the deadlines of the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.under }

// Flush is FlushError for those who do not ask.
func (w *writer) Flush() { _ = w.FlushError() }

// FlushError sends what there is, which begins the response: it commits, even
// when what is below turns out not to flush.
func (w *writer) FlushError() error {
	if w.held != nil {
		_ = w.release()
	}
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	if w.failed != nil {
		return w.failed
	}
	return http.NewResponseController(w.under).Flush()
}

// Hijack commits and hands the connection over. The transaction cannot end
// later: nobody will know of the connection's end. It cannot be rolled back
// either: a protocol is changed because a request succeeded.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.failed == nil && !canHijack(w.under) {
		return nil, nil, http.ErrNotSupported
	}
	if w.held != nil && w.held.status != 0 {
		_ = w.FlushError() // the server would drop it
	}
	w.held = nil
	if err := w.begin(http.StatusSwitchingProtocols); err != nil {
		return nil, nil, err
	}
	return http.NewResponseController(w.under).Hijack()
}

// CloseNotify is for routers that still ask for it; gin's Stream panics when it
// is not there. It never fires where what is below cannot tell.
func (w *writer) CloseNotify() <-chan bool {
	if n, ok := w.under.(http.CloseNotifier); ok { //nolint:staticcheck // asked for by others
		return n.CloseNotify()
	}
	return nil
}

// canHijack looks before anything is committed: after a refusal the handler
// still answers in HTTP.
func canHijack(w http.ResponseWriter) bool {
	for {
		switch t := w.(type) {
		case http.Hijacker:
			return true
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return false
		}
	}
}

// sniffLen is how much of a body the server looks at to guess its type.
const sniffLen = 512

// ReadFrom copies src, by the shortest way there is, such as sendfile. The
// transaction does not end before src has given its first byte: until then it
// may fail, and the handler may still answer with an error.
func (w *writer) ReadFrom(src io.Reader) (int64, error) {
	if w.held != nil {
		return io.Copy(struct{ io.Writer }{w}, src)
	}
	var first int64
	if !w.begun {
		n, err := io.CopyN(struct{ io.Writer }{w}, src, sniffLen)
		if err == io.EOF { // itself, as for io.Copy: src is at its end
			return n, nil
		}
		if err != nil {
			return n, err
		}
		first = n
	}
	if w.failed != nil {
		return first, w.failed
	}
	rest, err := io.Copy(w.under, src)
	return first + rest, err
}
