package scopedhttp

import (
	"encoding/json"
	"net/http"

	"github.com/sqlscope/sqlscope/scoped"
)

// Handler makes an [http.Handler] of two functions: handle does the work, in a
// scope of registry, and send writes what handle returned.
//
//	mux.Handle("POST /orders", scopedhttp.Handler(registry, opts, createOrder, sendOrder))
//
// An error of handle rolls back, whichever it is, and is given to
// [Options.Error], which finds the fitting answer. Otherwise what send does is
// what it is in [Middleware]: its first byte commits, and if that fails
// Options.Error answers instead. So send encodes first and writes then, as
// [SendJSON] does: a value that cannot be encoded is no reason to commit. An
// error that send returns before its first byte rolls back as well; one that
// it returns later is logged.
//
// A failure that is to be kept, such as the count of a failed login, is a value
// and not an error of handle.
//
// Inside of a Middleware of the same registry the handler joins, and that one's
// end is the end of both. Handler panics where Middleware does, and without its
// functions.
func Handler[T any](registry *scoped.Registry, opts Options,
	handle func(r *http.Request) (T, error),
	send func(w http.ResponseWriter, r *http.Request, value T) error) http.Handler {
	if handle == nil || send == nil {
		panic("scopedhttp: Handler needs a function that handles requests and one that sends values")
	}
	answer := func(w http.ResponseWriter, r *http.Request) {
		value, err := handle(r)
		if err != nil {
			w.(*writer).decline(err)
		} else if err := send(w, r, value); err != nil {
			w.(*writer).unsent(err)
		}
	}
	return Middleware(registry, opts)(http.HandlerFunc(answer))
}

// SendJSON is for [Handler]: it sends value with status 200. A value that has
// no JSON is an error, and nothing is sent then.
func SendJSON[T any](w http.ResponseWriter, _ *http.Request, value T) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(append(body, '\n'))
	return err
}

// decline sends what becomes of a handler's error.
func (w *writer) decline(err error) {
	w.rollBack(err)
	w.scope.Explain("the handler returned an error; the transaction was rolled back")
	w.restoreHeader()
	answerError(w.opts, w.under, w.request, err)
}

// unsent is told of a value that could not be sent.
func (w *writer) unsent(err error) {
	switch {
	case w.failed != nil: // the commit's error, which the client has been sent
	case w.begun:
		logError(w.opts, w.request, w.request.Context().Err() != nil,
			"scopedhttp: the transaction was committed, but sending failed", err)
	default:
		_ = w.refuse(err)
	}
}
