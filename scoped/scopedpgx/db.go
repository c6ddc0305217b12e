package scopedpgx

import (
	"context"

	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

// DB runs pgx's calls in the scopes of a registry. It is safe for concurrent
// use, as the registry is.
type DB struct {
	registry *scoped.Registry
	calls
}

// New makes a DB of the registry's scopes. It panics without a registry.
func New(registry *scoped.Registry) *DB {
	if registry == nil {
		panic("scopedpgx: New needs a registry, got nil")
	}
	return &DB{registry, calls{registry.From}}
}

// Begin opens a savepoint in the scope of ctx, as a transaction of pgx: Commit
// keeps what was done in it as far as the scope is kept, Rollback undoes that
// alone. Its statements belong to the scope whatever their context is.
func (db *DB) Begin(ctx context.Context) (pgx.Tx, error) { return begin(ctx, db.registry) }

// BeginTx is [DB.Begin] with what the scope must have: the isolation, or a
// stricter one; read-only if that is asked for. What it has not is refused with
// [scoped.ErrJoin]; BeginQuery and CommitQuery, which would be run in its place,
// with [session.ErrUnsupported].
func (db *DB) BeginTx(ctx context.Context, opts pgx.TxOptions) (pgx.Tx, error) {
	asked, err := txOptions(&opts)
	if err != nil {
		return nil, err
	}
	return begin(ctx, db.registry, asked...)
}

// Tx is the transaction of the scope of ctx itself, for code that takes a
// pgx.Tx and does not end it. Its Commit and Rollback are refused with
// [ErrNotYours]; its Begin is [DB.Begin].
func (db *DB) Tx(ctx context.Context) (pgx.Tx, error) {
	if _, err := db.registry.From(ctx); err != nil {
		return nil, err
	}
	inside := func(context.Context) (*session.Session, error) { return db.registry.From(ctx) }
	return &whole{bound{calls{inside}}, db.registry, ctx}, nil
}

// calls are the methods that a pool and a transaction share.
type calls struct {
	// at finds the session of a call.
	at func(ctx context.Context) (*session.Session, error)
}

// Exec runs a statement and discards its rows.
func (c *calls) Exec(ctx context.Context, sql string, args ...any) (tag pgconn.CommandTag, err error) {
	err = c.run(ctx, sql, func(ctx context.Context, conn *pgx.Conn) (err error) {
		tag, err = conn.Exec(ctx, sql, args...)
		return err
	})
	return tag, err
}

// run runs what leaves nothing open.
func (c *calls) run(ctx context.Context, what string, f func(context.Context, *pgx.Conn) error) error {
	s, err := c.at(ctx)
	if err != nil {
		return err
	}
	_, err = session.NativeQuery(ctx, s, what, func(ctx context.Context, conn *pgx.Conn) (drivers.Rows, error) {
		return nil, f(ctx, conn)
	})
	return err
}

// Query runs a statement and returns its rows, which must be closed or read to
// their end. The context covers the rows too.
func (c *calls) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	r, err := c.query(ctx, sql, args)
	if err != nil {
		return &rows{err: err}, err
	}
	return r, nil
}

func (c *calls) query(ctx context.Context, sql string, args []any) (*rows, error) {
	s, err := c.at(ctx)
	if err != nil {
		return nil, err
	}
	r := &rows{}
	r.open, err = session.NativeQuery(ctx, s, sql, func(ctx context.Context, conn *pgx.Conn) (drivers.Rows, error) {
		var err error
		if r.native, err = conn.Query(ctx, sql, args...); err != nil {
			return nil, err
		}
		r.conn, r.types = conn, conn.TypeMap()
		return open{r.native}, nil
	})
	if err != nil {
		return nil, err
	}
	r.open.Share(r.recall)
	return r, nil
}

// QueryRow runs a statement; its only or first row is read by the Row's Scan,
// whose error is pgx.ErrNoRows if there is none.
func (c *calls) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	r, err := c.query(ctx, sql, args)
	if err != nil {
		return row{&rows{err: err}}
	}
	return row{r}
}

// CopyFrom copies rows into a table with COPY and returns how many they were.
// The connection is busy meanwhile, so the source must not use the scope.
func (c *calls) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string,
	src pgx.CopyFromSource) (n int64, err error) {
	err = c.run(ctx, "COPY "+table.Sanitize(), func(ctx context.Context, conn *pgx.Conn) (err error) {
		n, err = conn.CopyFrom(ctx, table, columns, src)
		return err
	})
	return n, err
}

// Prepare prepares a statement, under a name, on the connection of the scope.
func (c *calls) Prepare(ctx context.Context, name, sql string) (sd *pgconn.StatementDescription, err error) {
	err = c.run(ctx, sql, func(ctx context.Context, conn *pgx.Conn) (err error) {
		sd, err = conn.Prepare(ctx, name, sql)
		return err
	})
	return sd, err
}

var isolations = map[pgx.TxIsoLevel]session.Isolation{
	"": session.DefaultIsolation, pgx.ReadUncommitted: session.ReadUncommitted,
	pgx.ReadCommitted: session.ReadCommitted, pgx.RepeatableRead: session.RepeatableRead,
	pgx.Serializable: session.Serializable,
}

// txOptions are the options that were asked for, none if they ask for nothing.
func txOptions(o *pgx.TxOptions) ([]session.TxOptions, error) {
	level, ok := isolations[o.IsoLevel]
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: isolation level %q", session.ErrUnsupported, o.IsoLevel)
	case o.BeginQuery != "" || o.CommitQuery != "":
		return nil, errOwnQuery
	}
	asked := session.TxOptions{Isolation: level, ReadOnly: o.AccessMode == pgx.ReadOnly,
		Deferrable: o.DeferrableMode == pgx.Deferrable}
	if level == session.DefaultIsolation && !asked.ReadOnly && !asked.Deferrable {
		return nil, nil
	}
	return []session.TxOptions{asked}, nil
}

var errOwnQuery = fmt.Errorf("%w: BeginQuery and CommitQuery in a scope, which has begun already; "+
	"begin a transaction of pgx's own instead", session.ErrUnsupported)
