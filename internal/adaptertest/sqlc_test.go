package adaptertest

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sqlscope/sqlscope/internal/adaptertest/sqlc/notesmysql"
	"github.com/sqlscope/sqlscope/internal/adaptertest/sqlc/notespgx"
	"github.com/sqlscope/sqlscope/internal/adaptertest/sqlc/notespostgres"
	"github.com/sqlscope/sqlscope/internal/adaptertest/sqlc/notesqlite"
	"github.com/sqlscope/sqlscope/scoped/scopedpgx"
)

// reader is what sqlc's packages have in common: the arguments of AddNote have a
// type of their own in each.
type reader interface {
	NoteIDs(ctx context.Context) ([]int64, error)
}

// generated are sqlc's queries on a database, with a transaction or without.
type generated struct {
	reader
	addNote func(ctx context.Context, id int64, body string) error
	within  func(tx *sql.Tx) generated
}

func onNoteSQLite(q *notesqlite.Queries) generated {
	add := func(ctx context.Context, id int64, body string) error {
		return q.AddNote(ctx, notesqlite.AddNoteParams{ID: id, Body: body})
	}
	return generated{q, add, func(tx *sql.Tx) generated { return onNoteSQLite(q.WithTx(tx)) }}
}

func onNotePostgres(q *notespostgres.Queries) generated {
	add := func(ctx context.Context, id int64, body string) error {
		return q.AddNote(ctx, notespostgres.AddNoteParams{ID: id, Body: body})
	}
	return generated{q, add, func(tx *sql.Tx) generated { return onNotePostgres(q.WithTx(tx)) }}
}

func onNoteMySQL(q *notesmysql.Queries) generated {
	add := func(ctx context.Context, id int64, body string) error {
		return q.AddNote(ctx, notesmysql.AddNoteParams{ID: id, Body: body})
	}
	return generated{q, add, func(tx *sql.Tx) generated { return onNoteMySQL(q.WithTx(tx)) }}
}

func openSQLC(b *bed) client {
	return sqlcClient{b.db, map[string]func() generated{
		onSQLite:   func() generated { return onNoteSQLite(notesqlite.New(b.db)) },
		onPostgres: func() generated { return onNotePostgres(notespostgres.New(b.db)) },
		onMySQL:    func() generated { return onNoteMySQL(notesmysql.New(b.db)) },
	}[b.kind]()}
}

// sqlcClient runs what sqlc has generated for database/sql.
type sqlcClient struct {
	db *sql.DB
	q  generated
}

func (c sqlcClient) add(ctx context.Context, id int64) error { return c.q.addNote(ctx, id, odd) }

func (c sqlcClient) breaks(ctx context.Context) error { return c.add(ctx, 1) }

func (c sqlcClient) ids(ctx context.Context) ([]int64, error) { return c.q.NoteIDs(ctx) }

func (c sqlcClient) tx(ctx context.Context, fn func(context.Context, client) error) error {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(ctx, sqlcClient{c.db, c.q.within(tx)}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func openSQLCPgx(b *bed) client { return sqlcPgxClient{b.pgx, notespgx.New(b.pgx)} }

// sqlcPgxClient runs what sqlc has generated for pgx.
type sqlcPgxClient struct {
	db *scopedpgx.DB
	q  *notespgx.Queries
}

func (c sqlcPgxClient) add(ctx context.Context, id int64) error {
	return c.q.AddNote(ctx, notespgx.AddNoteParams{ID: id, Body: odd})
}

func (c sqlcPgxClient) breaks(ctx context.Context) error { return c.add(ctx, 1) }

func (c sqlcPgxClient) ids(ctx context.Context) ([]int64, error) { return c.q.NoteIDs(ctx) }

func (c sqlcPgxClient) tx(ctx context.Context, fn func(context.Context, client) error) error {
	return pgx.BeginFunc(ctx, c.db, func(tx pgx.Tx) error {
		return fn(ctx, sqlcPgxClient{c.db, c.q.WithTx(tx)})
	})
}

// writeNote is WriteNote of a database: by RETURNING, or by the last key that was made.
func (b *bed) writeNote(ctx context.Context) (int64, error) {
	switch b.kind {
	case onSQLite:
		return notesqlite.New(b.db).WriteNote(ctx, odd)
	case onMySQL:
		return notesmysql.New(b.db).WriteNote(ctx, odd)
	}
	return notespostgres.New(b.db).WriteNote(ctx, odd)
}

func TestKeysThatTheDatabaseMakesReachSQLC(t *testing.T) {
	for _, kind := range everywhere {
		t.Run(kind, func(t *testing.T) {
			b := newBed(t, kind)
			b.inScope(func(ctx context.Context) {
				first, err := b.writeNote(ctx)
				b.must(err)
				second, err := b.writeNote(ctx)
				b.must(err)
				if first == 0 || first == second {
					t.Errorf("the keys are %d and %d", first, second)
				}
				b.wantSeen(ctx, first, second)
			})
		})
	}
}

func TestCopyFromAndBatchesOfSQLCGoWithTheScope(t *testing.T) {
	b := newBed(t, onPostgres)
	q := notespgx.New(b.pgx)
	all := func(ctx context.Context) {
		n, err := q.CopyNotes(ctx, []notespgx.CopyNotesParams{{ID: 1, Body: odd}, {ID: 2, Body: odd}})
		b.must(err)
		if n != 2 {
			t.Errorf("%d notes were copied", n)
		}
		more := q.AddNotes(ctx, []notespgx.AddNotesParams{{ID: 3, Body: odd}, {ID: 4, Body: odd}})
		more.Exec(func(_ int, err error) { b.must(err) })
		b.wantSeen(ctx, 1, 2, 3, 4)
	}
	b.undone(all)
	b.wantKept()
	b.inScope(all)
	b.wantKept(1, 2, 3, 4)
	b.wantOdd()
}
