package scoped

import "context"

// OnCommit registers fn to run once the scope of ctx has been committed and its
// connection is back in the pool. It runs before the Do that opened the scope
// returns, and before the first byte of a response goes out; a panic in it is
// logged and stops nothing else. A rollback, of the scope or of the savepoint
// around, drops it.
//
// The context that fn gets has ctx's values, is not cancelled when ctx is, and
// is outside the scope, so that fn can open one of its own. Without a scope
// OnCommit is [ErrNoScope] or [ErrScopeEnded], and fn will not run.
func (r *Registry) OnCommit(ctx context.Context, fn func(ctx context.Context)) error {
	w, err := r.open(ctx)
	if err != nil {
		return err
	}
	return w.hook(w.session.OnCommit, r.later(ctx, fn))
}

// OnRollback registers fn to run once the scope of ctx has ended in any other
// way than a known commit. It is dropped together with the savepoint it was
// registered in, and with a try that is followed by another one (see
// [session.Retry]), and makes the scope wait for the server's rollback. Otherwise
// it is like [Registry.OnCommit].
func (r *Registry) OnRollback(ctx context.Context, fn func(ctx context.Context)) error {
	w, err := r.open(ctx)
	if err != nil {
		return err
	}
	return w.hook(w.session.OnRollback, r.later(ctx, fn))
}

// later gives fn the context it was registered with: the one in which a
// rollback happens may be nobody's.
func (r *Registry) later(ctx context.Context, fn func(context.Context)) func(context.Context) {
	return func(context.Context) { fn(r.Outside(context.WithoutCancel(ctx))) }
}

// hook registers under the lock: one that is accepted is there before the scope
// ends.
func (w *work) hook(register func(func(context.Context)) error, fn func(context.Context)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return w.endedLocked()
	}
	return register(fn)
}
