package postgres

import (
	"context"
	"fmt"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/drivers/internal/dialect"
)

// locks are those of c. A pooler answers with the number of another process than
// the one that greeted us.
func (c *conn) locks() dialect.PostgresLocks {
	return dialect.PostgresLocks{Conn: c, Direct: fmt.Sprintf("pg_backend_pid() = %d", c.pg.PID())}
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
