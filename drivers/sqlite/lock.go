package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/sqlscope/sqlscope/drivers"
)

// TryLock implements [drivers.Locker]. A database in memory is its connection's
// alone.
func (c *conn) TryLock(ctx context.Context, l drivers.Lock) (bool, error) {
	switch {
	case l.InTx:
		return false, errors.New("sqlite: no lock belongs to a transaction")
	case c.memory:
		return true, nil
	case c.latch != nil:
		return false, nil
	}
	side, err := openLatch(ctx, c.opts)
	if err != nil {
		return false, unlessBusy(err)
	}
	taken, err := side.take()
	if !taken {
		side.close()
		return false, unlessBusy(err)
	}
	c.latch = side
	return true, nil
}

// unlessBusy takes any lock that is in the way for the one that was asked for:
// others are about to take it.
func unlessBusy(err error) error {
	if codeOf(err)&0xff == codeBusy {
		return nil
	}
	return err
}

// Unlock implements [drivers.Locker].
func (c *conn) Unlock(context.Context, drivers.Lock) error {
	if !c.memory && c.latch == nil {
		return errors.New("sqlite: the lock was not held")
	}
	c.unlatch()
	return nil
}

// unlatch gives up the lock, if it is held.
func (l *link) unlatch() {
	if l.latch != nil {
		l.latch.close()
		l.latch = nil
	}
}

// Holder implements [drivers.Locker]. It finds out by trying to take the lock,
// for a moment; who comes at that moment comes again.
func (c *conn) Holder(ctx context.Context, _ string) (*drivers.Holder, error) {
	if c.memory {
		return nil, nil
	}
	if _, err := os.Stat(c.opts.path + latchSuffix); errors.Is(err, fs.ErrNotExist) {
		return nil, nil // nobody has ever locked
	}
	side, err := openLatch(ctx, c.opts)
	if err != nil {
		return &drivers.Holder{}, unlessBusy(err)
	}
	defer side.close()
	taken, err := side.try()
	if taken || err != nil {
		return nil, err
	}
	return side.holder()
}
