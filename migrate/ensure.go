package migrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// ensure makes the tables of the history if they are not there. A database that
// has others and no history is not touched unless that is allowed.
func (r *run) ensure(ctx context.Context) error {
	if r.state.exists {
		return nil
	}
	if err := r.apart(ctx, r.refuseTables); err != nil {
		if errors.Is(err, ErrNotEmpty) && r.appeared(ctx) {
			return nil // the tables are those of another source, whose run was faster
		}
		return err
	}
	return r.create(ctx)
}

// create makes the tables of the history if they are not there, whatever else
// is. A run of another source, which has a lock of its own, may be making them at
// the same time; then they only have to be there in the end.
func (r *run) create(ctx context.Context) error {
	if r.state.exists {
		return nil
	}
	err := r.createTable(ctx, createJournal)
	if err == nil || !r.conn.InTransaction() {
		err = errors.Join(err, r.createTable(ctx, createHistory))
	}
	switch {
	case err == nil:
		r.state.exists = true
	case r.conn.InTransaction():
		return &tablesError{err}
	case r.appeared(ctx):
		return nil
	}
	return err
}

// tablesError is why the tables could not be made in a transaction, which is of no use
// any more: whether somebody else has made them only the next one can tell.
type tablesError struct{ error }

func (e *tablesError) Unwrap() error { return e.error }

func (r *run) createTable(ctx context.Context, format string) error {
	return r.apart(ctx, func(ctx context.Context, q session.Querier) error {
		if _, err := q.Exec(ctx, fmt.Sprintf(format, r.store.table)+r.m.layout()); err != nil {
			return fmt.Errorf("migrate: create the history: %w", err)
		}
		return nil
	})
}

// layout is what a table of the history says after its columns. On SQLite its rows lie in
// the key's own order: one page less to write for each of them than with an index beside.
func (m *Migrator) layout() string {
	if m.dialect == sqlsplit.SQLite {
		return " WITHOUT ROWID"
	}
	return ""
}

// appeared reports whether somebody else has made both tables by now.
func (r *run) appeared(ctx context.Context) bool {
	if r.conn.InTransaction() {
		return r.load(ctx, r.conn) == nil && r.state.exists
	}
	err := r.apart(ctx, func(ctx context.Context, q session.Querier) error {
		if _, err := r.store.openJournal(ctx, q, 0); err != nil {
			return err
		}
		return r.load(ctx, q)
	})
	return err == nil
}

// refuseTables fails if there are tables.
func (r *run) refuseTables(ctx context.Context, q session.Querier) error {
	if r.m.opts.NotEmpty == Allow {
		return nil
	}
	names, err := r.tables(ctx, q)
	if err != nil || len(names) == 0 {
		return err
	}
	text := fmt.Sprintf("%s among %d; take over what is there with Baseline or, from another tool's history, "+
		"with Import", names[0], len(names))
	if r.m.opts.NotEmpty == Warn {
		r.m.warn(r.series, []Problem{{Source: r.series.name, Message: ErrNotEmpty.Error() + ": " + text}}, r.result)
		return nil
	}
	return fmt.Errorf("%w: %s", ErrNotEmpty, text)
}

// tables lists the tables of the current schema, but for the history's own. What
// the dialect has no question for is taken to be empty.
func (r *run) tables(ctx context.Context, q session.Querier) ([]string, error) {
	sql := askTables[r.m.dialect]
	if sql == "" {
		return nil, nil
	}
	return session.Collect[string](ctx, q, sql, r.m.opts.Table, r.m.opts.Table+"_statements",
		r.m.leaseTable())
}

var askTables = map[sqlsplit.Dialect]string{
	sqlsplit.Postgres: "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() " +
		"AND table_type = 'BASE TABLE' AND table_name NOT IN (?, ?, ?) ORDER BY 1",
	sqlsplit.MySQL: "SELECT TABLE_NAME AS table_name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() " +
		"AND TABLE_TYPE = 'BASE TABLE' AND TABLE_NAME NOT IN (?, ?, ?) ORDER BY 1",
	sqlsplit.SQLite: "SELECT name AS table_name FROM sqlite_schema WHERE type = 'table' " +
		"AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND name NOT IN (?, ?, ?) ORDER BY 1",
	sqlsplit.SQLServer: "SELECT TABLE_NAME AS table_name FROM INFORMATION_SCHEMA.TABLES " +
		"WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_NAME NOT IN (?, ?, ?) ORDER BY 1",
}
