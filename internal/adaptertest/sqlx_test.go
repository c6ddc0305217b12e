package adaptertest

import (
	"context"
	"errors"

	"github.com/jmoiron/sqlx"
)

// sqlxDriver is the name by which sqlx knows a database's placeholders.
var sqlxDriver = map[string]string{onSQLite: "sqlite3", onPostgres: "pgx", onMySQL: "mysql"}

func openSQLX(b *bed) client {
	db := sqlx.NewDb(b.db, sqlxDriver[b.kind])
	return sqlxClient{db, db}
}

// sqlxClient runs statements with a *sqlx.DB or a *sqlx.Tx of it.
type sqlxClient struct {
	db *sqlx.DB
	sqlx.ExtContext
}

type sqlxNote struct {
	ID   int64  `db:"id"`
	Body string `db:"body"`
}

func (c sqlxClient) add(ctx context.Context, id int64) error {
	_, err := sqlx.NamedExecContext(ctx, c, "INSERT INTO notes (id, body) VALUES (:id, :body)",
		sqlxNote{id, odd})
	return err
}

func (c sqlxClient) breaks(ctx context.Context) error { return c.add(ctx, 1) }

func (c sqlxClient) ids(ctx context.Context) (ids []int64, err error) {
	text := c.Rebind("SELECT id FROM notes WHERE id >= ? ORDER BY id")
	return ids, sqlx.SelectContext(ctx, c, &ids, text, 0)
}

func (c sqlxClient) tx(ctx context.Context, fn func(context.Context, client) error) error {
	tx, err := c.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(ctx, sqlxClient{c.db, tx}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
