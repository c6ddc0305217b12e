package soak

import (
	"context"
	"fmt"

	"github.com/sqlscope/sqlscope/session"
)

const insert = "INSERT INTO soak_rows (worker, id, note) VALUES (?, ?, ?)"

// add inserts a row that has the fate of the transaction.
func (w *worker) add(ctx context.Context, q session.Querier) error {
	id := w.fresh()
	w.ledger[id] = pending
	return w.insert(ctx, q, id)
}

// fresh is the number of a row that has not been used.
func (w *worker) fresh() int64 { w.next++; return w.next }

// doom is a row that must not be there, whatever becomes of the transaction.
func (w *worker) doom() int64 {
	id := w.fresh()
	w.ledger[id] = absent
	return id
}

func (w *worker) insert(ctx context.Context, q session.Querier, id int64) error {
	_, err := q.Exec(ctx, insert, w.number, id, note(id))
	return err
}

// write adds one or two rows, and another one that travels with COMMIT.
func (w *worker) write(ctx context.Context, s *session.Session) error {
	for range 1 + w.rng.IntN(2) {
		if err := w.add(ctx, s); err != nil {
			return err
		}
	}
	id := w.fresh()
	w.ledger[id] = pending
	return s.Queue(insert, w.number, id, note(id))
}

func (w *worker) changeMind(ctx context.Context, s *session.Session) error {
	if err := w.insert(ctx, s, w.doom()); err != nil {
		return err
	}
	return errMine
}

// fail adds a row twice.
func (w *worker) fail(ctx context.Context, s *session.Session) error {
	id := w.doom()
	if err := w.insert(ctx, s, id); err != nil {
		return err
	}
	return w.insert(ctx, s, id)
}

// failInside lets a savepoint fail, and writes on.
func (w *worker) failInside(ctx context.Context, s *session.Session) error {
	if err := w.add(ctx, s); err != nil {
		return err
	}
	err := s.Nested(ctx, func(ctx context.Context, sp *session.Savepoint) error {
		id := w.doom()
		if err := w.insert(ctx, sp, id); err != nil {
			return err
		}
		return w.insert(ctx, sp, id)
	})
	if session.KindOf(err) != session.KindUnique {
		return fmt.Errorf("a savepoint that must fail: %w", err)
	}
	return w.add(ctx, s)
}

func (w *worker) panics(ctx context.Context, s *session.Session) error {
	if err := w.insert(ctx, s, w.doom()); err != nil {
		return err
	}
	panic(errBroken)
}

// read reads a stream to its end.
func (w *worker) read(ctx context.Context, s *session.Session) error {
	n, err := w.stream(ctx, s, streamed)
	if err == nil && n != streamed {
		return fmt.Errorf("a stream had %d rows", n)
	}
	return err
}

// breakOff leaves a stream in its middle, and goes on with the transaction.
func (w *worker) breakOff(ctx context.Context, s *session.Session) error {
	if _, err := w.stream(ctx, s, 1+w.rng.IntN(streamed)); err != nil {
		return err
	}
	return w.add(ctx, s)
}

// stream reads at most limit rows and returns how many there were.
func (w *worker) stream(ctx context.Context, s *session.Session, limit int) (n int, err error) {
	type row struct {
		N    int64
		Note string
	}
	for r, err := range session.Each[row](ctx, s, "SELECT n, note FROM soak_stream ORDER BY n") {
		if err != nil {
			return n, err
		}
		if r.N != int64(n) || r.Note != note(n) {
			return n, fmt.Errorf("row %d of a stream is %v", n, r)
		}
		if n++; n == limit {
			break
		}
	}
	return n, nil
}

// writeMany adds rows in bulk.
func (w *worker) writeMany(ctx context.Context, s *session.Session) error {
	_, err := s.ExecMany(ctx, insert, func(yield func([]any) bool) {
		for range 40 {
			id := w.fresh()
			w.ledger[id] = pending
			if !yield([]any{w.number, id, note(id)}) {
				return
			}
		}
	})
	return err
}

// slow adds a row and then asks for something that its context may have no time
// for.
func (w *worker) slow(ctx context.Context, s *session.Session) error {
	if err := w.add(ctx, s); err != nil {
		return err
	}
	_, err := session.Collect[any](ctx, s, w.target.Slow)
	return err
}
