package mysql_test

import (
	"context"
	"database/sql"
	"iter"
	"slices"
	"strings"
	"testing"

	gomysql "github.com/go-sql-driver/mysql"

	"github.com/sqlscope/sqlscope/drivers/mysql"
	"github.com/sqlscope/sqlscope/internal/interleave"
	"github.com/sqlscope/sqlscope/session"
)

const (
	manyRows   = 5000
	manyInsert = "INSERT INTO bench_many (id, n, name) VALUES (?, ?, ?)"
)

// BenchmarkMany compares 5,000 inserts in one transaction: a prepared statement
// of database/sql in a loop, statements of 1000 rows written by hand, and
// ExecMany. The metric is throughput as a multiple of the loop's.
func BenchmarkMany(b *testing.B) {
	ctx := context.Background()
	connector, err := gomysql.NewConnector(libraryConfig(b, dsn(b)))
	must(b, err)
	db := sql.OpenDB(connector)
	b.Cleanup(func() { _ = db.Close() })
	_, err = db.ExecContext(ctx, "CREATE OR REPLACE TABLE bench_many (id BIGINT, n BIGINT, name VARCHAR(40))")
	must(b, err)
	e, err := session.Open(ctx, dsn(b), session.Options{}, mysql.Driver)
	must(b, err)
	b.Cleanup(func() { must(b, e.Close(context.Background())) })
	inTx := func(work func(*sql.Tx) error) func() error {
		return func() error {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer func() { _ = tx.Rollback() }()
			if err := work(tx); err != nil {
				return err
			}
			return tx.Commit()
		}
	}
	many := func() error {
		return e.Do(ctx, func(ctx context.Context, s *session.Session) error {
			_, err := s.ExecMany(ctx, manyInsert, benchMany())
			return err
		})
	}
	interleave.Run(b,
		interleave.Contender{Name: "loop", Work: inTx(preparedLoop)},
		interleave.Contender{Name: "byhand", Work: inTx(byHand)},
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

func preparedLoop(tx *sql.Tx) error {
	st, err := tx.Prepare(manyInsert)
	if err != nil {
		return err
	}
	defer st.Close()
	for _, row := range slices.Collect(benchMany()) {
		if _, err := st.Exec(row...); err != nil {
			return err
		}
	}
	return nil
}

func byHand(tx *sql.Tx) error {
	const part = 1000
	text := manyInsert + strings.Repeat(", (?, ?, ?)", part-1)
	var args []any
	for row := range benchMany() {
		if args = append(args, row...); len(args) == 3*part {
			if _, err := tx.Exec(text, args...); err != nil {
				return err
			}
			args = args[:0]
		}
	}
	return nil
}
