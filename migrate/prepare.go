package migrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/sqlscope/sqlscope/migrate/sqlsplit"
	"github.com/sqlscope/sqlscope/session"
)

// usual is how the connection was when the run began.
type usual struct {
	schema  string // the current schema or database
	known   bool
	changed bool     // a statement may have changed a setting
	values  []string // of the settings that are restored one by one
}

// prepare reads the history under the lock and finds out where it is.
func (r *run) prepare(ctx context.Context) error {
	r.store = r.m.unqualified(r.series)
	if err := r.enterSchema(ctx); err != nil {
		return err
	}
	err := r.apart(ctx, r.load)
	if errors.Is(err, errNoHistory) {
		return nil
	}
	return err
}

// load reads the history.
func (r *run) load(ctx context.Context, q session.Querier) (err error) {
	if r.conn.InTransaction() {
		r.state, err = r.store.loadInTx(ctx, q)
		return err
	}
	if r.state, err = r.store.load(ctx, q); err == nil && !r.state.exists {
		err = errNoHistory // the question failed, and what stands alone may
	}
	return err
}

var errNoHistory = errors.New("migrate: there is no history yet")

// apart runs fn with statements that stand alone and fail alone.
func (r *run) apart(ctx context.Context, fn func(ctx context.Context, q session.Querier) error) error {
	if r.conn.InTransaction() {
		return fn(ctx, r.conn)
	}
	return r.conn.Apart(ctx, func(ctx context.Context, c *session.SyncConn) error { return fn(ctx, c) })
}

// do runs one statement that stands alone.
func (r *run) do(ctx context.Context, sql string, args ...any) error {
	return r.apart(ctx, func(ctx context.Context, q session.Querier) error {
		_, err := q.Exec(ctx, sql, args...)
		return err
	})
}

// enterSchema makes Options.Schema the current one, or finds out which is, so
// that a migration that changes it does not lead the history astray.
func (r *run) enterSchema(ctx context.Context) error {
	ask := askSchema[r.m.dialect]
	if ask == "" {
		return nil
	}
	return r.apart(ctx, func(ctx context.Context, q session.Querier) (err error) {
		if r.usual.schema, err = session.One[string](ctx, q, ask); err != nil {
			return fmt.Errorf("migrate: ask for the current schema: %w", err)
		}
		r.usual.known = true
		return r.choose(ctx, q)
	})
}

var askSchema = map[sqlsplit.Dialect]string{sqlsplit.Postgres: "SELECT coalesce(current_schema(), '')",
	sqlsplit.MySQL: "SELECT coalesce(DATABASE(), '')"}

// choose decides on the schema of the run.
func (r *run) choose(ctx context.Context, q session.Querier) error {
	switch {
	case r.m.opts.Schema != "":
		return r.use(ctx, q, r.m.opts.Schema)
	case r.usual.schema == "":
		return errors.New("migrate: no schema is chosen: name a database in the URL, or set Options.Schema " +
			"or search_path")
	}
	r.store.table = r.m.quote(r.usual.schema) + "." + r.m.opts.Table
	return nil
}

// use makes a schema the current one.
func (r *run) use(ctx context.Context, q session.Querier, schema string) error {
	sql := "USE " + r.m.quote(schema)
	if r.m.dialect == sqlsplit.Postgres {
		sql = "SET search_path TO " + r.m.quote(schema)
		r.usual.changed = true
	}
	if _, err := q.Exec(ctx, sql); err != nil {
		return fmt.Errorf("migrate: choose schema %s: %w", schema, err)
	}
	return nil
}
