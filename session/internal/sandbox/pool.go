package sandbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// Config is what a pool is made of.
type Config struct {
	// Take takes the connection that all share, with an open transaction.
	Take func(ctx context.Context) (drivers.Conn, error)
	// GiveBack rolls it back and gives it back.
	GiveBack func(drivers.Conn)
	// Describe is the database's description.
	Describe *drivers.Description
	// Classify is the driver's.
	Classify func(error) drivers.Fault
	// Refused is wrapped by the errors of what a sandbox cannot do.
	Refused error
	// Report is told of what the sandbox cannot show as it would be.
	Report func(error)
	// Patience is how long a transaction waits for one inside of it.
	Patience time.Duration
}

// Pool implements [drivers.Pool].
type Pool struct {
	cfg  Config
	desc drivers.Description
	turn chan struct{} // holds one token: whoever has it uses the connection

	mu      sync.Mutex // guards the fields below
	real    drivers.Conn
	stack   []*Conn       // the open transactions, outermost first
	rows    *rows         // those that are open
	changed chan struct{} // closed when stack or rows change
	over    error         // why the shared transaction is gone
	named   int
	opened  int64
}

// New makes a pool. It takes the connection when it is asked for the first of
// its own.
func New(cfg Config) *Pool {
	p := &Pool{cfg: cfg, desc: *cfg.Describe, turn: make(chan struct{}, 1), changed: make(chan struct{})}
	p.desc.MaxConns = 1 // the gate lets in as well what runs inside of who is in
	c := &p.desc.Capabilities
	c.SingleWriter, c.Remote = false, false // a rollback is over when it is asked for
	c.Locks = drivers.Locks{}
	p.turn <- struct{}{}
	return p
}

// Describe implements [drivers.Pool].
func (p *Pool) Describe() *drivers.Description { return &p.desc }

// Nests implements [drivers.Nester].
func (p *Pool) Nests() bool { return true }

// Acquire implements [drivers.Pool].
func (p *Pool) Acquire(ctx context.Context, _ drivers.Need) (drivers.Conn, error) {
	select {
	case <-p.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer p.giveTurn()
	if p.connection() == nil {
		conn, err := p.cfg.Take(ctx)
		if err != nil {
			return nil, err
		}
		p.mu.Lock()
		p.real = conn
		p.mu.Unlock()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over != nil {
		return nil, p.over
	}
	p.opened++
	c := &Conn{pool: p}
	if w, ok := p.real.(drivers.Watcher); ok {
		return &watchedConn{c, w}, nil
	}
	return c, nil
}

func (p *Pool) connection() drivers.Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.real
}

// Classify implements [drivers.Pool].
func (p *Pool) Classify(err error) drivers.Fault {
	if r := (*refusal)(nil); errors.As(err, &r) {
		return drivers.Fault{Kind: r.kind, Message: r.text}
	}
	if errors.Is(err, errOver) {
		return drivers.Fault{Kind: drivers.KindResource, Message: err.Error()}
	}
	return p.cfg.Classify(err)
}

// Stats implements [drivers.Pool].
func (p *Pool) Stats() drivers.PoolStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return drivers.PoolStats{Opened: p.opened}
}

// Close implements [drivers.Pool]. It rolls everything back.
func (p *Pool) Close(ctx context.Context) error {
	select {
	case <-p.turn:
	case <-ctx.Done():
		return fmt.Errorf("sandbox: still in use: %w", ctx.Err())
	}
	p.mu.Lock()
	conn, open := p.real, p.rows
	p.over = errClosed
	p.mu.Unlock()
	if open != nil {
		_ = open.Close()
	}
	if conn != nil {
		p.cfg.GiveBack(conn)
	}
	return nil
}

func (p *Pool) giveTurn() { p.turn <- struct{}{} }

// changedLocked wakes who waits for a transaction or rows to end.
func (p *Pool) changedLocked() {
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Pool) topLocked() *Conn {
	if len(p.stack) == 0 {
		return nil
	}
	return p.stack[len(p.stack)-1]
}

// look notes when the shared transaction is gone: then nothing more is run.
func (p *Pool) look(what string) {
	state := p.connection().State()
	if state == drivers.TxActive || state == drivers.TxFailed {
		return
	}
	p.mu.Lock()
	first := p.over == nil
	if first {
		p.over = fmt.Errorf("%w: after %s the connection is %v", errOver, what, state)
	}
	err := p.over
	p.mu.Unlock()
	if first {
		p.cfg.Report(err)
	}
}
