package adaptertest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/sqlscope/sqlscope/session"
)

// worker works jobs in a scope for each, which completes the job as well.
type worker struct {
	river.WorkerDefaults[noteJob]
	*bed
	tries atomic.Int64
	done  chan int64
}

// Work writes the note of the job. The first try fails after that.
func (w *worker) Work(ctx context.Context, job *river.Job[noteJob]) error {
	err := w.Do(ctx, func(ctx context.Context) error {
		if _, err := w.Exec(ctx, "INSERT INTO notes (id, body) VALUES (?, ?)", job.Args.ID, odd); err != nil {
			return err
		}
		tx, err := w.pgx.Tx(ctx)
		if err != nil {
			return err
		}
		if _, err = river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job); err != nil {
			return err
		}
		if w.tries.Add(1) == 1 {
			return errBusiness
		}
		return nil
	})
	if err == nil {
		w.done <- job.Args.ID
	}
	return err
}

// NextRetry is at once.
func (w *worker) NextRetry(*river.Job[noteJob]) time.Time { return time.Now() }

func TestJobsOfRiverAreWorkedOnceTheirScopeIsKept(t *testing.T) {
	b := newBed(t, onPostgres)
	b.migrateRiver()
	w := &worker{bed: b, done: make(chan int64, 10)}
	jobs := b.startRiver(w)
	insert := func(id int64) func(ctx context.Context) {
		return func(ctx context.Context) {
			tx, err := b.pgx.Tx(ctx)
			b.must(err)
			_, err = jobs.InsertTx(ctx, tx, noteJob{ID: id}, nil)
			b.must(err)
		}
	}
	b.undone(insert(1))
	b.inScope(insert(2))
	select {
	case id := <-w.done:
		if id != 2 {
			t.Errorf("job %d was worked, want 2", id)
		}
	case <-time.After(time.Minute):
		t.Fatal("no job was worked")
	}
	b.wantKept(2)
	b.inScope(func(ctx context.Context) {
		state, err := session.One[string](ctx, b.Registry, "SELECT state FROM river_job")
		b.must(err)
		if state != "completed" || w.tries.Load() != 2 {
			t.Errorf("the job is %s after %d tries", state, w.tries.Load())
		}
	})
}

// startRiver starts a client that works jobs until the test ends.
func (b *bed) startRiver(w *worker) *river.Client[pgx.Tx] {
	b.Helper()
	pool, err := pgxpool.New(b.Context(), b.url)
	b.must(err)
	b.Cleanup(pool.Close)
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	c, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: quiet, Workers: workers,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}}})
	b.must(err)
	b.must(c.Start(context.Background()))
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := c.Stop(ctx); err != nil && !errors.Is(err, context.Canceled) {
			b.Error(err)
		}
	})
	return c
}
