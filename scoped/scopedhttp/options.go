package scopedhttp

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// Options configure [Middleware]. The zero value is ready for use.
type Options struct {
	// Tx returns the options of a request's transaction, for instance
	// read-only ones for GET. The zero value, and a Tx that is nil, stand for
	// the engine's Options.Tx.
	Tx func(r *http.Request) session.TxOptions
	// RollbackOn reports whether a response with this status rolls the
	// transaction back; default: 500 and above. To roll back on every error:
	//
	//	func(status int) bool { return status >= 400 }
	RollbackOn func(status int) bool
	// Buffer, when it is not 0, holds each response back until its handler has
	// returned, at most so many bytes of its body; see "Holding the response
	// back". A response that is larger is replaced, with [ErrTooLarge].
	Buffer int
	// Error answers a request whose transaction could not be committed, or not
	// be opened, and what a [Handler] refuses; default: 500 with the text
	// "Internal Server Error". It gets the request as it came in, without a
	// scope. err may be shown to nobody: it has the database's words in it. An
	// Error that writes no status, or one below 400, sends 500.
	Error func(w http.ResponseWriter, r *http.Request, err error)
	// Logger gets the errors that Error gets, but for those that a [Handler]
	// has returned, at level Error, or Info when the request's context had
	// ended; default: slog.Default().
	Logger *slog.Logger
}

// ReadOnlyIfSafe is for [Options.Tx]: GET, HEAD, OPTIONS and TRACE promise to
// change nothing, and get transactions that cannot.
func ReadOnlyIfSafe(r *http.Request) session.TxOptions {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return session.TxOptions{ReadOnly: true}
	}
	return session.TxOptions{}
}

func (o Options) defaults() Options {
	if o.Buffer < 0 {
		panic(fmt.Sprintf("scopedhttp: Options.Buffer is %d; "+
			"it must be a number of bytes, or 0 for not holding responses back", o.Buffer))
	}
	if o.RollbackOn == nil {
		o.RollbackOn = func(status int) bool { return status >= http.StatusInternalServerError }
	}
	if o.Error == nil {
		o.Error = internalServerError
	}
	return o
}

// logger looks the default up as late as possible, as slog itself does.
func (o *Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.Default()
	}
	return o.Logger
}

// tx returns r's options as [scoped.Registry.Begin] takes them.
func (o *Options) tx(r *http.Request) []scoped.Option {
	if o.Tx == nil {
		return nil
	}
	if tx := o.Tx(r); tx != (session.TxOptions{}) {
		return []scoped.Option{tx}
	}
	return nil
}
