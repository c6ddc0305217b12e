//go:build cgo && (darwin || freebsd || linux)

package odbc

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
	known "github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// TryLock implements [drivers.Locker].
func (c *conn) TryLock(ctx context.Context, l drivers.Lock) (bool, error) {
	return c.dialect.locks(c).TryLock(ctx, l)
}

// Unlock implements [drivers.Locker].
func (c *conn) Unlock(ctx context.Context, l drivers.Lock) error {
	return c.dialect.locks(c).Unlock(ctx, l)
}

// Holder implements [drivers.Locker].
func (c *conn) Holder(ctx context.Context, name string) (*drivers.Holder, error) {
	return c.dialect.locks(c).Holder(ctx, name)
}

// database is the one that the connection was made to, as far as is known.
func (c *conn) database() string { return c.pool.database }

// beside is the latch of the connection.
func (c *conn) beside() drivers.Locker {
	if c.pool.latchString == nil {
		return known.Unshared{}
	}
	if c.latch == nil {
		p := c.pool
		c.latch = &known.Latch{
			Path: p.database + known.LatchSuffix,
			Open: p.openLatch,
			Busy: func(err error) bool { return p.Classify(err).Kind == drivers.KindLockTimeout },
		}
	}
	return c.latch
}

// openLatch opens the file of a latch.
func (p *pool) openLatch(ctx context.Context) (known.LatchFile, error) {
	l, err := p.connectTo(ctx, p.latchString)
	if err != nil {
		return nil, err
	}
	f := latchFile{l}
	// The ODBC driver's own limit may be overridden by its data source.
	if err := f.Exec("PRAGMA busy_timeout=0"); err != nil {
		l.close()
		return nil, err
	}
	return f, nil
}

// latchFile implements [known.LatchFile] on a connection that is not the pool's.
type latchFile struct{ link *link }

func (f latchFile) Exec(sql string) error {
	return f.link.briefly(func() error { return f.link.run(sql) })
}

func (f latchFile) Text(sql string) (string, error) { return f.link.askBriefly(sql) }

func (f latchFile) Close() {
	_ = f.Exec("ROLLBACK") // for close returns before the connection is gone
	f.link.close()
}
