package scoped

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/sqlscope/sqlscope/session"
)

// crew runs functions concurrently, each in a scope of its own.
type crew struct {
	registry *Registry
	ctx      context.Context
	opts     []Option
	size     int // functions
	fn       func(ctx context.Context, i int) error
	done     func(result) // is told of each, on its goroutine

	next    atomic.Int64
	running sync.WaitGroup
}

// result is what became of one function.
type result struct {
	i     int
	err   error
	panic *PanicError // err is the same then
}

// errGone is the error of a function that neither returned nor panicked.
var errGone = errors.New("scoped: the function ended its goroutine")

// newCrew checks the options, which must not say how scopes are opened: each
// function gets a new one.
func (r *Registry) newCrew(ctx context.Context, size int, opts []Option) (*crew, options, error) {
	o, err := parse(opts)
	for _, opt := range opts {
		if as, ok := opt.(Propagation); ok && err == nil {
			err = fmt.Errorf("scoped: the option %v makes no sense here: each function has a scope of its own", as)
		}
	}
	return &crew{registry: r, ctx: ctx, size: size, opts: append([]Option{RequiresNew}, opts...)}, o, err
}

// limit is how many functions may run at a time so that each can have a
// connection: what the pool has, less what the scopes around hold. One is tried
// in any case: what cannot be is refused with session.ErrWouldDeadlock.
func (c *crew) limit(o *options) int {
	var tx []session.TxOptions
	if o.tx != nil {
		tx = append(tx, *o.tx)
	}
	return max(1, c.registry.Engine(c.ctx).Room(c.ctx, tx...))
}

// start lets n functions run. Each that ends starts the next one.
func (c *crew) start(n int) {
	for range min(n, c.size) {
		c.startNext()
	}
}

func (c *crew) startNext() {
	i := int(c.next.Add(1)) - 1
	if i >= c.size {
		return
	}
	c.running.Go(func() {
		defer c.startNext()
		c.run(i)
	})
}

// run runs the i-th function, unless it is too late.
func (c *crew) run(i int) {
	res := result{i: i, err: errGone}
	defer func() {
		if v := recover(); v != nil {
			res.panic = panicError(v)
			res.err = res.panic
		}
		c.done(res)
	}()
	if c.ctx.Err() != nil {
		res.err = context.Cause(c.ctx)
		return
	}
	res.err = c.registry.Do(c.ctx, func(ctx context.Context) error { return c.fn(ctx, i) }, c.opts...)
}
