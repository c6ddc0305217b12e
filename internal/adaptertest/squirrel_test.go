package adaptertest

import (
	"context"
	"database/sql"
	"errors"

	sq "github.com/Masterminds/squirrel"
)

func openSquirrel(b *bed) client { return squirrelClient{b.db, b.squirrel().RunWith(b.db)} }

// openCachedSquirrel keeps statements prepared: each is executed in many scopes.
func openCachedSquirrel(b *bed) client {
	cache := sq.NewStmtCache(b.db)
	b.Cleanup(func() { b.must(cache.Clear()) })
	return squirrelClient{b.db, b.squirrel().RunWith(cache)}
}

func (b *bed) squirrel() sq.StatementBuilderType {
	if b.kind == onPostgres {
		return sq.StatementBuilder.PlaceholderFormat(sq.Dollar)
	}
	return sq.StatementBuilder
}

// squirrelClient builds statements and runs them, in a transaction or not.
type squirrelClient struct {
	db    *sql.DB
	build sq.StatementBuilderType
}

func (c squirrelClient) add(ctx context.Context, id int64) error {
	_, err := c.build.Insert("notes").Columns("id", "body").Values(id, odd).ExecContext(ctx)
	return err
}

func (c squirrelClient) breaks(ctx context.Context) error { return c.add(ctx, 1) }

func (c squirrelClient) ids(ctx context.Context) (ids []int64, err error) {
	rows, err := c.build.Select("id").From("notes").Where(sq.Gt{"id": 0}).OrderBy("id").QueryContext(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func (c squirrelClient) tx(ctx context.Context, fn func(context.Context, client) error) error {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(ctx, squirrelClient{c.db, c.build.RunWith(tx)}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
