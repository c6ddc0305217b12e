package migrate

import (
	"context"
	"errors"
	"fmt"

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
		found, err = session.One[indexState](ctx, q, "SELECT i.indexrelid::regclass::text AS name, i.indisvalid "+
			"AS valid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "+
			"WHERE i.indrelid = to_regclass(?) AND quote_ident(c.relname) = quote_ident((parse_ident(?))[1])",
			table, name)
		return err
	})
	if errors.Is(err, session.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("migrate: look for index %s: %w", name, err)
	}
	return &found, nil
}

// dropInvalid drops the index that a CREATE INDEX CONCURRENTLY which failed has
// left behind: it is of no use, it costs every write, and it is in the way of
// another try.
func (r *run) dropInvalid(ctx context.Context, st *sqlsplit.Statement) error {
	found, err := r.findIndex(ctx, st)
	if err != nil || found == nil || found.Valid {
		return err
	}
	err = r.apart(ctx, func(ctx context.Context, q session.Querier) error {
		_, err := q.Exec(ctx, "DROP INDEX CONCURRENTLY "+found.Name)
		return err
	})
	if err != nil {
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
	limit := a.m.opts.LockTimeout
	var set, reset string
	switch {
	case limit == 0:
		return func(context.Context) {}, nil
	case a.m.dialect == sqlsplit.Postgres:
		set = fmt.Sprintf("SET lock_timeout = %d", max(1, limit.Milliseconds()))
		reset = "RESET lock_timeout"
	case a.m.dialect == sqlsplit.MySQL:
		seconds := max(1, int(limit.Seconds()+0.999))
		set = fmt.Sprintf("SET SESSION lock_wait_timeout=%d, innodb_lock_wait_timeout=%[1]d", seconds)
		reset = "SET SESSION lock_wait_timeout=DEFAULT, innodb_lock_wait_timeout=DEFAULT"
	default:
		return func(context.Context) {}, nil
	}
	tell := func(ctx context.Context, sql string) error {
		return a.apart(ctx, func(ctx context.Context, q session.Querier) error {
			_, err := q.Exec(ctx, sql)
			return err
		})
	}
	if err := tell(ctx, set); err != nil {
		return nil, fmt.Errorf("migrate: set the lock timeout: %w", err)
	}
	return func(ctx context.Context) { _ = tell(ctx, reset) }, nil // a lost connection has none
}
