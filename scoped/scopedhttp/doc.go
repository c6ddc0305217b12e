// Package scopedhttp gives each HTTP request a session of a [scoped.Registry]
// and ends it with the response.
//
//	mux := http.NewServeMux()
//	mux.HandleFunc("POST /orders", createOrder) // uses the registry, knows no transaction
//	handler := scopedhttp.Middleware(registry, scopedhttp.Options{})(mux)
//
// # When the transaction ends
//
// It ends just before the first byte of the response goes out, so that what the
// client is told and what the database has are the same:
//
//	the handler                                the transaction    the client gets
//	answers below 500, or returns silently     commit             that answer
//	… and the commit fails                     rolled back        a 500 instead
//	answers 5xx                                rollback           that answer
//	panics before its answer has begun         rollback           what the server makes of a panic
//	answers when the client has gone           rollback           nothing
//	flushes or takes over the connection       commit first       that
//
// Informational answers, such as 103 Early Hints, do not begin the response and
// end nothing. A request that runs no statement takes no connection and sends
// no COMMIT.
//
// There are two other ways: with [Options.Buffer] the whole response is held
// back until the handler has returned, and a [Handler] returns a value that is
// sent afterwards.
//
// When a commit fails, everything the handler has prepared for its answer is
// dropped: status, body, and the headers it has set, which may claim what did
// not happen, such as Location and Set-Cookie. What it writes from then on is
// discarded, with [ErrReplaced]. An unknown commit
// ([session.ErrCommitUnknown]) is a 500 as well and not a 503, which invites
// clients and proxies to repeat what may have happened.
//
// # Client errors
//
// A 4xx answer commits by default: the attempt that a failed login counts, or
// the record of who was refused, must stay. A handler that writes first and
// refuses later needs the opposite, and gets it with [Options.RollbackOn]. If a
// statement has failed already, as the unique violation has that becomes a 409,
// nothing is left to commit: a 4xx is then sent as it is, and a success is
// replaced by a 500.
//
// # After the first byte
//
// The scope has ended. Statements that the handler runs while it goes on
// writing get [scoped.ErrScopeEnded]; work that belongs there, such as the
// queries of a stream of events, takes registry.Do(registry.Outside(ctx), …).
// The rows of a query cannot be written while they are read, as its transaction
// ends with the first of them: the response becomes a 500 and the log says
// [session.ErrRowsOpen]. Read them with [session.Collect] first.
//
// A panic after the first byte cannot undo the commit. Nor can the package see
// what wrappers around it do: one that holds the response back, such as
// [http.TimeoutHandler], may still replace it after the commit. Such a wrapper
// belongs inside. When the server's WriteTimeout is over, what is committed
// stays and the client gets no answer at all.
//
// # Holding the response back
//
// With [Options.Buffer] nothing goes out before the handler has returned. Its
// transaction lasts as long, so that rows may be written while they are read,
// and whatever goes wrong after the first byte was written still becomes an
// error for the client: a panic, a template that fails in the middle, an error
// status after a success. It costs memory, and holds a connection for as long
// as the handler takes.
//
// A body that outgrows the buffer is given up: rollback, and a 500 in its
// place. Sending it in part instead would make it a matter of a page's length
// whether the statements that follow are in the transaction. A handler that
// flushes or hijacks asks for a stream, and gets it: what is held is committed
// and sent, and the rest goes out as it comes.
//
// # Routers
//
// The middleware is a func(http.Handler) http.Handler, and goes around a router
// of any kind, or where chi, for one, takes middleware. Under gin, whose
// middleware needs gin's own writer, it goes around the router. So does it
// under echo, or else errors have to be answered inside: echo.WrapMiddleware by
// itself hands a handler's error to echo when the middleware is done, and what
// failed is committed.
//
//	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
//		return echo.WrapMiddleware(middleware)(func(c echo.Context) error {
//			if err := next(c); err != nil {
//				c.Error(err)
//			}
//			return nil
//		})
//	})
//
// # Trying again
//
// A request is never run again by this package: its body has been read, and
// what else the handler did is not known. What is to be tried again when the
// database asks for it is a part of the handler that knows what it needs:
// registry.Do(registry.Outside(ctx), …) with the options for that, before the
// response. The request's own scope costs nothing as long as it is not used.
//
// Middleware inside middleware of the same registry, or a handler called from
// within [scoped.Registry.Do], joins: the outermost commits, and a rollback
// that an inner one asks for is a rollback of the whole.
package scopedhttp
