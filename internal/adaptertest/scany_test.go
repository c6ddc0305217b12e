package adaptertest

import (
	"context"

	"github.com/georgysavva/scany/v2/pgxscan"
	"github.com/jackc/pgx/v5"
)

// pgxDB is what scany's users have: a pool or a transaction.
type pgxDB interface {
	pgxscan.Querier
	Begin(ctx context.Context) (pgx.Tx, error)
}

func openScany(b *bed) client { return scanyClient{b.pgx} }

type scanyClient struct{ pgxDB }

func (c scanyClient) add(ctx context.Context, id int64) error {
	var added struct{ ID int64 }
	return pgxscan.Get(ctx, c, &added, "INSERT INTO notes (id, body) VALUES ($1, $2) RETURNING id", id, odd)
}

func (c scanyClient) breaks(ctx context.Context) error { return c.add(ctx, 1) }

func (c scanyClient) ids(ctx context.Context) (ids []int64, err error) {
	return ids, pgxscan.Select(ctx, c, &ids, "SELECT id FROM notes WHERE id > $1 ORDER BY id", 0)
}

func (c scanyClient) tx(ctx context.Context, fn func(context.Context, client) error) error {
	return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return fn(ctx, scanyClient{tx}) })
}
