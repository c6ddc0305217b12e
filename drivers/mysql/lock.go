package mysql

import (
	"context"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

func (c *conn) locks() dialect.MySQLLocks {
	return dialect.MySQLLocks{Conn: c, Database: c.pool.cfg.DBName, Usual: c.usual("wait_timeout")}
}

// TryLock implements [drivers.Locker].
func (c *conn) TryLock(ctx context.Context, l drivers.Lock) (bool, error) {
	return c.locks().TryLock(ctx, l)
}

// Unlock implements [drivers.Locker].
func (c *conn) Unlock(ctx context.Context, l drivers.Lock) error { return c.locks().Unlock(ctx, l) }

// Holder implements [drivers.Locker].
func (c *conn) Holder(ctx context.Context, name string) (*drivers.Holder, error) {
	return c.locks().Holder(ctx, name)
}
