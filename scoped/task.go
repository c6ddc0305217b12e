package scoped

import (
	"context"
	"fmt"

	"github.com/sqlscope/sqlscope/session"
)

// Fork opens a scope for a goroutine that goes on by itself, whatever is around
// ctx, and returns the context that carries it: [Registry.Begin] with
// [RequiresNew], but that nobody around waits for it. The goroutine ends it.
//
// The scope has a transaction of its own: it does not see what the scope around
// has not committed, and is not undone with it. The context ends with ctx; use
// context.WithoutCancel for what goes on after a request.
func (r *Registry) Fork(ctx context.Context, opts ...Option) (context.Context, *Scope, error) {
	inner, s, err := r.Begin(session.Detach(r.Outside(ctx)), opts...)
	if err != nil {
		return ctx, nil, err
	}
	return inner, s, nil
}

// Task is a function that [Go] has started.
type Task[T any] struct {
	task
	value T
}

// task is the part of a Task that does not depend on its type.
type task struct {
	done   chan struct{}
	cancel context.CancelFunc
	result result // set before done is closed
	within *work  // the scope that waits for it, or nil
}

// Go starts fn on a goroutine of its own, in a scope of its own, as [Gather]
// does, and returns at once. [Task.Wait] returns what became of it.
//
// If ctx has a scope, that does not end before fn has: when it is to be
// committed it waits for fn, when it is to be rolled back it cancels fn's
// context first. The error of a task that nobody has waited for until then makes
// the scope fit for a rollback only; see [ErrRollbackOnly]. If the scope has
// ended, fn is not run and the task's error is [ErrScopeEnded]. Without a scope
// the caller must wait.
//
// The goroutines wait for connections in turn; nothing else limits how many
// there are.
func Go[T any](ctx context.Context, r *Registry, fn Func[T], opts ...Option) *Task[T] {
	ctx, cancel := context.WithCancel(ctx)
	t := &Task[T]{task: task{done: make(chan struct{}), cancel: cancel}}
	c, _, err := r.newCrew(ctx, 1, opts)
	if around := r.at(ctx).scope(); around != nil && err == nil {
		err = around.work.adopt(&t.task)
	}
	c.fn = func(ctx context.Context, _ int) (err error) {
		t.value, err = fn(ctx)
		return err
	}
	c.done = t.finish
	if err != nil {
		t.finish(result{err: err})
		return t
	}
	c.start(1)
	return t
}

// Wait waits for the task and returns what its function did, or the error of its
// commit with the zero T. It panics with a [*PanicError] if the function did. It
// may be called more than once.
func (t *Task[T]) Wait() (T, error) {
	<-t.done
	if t.within != nil {
		t.within.disown(&t.task)
	}
	if t.result.panic != nil {
		panic(t.result.panic)
	}
	if t.result.err != nil {
		return *new(T), t.result.err
	}
	return t.value, nil
}

func (t *task) finish(res result) {
	t.cancel()
	t.result = res
	close(t.done)
}

// adopt makes the scope wait for the task.
func (w *work) adopt(t *task) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return w.endedLocked()
	}
	if w.tasks == nil {
		w.tasks = map[*task]bool{}
	}
	w.tasks[t] = true
	t.within = w
	return nil
}

// disown forgets a task whose outcome is known to somebody.
func (w *work) disown(t *task) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.tasks, t)
}

// settle waits for the tasks of a scope that lets nobody in any more, and notes
// the failure of one that nobody has waited for. If the scope fails they are
// cancelled.
func (w *work) settle(tasks map[*task]bool, failed bool) {
	for t := range tasks {
		if failed {
			t.cancel()
		}
	}
	for t := range tasks {
		<-t.done
		if t.result.err != nil {
			w.spoilAt(0, fmt.Errorf("scoped: a task that nobody has waited for (see Task.Wait): %w", t.result.err))
		}
	}
}
