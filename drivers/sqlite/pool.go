package sqlite

import (
	"context"
	"errors"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/connpool"
)

// pool has one connection that writes and others that only read. In memory there
// is only the first.
type pool struct {
	desc    *drivers.Description
	writer  *connpool.Pool[*link]
	readers *connpool.Pool[*link] // nil in memory
	memory  bool
}

func newPool(opts *options, po drivers.PoolOptions) (*pool, error) {
	if po.MaxConns < 1 {
		return nil, errors.New("sqlite: MaxConns must be at least 1")
	}
	p := &pool{memory: opts.memory}
	if opts.memory {
		po.MaxConns, po.MinIdleConns = 1, 0
		po.MaxConnLifetime, po.MaxConnIdleTime = 0, 0 // the data would be gone
	}
	p.desc = describe(opts, po.MaxConns)
	readers := max(1, po.MaxConns-1)
	ahead := min(po.MinIdleConns, readers)
	po.MinIdleConns = 0
	var err error
	if p.writer, err = connpool.New(config(opts, po, false, 1)); err != nil || opts.memory {
		return p, err
	}
	po.MinIdleConns = ahead
	p.readers, err = connpool.New(config(opts, po, true, readers))
	return p, err
}

// config has no Ping: a connection to a file cannot be lost.
func config(
	opts *options, po drivers.PoolOptions, reader bool, conns int,
) connpool.Config[*link] {
	return connpool.Config[*link]{
		Open: func(ctx context.Context) (*link, error) {
			return open(ctx, opts, reader)
		},
		Close:    (*link).close,
		Options:  po,
		MaxConns: conns,
	}
}

// Describe implements [drivers.Pool].
func (p *pool) Describe() *drivers.Description { return p.desc }

// Acquire implements [drivers.Pool].
func (p *pool) Acquire(ctx context.Context, need drivers.Need) (drivers.Conn, error) {
	from := p.writer
	if need.ReadOnly && p.readers != nil {
		from = p.readers
	}
	lease, err := from.Acquire(ctx, need.Verified)
	if err != nil {
		return nil, err
	}
	return &conn{link: lease.Conn(), lease: lease, memory: p.memory}, nil
}

// Classify implements [drivers.Pool].
func (p *pool) Classify(err error) drivers.Fault { return classify(err) }

// Stats implements [drivers.Pool]; it counts the writer and the readers.
func (p *pool) Stats() drivers.PoolStats {
	s := p.writer.Stats()
	if p.readers != nil {
		r := p.readers.Stats()
		s.Open += r.Open
		s.Idle += r.Idle
		s.Opened += r.Opened
		s.Closed += r.Closed
	}
	return s
}

// Close implements [drivers.Pool]. The writer is closed last: the last
// connection to a file moves what is in its WAL into it, and readers may not.
func (p *pool) Close(ctx context.Context) error {
	if p.readers != nil {
		if err := p.readers.Close(ctx); err != nil {
			return errors.Join(err, p.writer.Close(ctx))
		}
	}
	return p.writer.Close(ctx)
}
