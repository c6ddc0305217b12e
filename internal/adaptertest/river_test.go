package adaptertest

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/sqlscope/sqlscope/scoped/scopedpgx"
)

// openRiver makes a client that only inserts, and needs no pool for it.
func openRiver(b *bed) client {
	b.migrateRiver()
	c, err := river.NewClient(riverpgxv5.New(nil), &river.Config{Logger: quiet})
	b.must(err)
	b.sees = "SELECT id FROM notes UNION ALL SELECT (args ->> 'id')::bigint FROM river_job ORDER BY 1"
	b.clean = "DELETE FROM river_job"
	return riverClient{c, b.pgx, nil}
}

var quiet = slog.New(slog.DiscardHandler)

// migrateRiver makes river's tables with river's own migrator.
func (b *bed) migrateRiver() {
	b.Helper()
	pool, err := pgxpool.New(b.Context(), b.url)
	b.must(err)
	defer pool.Close()
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: quiet})
	b.must(err)
	_, err = m.Migrate(b.Context(), rivermigrate.DirectionUp, nil)
	b.must(err)
}

// riverClient inserts jobs into the transaction of the scope, or one inside of it.
type riverClient struct {
	*river.Client[pgx.Tx]
	db     *scopedpgx.DB
	inside pgx.Tx
}

type noteJob struct {
	ID   int64  `json:"id"`
	Text string `json:"text"`
}

// Kind is the name of such jobs.
func (noteJob) Kind() string { return "note" }

func (c riverClient) transaction(ctx context.Context) (pgx.Tx, error) {
	if c.inside != nil {
		return c.inside, nil
	}
	return c.db.Tx(ctx)
}

func (c riverClient) insert(ctx context.Context, job noteJob) error {
	tx, err := c.transaction(ctx)
	if err == nil {
		_, err = c.InsertTx(ctx, tx, job, nil)
	}
	return err
}

func (c riverClient) add(ctx context.Context, id int64) error { return c.insert(ctx, noteJob{id, odd}) }

// breaks inserts what jsonb does not take.
func (c riverClient) breaks(ctx context.Context) error { return c.insert(ctx, noteJob{1, "\x00"}) }

func (c riverClient) ids(ctx context.Context) (ids []int64, err error) {
	tx, err := c.transaction(ctx)
	if err != nil {
		return nil, err
	}
	list, err := c.JobListTx(ctx, tx, river.NewJobListParams().Kinds(noteJob{}.Kind()))
	if err != nil {
		return nil, err
	}
	for _, row := range list.Jobs {
		var job noteJob
		if err := json.Unmarshal(row.EncodedArgs, &job); err != nil {
			return nil, err
		}
		ids = append(ids, job.ID)
	}
	slices.Sort(ids)
	return ids, nil
}

func (c riverClient) tx(ctx context.Context, fn func(context.Context, client) error) error {
	var around interface {
		Begin(ctx context.Context) (pgx.Tx, error)
	} = c.db
	if c.inside != nil {
		around = c.inside
	}
	return pgx.BeginFunc(ctx, around, func(tx pgx.Tx) error { return fn(ctx, riverClient{c.Client, c.db, tx}) })
}
