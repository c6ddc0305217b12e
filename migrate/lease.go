package migrate

import (
	"context"
	"fmt"
	"strings"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/session"
)

// leased reports whether the lock of those who migrate is a lease in a table.
func (m *Migrator) leased() bool {
	return m.opts.LeaseTable != "" || m.engine.Describe().Capabilities.Locks == drivers.Locks{}
}

// leaseTable is the table's name as the catalogue has it.
func (m *Migrator) leaseTable() string {
	name := m.opts.LeaseTable
	if name == "" {
		return session.DefaultLeaseTable
	}
	return strings.Trim(name[strings.LastIndexByte(name, '.')+1:], "\"`[]")
}

// fenced runs fn, which writes into the history. If the lock is a lease, nothing
// may be written there after it was lost, and only a transaction is held to that.
func (r *run) fenced(ctx context.Context, fn func(ctx context.Context, q session.Querier) error) error {
	if !r.m.leased() || r.conn.InTransaction() {
		return r.apart(ctx, fn)
	}
	return r.conn.Do(ctx, func(ctx context.Context, s *session.Session) error { return fn(ctx, s) })
}

// note writes a line of the history.
func (r *run) note(ctx context.Context, sql string, args ...any) error {
	return r.fenced(ctx, func(ctx context.Context, q session.Querier) error {
		_, err := q.Exec(ctx, sql, args...)
		return err
	})
}

// errLeased refuses to end the connection of a lease's holder.
func errLeased(h *session.LockHolder) error {
	return fmt.Errorf("migrate: the lock is a lease of process %s on host %s: end that process, if it is "+
		"there, and whoever waits takes the lease over when it has run out", h.Connection, h.Host)
}
