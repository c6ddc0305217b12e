package postgres

import "github.com/jackc/pgx/v5/pgxpool"

// lingers reports whether pgconn still has a goroutine that says goodbye: after
// a broken read or write it may take 15 seconds over that.
func (c *conn) lingers() bool {
	select {
	case <-c.pg.CleanupDone():
		return false
	default:
		return c.pg.IsClosed()
	}
}

// bury frees the connection's place in the pool without waiting for the end of
// its goroutine, which Close waits for.
func (p *pool) bury(lease *pgxpool.Conn) {
	native := lease.Conn()
	if p.beforeClose != nil {
		p.beforeClose(native)
	}
	p.lingering.Go(func() { <-native.PgConn().CleanupDone() })
	lease.Hijack() // at last: Close waits for the places first, then for these
}
