package scopedsql_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/session"
)

// TestStress has many goroutines, each with scopes of its own, on one *sql.DB.
// They commit, fail, panic, are cancelled at any time, leave transactions and
// rows open, and read while they write. What each was told must be what is
// there.
func TestStress(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	everywhere(t, func(t *testing.T, b *bed) {
		const workers, turns = 64, 12
		var wg sync.WaitGroup
		outcomes := make([][]outcome, workers)
		for w := range workers {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(seed, uint64(w)))
				for turn := range turns {
					outcomes[w] = append(outcomes[w], b.turn(r, 1+w*turns+turn))
				}
			})
		}
		wg.Wait()
		b.verify(outcomes)
	})
}

// outcome is what one scope was told: its note is kept, or not, or nobody knows.
type outcome struct {
	id   int
	err  error
	inTx bool // the note of the savepoint was released
}

func (b *bed) turn(r *rand.Rand, id int) (o outcome) {
	o.id = id
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if r.IntN(4) == 0 {
		defer time.AfterFunc(time.Duration(r.IntN(3000))*time.Microsecond, cancel).Stop()
	}
	defer func() {
		if p := recover(); p != nil {
			o.err = fmt.Errorf("panicked: %v", p)
		}
	}()
	plan := r.IntN(6)
	o.err = b.Do(ctx, func(ctx context.Context) error {
		if err := b.insert(ctx, b.DB, id); err != nil {
			return err
		}
		short, stop := context.WithCancel(ctx)
		defer stop()
		tx, err := b.BeginTx(short, nil)
		if err != nil {
			return err
		}
		if err := b.insert(ctx, tx, 10000+id); err != nil {
			return err
		}
		return b.finish(ctx, tx, stop, plan, &o)
	})
	return o
}

// finish ends the turn in one of the ways there are.
func (b *bed) finish(ctx context.Context, tx *sql.Tx, stop func(), plan int, o *outcome) error {
	switch plan {
	case 0:
		panic("on purpose")
	case 1:
		return errBusiness
	case 2: // the transaction ends with its context, the scope goes on
		stop()
		return b.readAll(ctx)
	case 3:
		if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
			return err
		}
		return b.readAll(ctx)
	}
	rows, err := tx.QueryContext(ctx, "SELECT id FROM "+b.table+" ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	rows.Next()
	if _, err := tx.ExecContext(ctx, "UPDATE "+b.table+" SET text = 'x' WHERE id = ?", o.id); err != nil {
		return err
	}
	if plan == 4 { // left open
		return nil
	}
	err = tx.Commit()
	o.inTx = err == nil
	return err
}

func (b *bed) readAll(ctx context.Context) error {
	rows, err := b.QueryContext(ctx, "SELECT id FROM "+b.table+" WHERE id < 50")
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		var n int
		if err := b.QueryRowContext(ctx, "SELECT count(*) FROM "+b.table+" WHERE id < 3").Scan(&n); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (b *bed) verify(outcomes [][]outcome) {
	b.t.Helper()
	there := map[int]bool{}
	must(b.t, b.Do(context.Background(), func(ctx context.Context) error {
		for _, id := range b.seen(ctx) {
			there[id] = true
		}
		return nil
	}))
	kept := 0
	for _, list := range outcomes {
		for _, o := range list {
			switch {
			case errors.Is(o.err, session.ErrConcurrentUse), errors.Is(o.err, session.ErrCommitUnknown):
				b.t.Errorf("note %d: %v", o.id, o.err)
			case there[o.id] != (o.err == nil), there[10000+o.id] != (o.err == nil && o.inTx):
				b.t.Errorf("note %d, %v: it is there: %v, that of its transaction (%v): %v",
					o.id, o.err, there[o.id], o.inTx, there[10000+o.id])
			case o.err == nil:
				kept++
			}
		}
	}
	if kept == 0 {
		b.t.Error("nothing was kept at all")
	}
}

func TestTwoGoroutinesInOneScopeAreTold(t *testing.T) {
	b := onSQLite(t)
	b.filled(0, func(ctx context.Context) {
		short, cancel := context.WithCancel(ctx)
		busy := make(chan error, 1)
		go func() {
			var n int
			err := b.QueryRowContext(short, endless).Scan(&n)
			for errors.Is(err, session.ErrConcurrentUse) { // the other one was faster
				err = b.QueryRowContext(short, endless).Scan(&n)
			}
			busy <- err
		}()
		err := b.PingContext(ctx)
		for err == nil {
			err = b.PingContext(ctx)
		}
		wantErr(t, err, session.ErrConcurrentUse)
		cancel()
		wantErr(t, <-busy, context.Canceled)
	})
}
