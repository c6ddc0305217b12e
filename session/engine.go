package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sqlscope/sqlscope/drivers"
)

// Engine is one database: its driver, its pool, its options. It is safe for
// concurrent use. It must be closed.
type Engine struct {
	pool drivers.Pool
	desc *drivers.Description
	opts Options

	// write and read admit sessions to connections. They are the same gate
	// unless the database has a single writer.
	write, read *gate

	texts  texts
	counts counts
	turns  turns // of RunSync
	closed atomic.Bool

	// around is the sandbox that the engine's sessions run inside of, or nil.
	around *owner

	// cleaners are the goroutines that roll back for callers who do not wait.
	cleaners sync.WaitGroup
}

// Open opens the database at url with the driver among ds that knows its
// scheme. It dials nothing; everything that can be found wrong without a
// connection is an error here. Use [Engine.Ping] to see whether the database
// answers.
func Open(ctx context.Context, url string, opts Options, ds ...drivers.Driver) (*Engine, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	d, err := driverFor(url, ds)
	if err != nil {
		return nil, err
	}
	opts = opts.defaults()
	pool, err := d.Open(ctx, drivers.Config{URL: url, Pool: opts.pool(), Logger: opts.Logger})
	if err != nil {
		return nil, err
	}
	e, err := newEngine(pool, opts)
	if err != nil {
		return nil, errors.Join(err, pool.Close(ctx))
	}
	return e, nil
}

// New makes an engine of a pool that is there already, such as the one that
// postgres.Adopt makes of a *pgxpool.Pool. The options that concern keeping
// connections are the pool's own and are ignored.
func New(pool drivers.Pool, opts Options) (*Engine, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	return newEngine(pool, opts.defaults())
}

func newEngine(pool drivers.Pool, opts Options) (*Engine, error) {
	desc := pool.Describe()
	if desc.MaxConns < 1 {
		return nil, fmt.Errorf("session: driver %s describes %d connections", desc.Driver, desc.MaxConns)
	}
	e := &Engine{pool: pool, desc: desc, opts: opts}
	if err := supports(desc, &opts.Tx); err != nil {
		return nil, fmt.Errorf("session: Options.Tx: %w", err)
	}
	e.read = newGate("connections", desc.MaxConns)
	e.read.nests = nests(pool)
	e.write = e.read
	if desc.Capabilities.SingleWriter && desc.MaxConns > 1 {
		e.write = newGate(writers, 1)
		e.read = newGate("reader connections", desc.MaxConns-1)
	}
	return e, nil
}

// driverFor finds the driver for the scheme of url.
func driverFor(url string, ds []drivers.Driver) (drivers.Driver, error) {
	scheme, _, ok := strings.Cut(url, ":")
	var known []string
	for _, d := range ds {
		for _, s := range d.Schemes() {
			if ok && strings.EqualFold(s, scheme) {
				return d, nil
			}
			known = append(known, s+":")
		}
	}
	switch {
	case len(ds) == 0:
		return nil, fmt.Errorf("session: no driver given; pass one to Open, such as sqlite.Driver")
	case !ok:
		return nil, fmt.Errorf("session: the database URL has no scheme; it must begin with one of %s",
			strings.Join(known, ", "))
	}
	if strings.Contains(scheme, "=") { // a connection string, perhaps with a part of the password
		scheme = "…"
	}
	return nil, fmt.Errorf("session: no driver for scheme %q; the drivers given know %s",
		scheme+":", strings.Join(known, ", "))
}

// Describe tells what the database is and can do. It must not be changed.
func (e *Engine) Describe() *drivers.Description { return e.desc }

// TxOptions are the options of transactions that are given none: Options.Tx.
func (e *Engine) TxOptions() TxOptions { return e.opts.Tx }

// gateFor is the gate that a transaction with these options goes through.
func (e *Engine) gateFor(o *TxOptions) *gate {
	if o.ReadOnly {
		return e.read
	}
	return e.write
}

// Ping reports whether the database answers, on a connection of its own.
func (e *Engine) Ping(ctx context.Context) error {
	l, err := e.acquire(ctx, &TxOptions{ReadOnly: true}, nil, here(0), true)
	if err != nil {
		return err
	}
	e.giveBack(l)
	return nil
}

// Close refuses new work at once, waits until every connection has come back
// and closes them. When ctx ends first it closes what it can and returns an
// error that names who still holds a connection.
func (e *Engine) Close(ctx context.Context) error {
	if e.closed.Swap(true) {
		return nil
	}
	held := e.write.close(ctx)
	if e.read != e.write {
		held = append(held, e.read.close(ctx)...)
	}
	err := e.pool.Close(ctx)
	if len(held) > 0 {
		return fmt.Errorf("session: engine closed with connections in use: %w\n%s",
			context.Cause(ctx), strings.Join(held, "\n"))
	}
	e.cleaners.Wait()
	return err
}
