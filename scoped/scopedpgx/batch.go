package scopedpgx

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var (
	errNoRow    = errors.New("scopedpgx: there is no current row")
	errNoResult = errors.New("scopedpgx: the batch has no more results")
)

// SendBatch sends the statements of a batch in one round trip and reads their
// results, which the BatchResults then hand out. Functions that were given with
// the statements run in its Close.
func (c *calls) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	r := &results{queued: b.QueuedQueries}
	r.err = c.run(ctx, fmt.Sprintf("a batch of %d statements", b.Len()),
		func(ctx context.Context, conn *pgx.Conn) error { return r.read(conn, conn.SendBatch(ctx, b)) })
	return r
}

// results implements [pgx.BatchResults] with what is in memory.
type results struct {
	queued []*pgx.QueuedQuery
	have   []*rows
	next   int
	err    error // of the statement after those that were read, and all others
	closed bool
}

// read reads every result up to the first error.
func (r *results) read(conn *pgx.Conn, from pgx.BatchResults) error {
	for range r.queued {
		native, err := from.Query()
		if err != nil {
			_ = from.Close() // says the same
			return err
		}
		one := &rows{conn: conn, types: conn.TypeMap(), native: native}
		_ = one.recall(nil) // reads until there is nothing more
		if native.Err() != nil {
			_ = from.Close()
			return native.Err()
		}
		one.tag, one.native = native.CommandTag(), nil
		r.have = append(r.have, one)
	}
	return from.Close()
}

// take is the next result.
func (r *results) take() (*rows, error) {
	switch {
	case r.next < len(r.have):
		r.next++
		return r.have[r.next-1], nil
	case r.err != nil:
		r.next++
		return nil, r.err
	}
	return nil, errNoResult
}

// Exec implements [pgx.BatchResults].
func (r *results) Exec() (pgconn.CommandTag, error) {
	one, err := r.take()
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	return one.tag, nil
}

// Query implements [pgx.BatchResults].
func (r *results) Query() (pgx.Rows, error) {
	one, err := r.take()
	if err != nil {
		return &rows{err: err}, err
	}
	return one, nil
}

// QueryRow implements [pgx.BatchResults].
func (r *results) QueryRow() pgx.Row {
	one, err := r.take()
	if err != nil {
		return row{&rows{err: err}}
	}
	return row{one}
}

// Close implements [pgx.BatchResults].
func (r *results) Close() error {
	for r.err == nil && !r.closed && r.next < len(r.queued) {
		if fn := r.queued[r.next].Fn; fn != nil {
			r.err = fn(r)
			continue
		}
		_, r.err = r.Exec()
	}
	r.closed = true
	return r.err
}

// Tx implements [pgx.BatchResults]: a batch in a scope begins no transaction.
func (r *results) Tx() pgx.Tx { return nil }
