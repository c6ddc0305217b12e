package scopedhttp

import (
	"errors"
	"net/http"

	"github.com/sqlscope/sqlscope/scoped"
)

// ErrReplaced is what a handler gets that goes on writing after its transaction
// could not be committed: an error was sent to the client in place of its
// response. It unwraps to the reason.
var ErrReplaced = errors.New("scopedhttp: the transaction was not committed; " +
	"the client was sent an error instead of this response")

// Middleware gives each request a scope of registry, which r.Context() carries,
// and ends it with the response, as the package documentation says. It panics
// without a registry and with options that make no sense.
//
// The http.ResponseWriter that handlers get is also an http.Flusher, an
// http.Hijacker, an http.CloseNotifier, an io.ReaderFrom and an
// io.StringWriter, and [http.NewResponseController] reaches what is below.
// Where that can neither flush nor be taken over, the methods say
// [http.ErrNotSupported].
func Middleware(registry *scoped.Registry, opts Options) func(http.Handler) http.Handler {
	if registry == nil {
		panic("scopedhttp: Middleware needs a registry, got nil")
	}
	opts = opts.defaults()
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			serve(registry, &opts, next, w, r)
		})
	}
}

func serve(registry *scoped.Registry, opts *Options, next http.Handler,
	under http.ResponseWriter, r *http.Request) {
	w := &writer{under: under, request: r, opts: opts}
	if opts.Buffer > 0 {
		w.held = new(held)
	}
	ctx, err := registry.BeginIn(r.Context(), &w.scope, opts.tx(r)...)
	if err != nil {
		sendError(opts, under, r, err)
		return
	}
	w.before = snapshot(under.Header())
	inner := r.WithContext(ctx)
	returned := false
	defer func() {
		handBack(r, inner)
		if !returned {
			w.abandon()
		}
	}()
	next.ServeHTTP(w, inner)
	w.finish()
	returned = true
}

// handBack lets the server find the files of uploads, which it removes after
// the request and looks for in the request that it made:
// https://go.dev/issue/58809.
func handBack(outer, inner *http.Request) {
	if outer.MultipartForm == nil && inner.MultipartForm != nil {
		outer.MultipartForm = inner.MultipartForm
	}
}
