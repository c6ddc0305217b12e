package adaptertest

import (
	"context"
	"errors"
	"slices"
	"testing"

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

func TestSQLXReadsInALoopOverRowsAndKeepsStatements(t *testing.T) {
	for _, kind := range everywhere {
		t.Run(kind, func(t *testing.T) {
			b := newBed(t, kind)
			db := sqlx.NewDb(b.db, sqlxDriver[kind])
			one, err := db.PrepareNamedContext(t.Context(), "SELECT id, body FROM notes WHERE id = :id")
			b.must(err)
			defer one.Close()
			for range 2 { // the statement is executed in two scopes
				b.undone(func(ctx context.Context) { b.loop(ctx, db, one) })
			}
		})
	}
}

// loop asks for each note that it reads, and writes one more for it.
func (b *bed) loop(ctx context.Context, db *sqlx.DB, one *sqlx.NamedStmt) {
	b.Helper()
	for id := range int64(3) {
		b.plain(ctx, id+1)
	}
	text, args, err := sqlx.In("SELECT id FROM notes WHERE id IN (?) ORDER BY id", []int{1, 3})
	b.must(err)
	rows, err := db.QueryxContext(ctx, db.Rebind(text), args...)
	b.must(err)
	defer rows.Close()
	for rows.Next() {
		var id int64
		b.must(rows.Scan(&id))
		var n sqlxNote
		b.must(one.GetContext(ctx, &n, sqlxNote{ID: id}))
		if n != (sqlxNote{id, odd}) {
			b.Errorf("found %+v", n)
		}
		b.plain(ctx, 10+id)
	}
	b.must(rows.Err())
	var ids []int64
	b.must(db.SelectContext(ctx, &ids, "SELECT id FROM notes ORDER BY id"))
	if !slices.Equal(ids, []int64{1, 2, 3, 11, 13}) {
		b.Errorf("the notes are %v", ids)
	}
}
