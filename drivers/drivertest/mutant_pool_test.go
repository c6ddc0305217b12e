package drivertest

import (
	"context"
	"sync"

	"github.com/sqlscope/sqlscope/drivers"
)

// fault is what is wrong with a mutant. What is nil is right.
type fault struct {
	// steps changes what is sent, behind the session's back.
	steps func([]drivers.Step) []drivers.Step
	// args changes each argument.
	args func(any) any
	// run replaces Conn.Run.
	run func(ctx context.Context, c *mutantConn, f *drivers.Flight) (drivers.Rows, error)
	// state replaces Conn.State.
	state func(c *mutantConn) drivers.TxState
	// rows sets what is wrong with rows.
	rows func(*mutantRows)
	// release replaces Conn.Release.
	release func(c *mutantConn)
	// tryLock, unlock and holder replace the methods of drivers.Locker.
	tryLock func(ctx context.Context, c *mutantConn, l drivers.Lock) (bool, error)
	unlock  func(c *mutantConn, l drivers.Lock) error
	holder  func() *drivers.Holder
	// examine changes what an examination found.
	examine func(ctx context.Context, c *mutantConn, found *drivers.Examination)
	// ignorant: Classify knows nothing. nameless: it knows no names.
	ignorant, nameless bool
	// silent: it does not tell which statements commit.
	silent bool
}

// mutantPool hands out connections with a fault.
type mutantPool struct {
	drivers.Pool
	fault fault

	mu   sync.Mutex // guards kept
	kept map[drivers.Conn]*mutantConn
}

func (ft fault) pool(p drivers.Pool) drivers.Pool {
	return &mutantPool{Pool: p, fault: ft, kept: map[drivers.Conn]*mutantConn{}}
}

// Commits implements drivers.Committer.
func (p *mutantPool) Commits(sql string) bool {
	return !p.fault.silent && p.Pool.(drivers.Committer).Commits(sql)
}

// Acquire gives a connection that was out before its old fault, so that a fault
// can have a memory.
func (p *mutantPool) Acquire(ctx context.Context, need drivers.Need) (drivers.Conn, error) {
	c, err := p.Pool.Acquire(ctx, need)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept[c] == nil {
		p.kept[c] = &mutantConn{Conn: c, Locker: c.(drivers.Locker), pool: p, prepared: map[string][]any{}}
	}
	return p.kept[c], nil
}

func (p *mutantPool) Classify(err error) drivers.Fault {
	if p.fault.ignorant {
		return drivers.Fault{Message: err.Error()}
	}
	known := p.Pool.Classify(err)
	if p.fault.nameless {
		known.Constraint, known.Table, known.Column = "", "", ""
	}
	return known
}

// mutantConn is a connection with a fault and a memory.
type mutantConn struct {
	drivers.Conn
	drivers.Locker
	pool *mutantPool

	began    bool // the session believes that it is in a transaction
	readOnly bool
	last     drivers.TxOptions
	pending  error // a cancellation that comes too late
	prepared map[string][]any
}

func (c *mutantConn) Run(ctx context.Context, f *drivers.Flight) (drivers.Rows, error) {
	ft := c.pool.fault
	own := f
	if ft.steps != nil || ft.args != nil {
		own = &drivers.Flight{Steps: ft.rewrite(f.Steps)}
		defer func() { copyBack(f, own) }()
	}
	run := c.Conn.Run
	if ft.run != nil {
		run = func(ctx context.Context, f *drivers.Flight) (drivers.Rows, error) {
			return ft.run(ctx, c, f)
		}
	}
	rows, err := run(ctx, own)
	if rows != nil && ft.rows != nil {
		m := &mutantRows{Rows: rows}
		ft.rows(m)
		return m, err
	}
	return rows, err
}

// rewrite makes the steps that are sent in place of those given.
func (ft fault) rewrite(steps []drivers.Step) []drivers.Step {
	out := append([]drivers.Step(nil), steps...)
	if ft.args != nil {
		for i := range out {
			args := make([]any, len(out[i].Args))
			for j, arg := range out[i].Args {
				args[j] = ft.args(arg)
			}
			out[i].Args = args
		}
	}
	if ft.steps != nil {
		out = ft.steps(out)
	}
	return out
}

// copyBack reports a flight that had other steps as if it had those given.
func copyBack(f, own *drivers.Flight) {
	f.Sent, f.Done = min(own.Sent, len(f.Steps)), min(own.Done, len(f.Steps))
	if own.Done == len(own.Steps) {
		f.Done = len(f.Steps)
	}
	if n := len(own.Steps); n > 0 {
		f.Steps[len(f.Steps)-1].Result = own.Steps[n-1].Result
	}
}

func (c *mutantConn) State() drivers.TxState {
	if state := c.pool.fault.state; state != nil {
		return state(c)
	}
	return c.Conn.State()
}

func (c *mutantConn) Release() {
	if release := c.pool.fault.release; release != nil {
		release(c)
		return
	}
	c.Conn.Release()
}
