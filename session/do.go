package session

import "context"

// Do runs fn in a session of its own: it commits when fn returns nil and rolls
// back when fn returns an error, which it returns, or panics, and then panics
// on. The error of a failed commit is returned. A rollback does not make the
// caller wait.
//
// fn must not use s after it returned. The context it gets is ctx, marked so
// that a wait that would never end is noticed; see [Session.Context].
//
// The options are [TxOptions], which replace Options.Tx, and [Retry].
func (e *Engine) Do(ctx context.Context, fn func(ctx context.Context, s *Session) error, opts ...Option) error {
	o, err := readOptions(opts)
	if err != nil {
		return err
	}
	if o.retry != nil {
		return e.doRetry(ctx, fn, &o)
	}
	s := e.Session(o.tx...)
	defer s.Close()
	if err := fn(s.Context(ctx), s); err != nil {
		return err
	}
	return s.Commit(ctx)
}

func (e *Engine) doRetry(ctx context.Context, fn func(context.Context, *Session) error, o *doOptions) error {
	return e.Retry(ctx, *o.retry, func(ctx context.Context, s *Session) error {
		if err := fn(s.Context(ctx), s); err != nil {
			return err
		}
		return s.Commit(ctx)
	}, o.tx...)
}
