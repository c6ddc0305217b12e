package session

import "context"

// Do runs fn in a session of its own: it commits when fn returns nil and rolls
// back when fn returns an error, which it returns, or panics, and then panics
// on. The error of a failed commit is returned. A rollback does not make the
// caller wait.
//
// fn must not use s after it returned. The context it gets is ctx, marked so
// that a wait that would never end is noticed; see [Session.Context].
func (e *Engine) Do(ctx context.Context, fn func(ctx context.Context, s *Session) error, opts ...TxOptions) error {
	s := e.Session(opts...)
	defer s.Close()
	if err := fn(s.Context(ctx), s); err != nil {
		return err
	}
	return s.Commit(ctx)
}
