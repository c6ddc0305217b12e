package postgres_test

import (
	"context"
	"iter"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sqlscope/sqlscope/drivers/postgres"
	"github.com/sqlscope/sqlscope/internal/interleave"
	"github.com/sqlscope/sqlscope/session"
)

const (
	manyRows   = 5000
	manyInsert = "insert into bench_many (id, n, name) values ($1, $2, $3)"
)

// BenchmarkMany compares 5,000 inserts in one transaction: one after the other
// with pgx, in one of pgx's batches, and with ExecMany. The metric is throughput
// as a multiple of the loop's.
func BenchmarkMany(b *testing.B) {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, dsn(b))
	must(b, err)
	b.Cleanup(pool.Close)
	_, err = pool.Exec(ctx, "drop table if exists bench_many;"+
		"create unlogged table bench_many (id bigint, n bigint, name text)")
	must(b, err)
	e, err := session.New(postgres.Adopt(pool), session.Options{})
	must(b, err)
	b.Cleanup(func() { must(b, e.Close(context.Background())) })
	inTx := func(work func(tx pgx.Tx) error) func() error {
		return func() error { return pgx.BeginFunc(ctx, pool, work) }
	}
	many := func() error {
		return e.Do(ctx, func(ctx context.Context, s *session.Session) error {
			_, err := s.ExecMany(ctx, manyInsert, benchMany())
			return err
		})
	}
	interleave.Run(b,
		interleave.Contender{Name: "loop", Work: inTx(func(tx pgx.Tx) error { return pgxLoop(ctx, tx) })},
		interleave.Contender{Name: "batch", Work: inTx(func(tx pgx.Tx) error { return pgxBatch(ctx, tx) })},
		interleave.Contender{Name: "many", Work: many})
}

func benchMany() iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for i := range manyRows {
			if !yield([]any{i, 10 * i, "an item of some length"}) {
				return
			}
		}
	}
}

func pgxLoop(ctx context.Context, tx pgx.Tx) error {
	for row := range benchMany() {
		if _, err := tx.Exec(ctx, manyInsert, row...); err != nil {
			return err
		}
	}
	return nil
}

func pgxBatch(ctx context.Context, tx pgx.Tx) error {
	var batch pgx.Batch
	for row := range benchMany() {
		batch.Queue(manyInsert, row...)
	}
	return tx.SendBatch(ctx, &batch).Close()
}
