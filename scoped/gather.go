package scoped

import (
	"context"
	"iter"
	"sync"
)

// Func is a function that [Go], [Gather] and [AsCompleted] run.
type Func[T any] = func(ctx context.Context) (T, error)

// Gather runs the functions concurrently and returns their values, in the order
// of the functions. The first error cancels the contexts of the others, and is
// returned when all have ended; those that have not begun by then never do. When
// one panics it is the same, and Gather panics with a [*PanicError].
//
// Each function has a scope, and so a transaction, of its own: it is committed
// when the function returns nil, does not see what the scope around ctx has not
// committed, and is not undone with it, or with the others. It must not wait for
// rows that the scope around has locked: that one waits for Gather.
//
// No more of them run at a time than the pool has connections for, less those
// that the scopes around ctx hold. When these hold all there are, the functions'
// first statements get [session.ErrWouldDeadlock] at once.
//
// The options are those of [Registry.Do] without the propagations.
func Gather[T any](ctx context.Context, r *Registry, fns []Func[T], opts ...Option) ([]T, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c, o, err := r.newCrew(ctx, len(fns), opts)
	if err != nil {
		return nil, err
	}
	values := make([]T, len(fns))
	c.fn = func(ctx context.Context, i int) (err error) {
		values[i], err = fns[i](ctx)
		return err
	}
	var mu sync.Mutex // guards first
	var first result
	c.done = func(res result) {
		mu.Lock()
		defer mu.Unlock()
		if res.err != nil && (first.err == nil || res.panic != nil && first.panic == nil) {
			first = res
			cancel(res.err)
		}
	}
	c.start(c.limit(&o))
	c.running.Wait()
	switch {
	case first.panic != nil:
		panic(first.panic)
	case first.err != nil:
		return nil, first.err
	}
	return values, nil
}

// AsCompleted runs the functions concurrently, as [Gather] does, and yields the
// result of each as it comes: what the function returned, or the error of its
// commit, with the zero T. An error is one result and does not keep the others
// from going on. A panic of a function ends the loop, which panics with a
// [*PanicError].
//
// Leaving the loop early cancels the contexts of the functions that still run,
// and waits for them; those that have not begun never do. The functions begin
// when the loop does.
func AsCompleted[T any](ctx context.Context, r *Registry, fns []Func[T], opts ...Option) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		c, o, err := r.newCrew(ctx, len(fns), opts)
		defer c.running.Wait()
		defer cancel()
		if err != nil {
			yield(*new(T), err)
			return
		}
		values := make([]T, len(fns))
		results := make(chan result, len(fns)) // room for all: nobody waits to hand in his
		c.fn = func(ctx context.Context, i int) (err error) {
			values[i], err = fns[i](ctx)
			return err
		}
		c.done = func(res result) { results <- res }
		c.start(c.limit(&o))
		for range fns {
			res := <-results
			if res.err != nil {
				values[res.i] = *new(T)
			}
			if res.panic != nil {
				panic(res.panic)
			}
			if !yield(values[res.i], res.err) {
				return
			}
		}
	}
}
