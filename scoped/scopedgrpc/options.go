package scopedgrpc

import (
	"context"
	"log/slog"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// Options configure the interceptors. The zero value is ready for use.
type Options struct {
	// Tx returns the options of a call's transaction; method is its full name,
	// such as "/shop.Orders/Create", and the metadata is in ctx. The zero value,
	// and a Tx that is nil, stand for the engine's Options.Tx.
	Tx func(ctx context.Context, method string) session.TxOptions
	// Retry runs the handler of a unary call again when that may help; default:
	// never. What the handler does besides, it does once for each try; the
	// request is the same message each time, so that handlers must not change
	// it. The database's error has to reach the interceptor: a handler that
	// turns it into a status is not run again.
	Retry *session.Retry
	// AtEnd lets the transaction of a stream last until its handler returns;
	// default: until the first message is sent.
	AtEnd bool
	// Error returns what the client of a call is sent whose transaction could
	// not be committed, or not be opened; default: an error with [Code] and a
	// text that has no words of the database. It must not be nil.
	Error func(ctx context.Context, err error) error
	// Logger gets these errors, at level Error, or Info when the call's context
	// had ended; default: slog.Default().
	Logger *slog.Logger
}

// scope returns the options for the scope of a call.
func (o *Options) scope(ctx context.Context, method string) []scoped.Option {
	if o.Tx == nil {
		return nil
	}
	if tx := o.Tx(ctx, method); tx != (session.TxOptions{}) {
		return []scoped.Option{tx}
	}
	return nil
}

// notCommitted logs err and returns what the client is sent.
func (o *Options) notCommitted(ctx context.Context, method string, err error) error {
	log := o.Logger
	if log == nil {
		log = slog.Default()
	}
	level := slog.LevelError
	if ctx.Err() != nil && session.KindOf(err) == session.KindCancelled {
		level = slog.LevelInfo // the client went away, or its time was up
	}
	log.LogAttrs(ctx, level, "scopedgrpc: the transaction was not committed; sending an error",
		slog.String("method", method), slog.Any("error", err))
	if o.Error != nil {
		return o.Error(ctx, err)
	}
	return newFailure(err)
}

func needRegistry(registry *scoped.Registry, who string) {
	if registry == nil {
		panic("scopedgrpc: " + who + " needs a registry, got nil")
	}
}
