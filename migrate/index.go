package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// indexState is what the catalogue says of an index.
type indexState struct {
	Name  string
	Valid bool
}

// findIndex looks for the index that a CREATE INDEX CONCURRENTLY makes; nil if it
// is not there or its name is the server's choice. The server creates it in the
// schema of its table.
func (r *run) findIndex(ctx context.Context, st *sqlsplit.Statement) (*indexState, error) {
	name, table, ok := st.ConcurrentIndex()
	if !ok || name == "" {
		return nil, nil
	}
	var found indexState
	err := r.apart(ctx, func(ctx context.Context, q session.Querier) (err error) {
		found, err = session.One[indexState](ctx, q, askIndex, table, name)
		return err
	})
	switch {
	case errors.Is(err, session.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("migrate: look for index %s: %w", name, err)
	}
	return &found, nil
}

const askIndex = "SELECT i.indexrelid::regclass::text AS name, i.indisvalid AS valid " +
	"FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid " +
	"WHERE i.indrelid = to_regclass(?) AND quote_ident(c.relname) = quote_ident((parse_ident(?))[1])"

// dropInvalid drops the index that a CREATE INDEX CONCURRENTLY which failed has
// left behind: it is of no use, it costs every write, and it is in the way of
// another try.
func (r *run) dropInvalid(ctx context.Context, st *sqlsplit.Statement) error {
	found, err := r.findIndex(ctx, st)
	if err != nil || found == nil || found.Valid {
		return err
	}
	if err := r.do(ctx, "DROP INDEX CONCURRENTLY "+found.Name); err != nil {
		return fmt.Errorf("migrate: drop the invalid index %s: %w", found.Name, err)
	}
	return nil
}

// settleIndex finds out what has become of an index that was being built when an
// earlier run was interrupted.
func (a *alone) settleIndex(ctx context.Context, st *sqlsplit.Statement) (happened bool, err error) {
	found, err := a.findIndex(ctx, st)
	switch {
	case err != nil:
		return false, err
	case found == nil:
		if name, _, _ := st.ConcurrentIndex(); name == "" {
			return false, a.statementFailure(a.step, st, &AmbiguousError{Statement: st.Number,
				Statements: a.step.Count, SQL: st.SQL})
		}
		return false, nil
	case found.Valid:
		return true, a.write(ctx, st, finished)
	}
	return false, a.dropInvalid(ctx, st)
}

// limitLocks sets the lock timeout for statements outside a transaction, and
// returns how it is taken back.
func (a *alone) limitLocks(ctx context.Context) (func(context.Context), error) {
	set, reset := lockLimit(a.m.dialect, a.m.opts.LockTimeout)
	if set == "" {
		return func(context.Context) {}, nil
	}
	if err := a.do(ctx, set); err != nil {
		return nil, fmt.Errorf("migrate: set the lock timeout: %w", err)
	}
	return func(ctx context.Context) { _ = a.do(ctx, reset) }, nil // a lost connection has none
}

// lockLimit sets a lock timeout on a connection, and takes it back; "" if there is
// none to set.
func lockLimit(d sqlsplit.Dialect, limit time.Duration) (set, reset string) {
	switch {
	case limit == 0:
	case d == sqlsplit.Postgres:
		return fmt.Sprintf("SET lock_timeout = %d", max(1, limit.Milliseconds())), "RESET lock_timeout"
	case d == sqlsplit.MySQL:
		seconds := max(1, int(limit.Seconds()+0.999))
		return fmt.Sprintf("SET SESSION lock_wait_timeout=%d, innodb_lock_wait_timeout=%[1]d", seconds),
			"SET SESSION lock_wait_timeout=DEFAULT, innodb_lock_wait_timeout=DEFAULT"
	}
	return "", ""
}
