package sqlite_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// locked returns a pool on a database that another pool holds the write lock of,
// as another process would.
func locked(t *testing.T, parameters string) (*client, *client) {
	url := fileURL(t)
	other := writer(t, openPool(t, url, 1))
	other.run(exec("CREATE TABLE t (a)"))
	c := writer(t, openPool(t, url+parameters, 1))
	other.run(begin, exec("INSERT INTO t VALUES (1)"))
	return c, other
}

func TestAWaitForAnotherProcessEndsWithTheContext(t *testing.T) {
	c, other := locked(t, "?busy_timeout=1m")
	ctx, cancel := context.WithCancel(t.Context())
	start := time.Now()
	time.AfterFunc(50*time.Millisecond, cancel)
	f, err := c.try(ctx, begin, exec("INSERT INTO t VALUES (2)"))
	if !errors.Is(err, context.Canceled) || c.pool.Classify(err).Kind != drivers.KindCancelled {
		t.Errorf("got %v (%v)", err, c.pool.Classify(err).Kind)
	}
	if d := time.Since(start); d > 5*time.Second || f.Done != 0 || f.Sent != 1 {
		t.Errorf("after %v: %d sent, %d done", d, f.Sent, f.Done)
	}
	c.state(drivers.TxIdle)
	other.run(commit)
	c.run(begin, exec("INSERT INTO t VALUES (2)"), commit)
}

func TestAWaitForAnotherProcessEndsWithBusyTimeout(t *testing.T) {
	c, _ := locked(t, "?busy_timeout=80")
	start := time.Now()
	c.fail(drivers.KindLockTimeout, begin)
	if d := time.Since(start); d < 80*time.Millisecond || d > 5*time.Second {
		t.Errorf("waited %v, want 80ms", d)
	}
	c.state(drivers.TxIdle)
}

func TestAWaitForAnotherProcessEndsWhenItCommits(t *testing.T) {
	c, other := locked(t, "")
	done := make(chan error)
	go func() {
		_, err := c.try(t.Context(), begin, exec("INSERT INTO t VALUES (2)"), commit)
		done <- err
	}()
	other.run(exec("INSERT INTO t VALUES (3)"), commit)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestLockTimeoutHoldsForItsTransactionOnly(t *testing.T) {
	c, other := locked(t, "?busy_timeout=1m")
	options := &drivers.TxOptions{LockTimeout: 30 * time.Millisecond}
	brief := drivers.Step{Op: drivers.OpBegin, Tx: options}
	start := time.Now()
	c.fail(drivers.KindLockTimeout, brief)
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("waited %v, want 30ms", d)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := c.try(ctx, begin); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want to wait until the context ends", err)
	}
	other.run(commit)
}

func TestACommitThatMustWaitForReadersCanBeCancelledAndRepeated(t *testing.T) {
	// Without WAL a commit needs the readers to go away.
	url := fileURL(t) + "?journal_mode=DELETE"
	p := openPool(t, url, 2)
	w, r := writer(t, p), reader(t, p)
	w.run(exec("CREATE TABLE t (a)"))
	r.run(readOnly)
	one[int](r, "SELECT count(*) FROM t")
	w.run(begin, exec("INSERT INTO t VALUES (1)"))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := w.try(ctx, commit); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	w.state(drivers.TxActive)
	r.run(commit)
	w.run(commit)
	w.state(drivers.TxIdle)
}

func TestAContextThatHasEndedSendsNothingButARollback(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f, err := c.try(ctx, begin)
	if !errors.Is(err, context.Canceled) || f.Sent != 0 || f.Done != 0 {
		t.Errorf("got %v with %d sent and %d done", err, f.Sent, f.Done)
	}
	c.run(begin)
	if _, err := c.try(ctx, rollback); err != nil {
		t.Error(err)
	}
	c.state(drivers.TxIdle)
}

func TestAQueryIsCancelledBeforeItsFirstRow(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(begin)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.query(ctx, slow+"SELECT count(*) FROM c")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	c.state(drivers.TxActive) // nothing was written, so nothing was rolled back
	one[int](c, "SELECT 1")
}

func TestAQueryIsCancelledBetweenTwoRows(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	rows, err := c.query(ctx, slow+"SELECT x FROM c WHERE x = 1 OR x > 3999999999")
	if err != nil || !rows.Next() {
		t.Fatal("no first row", err)
	}
	if rows.Next() { // takes minutes
		t.Error("a second row")
	}
	if err := rows.Close(); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(rows.Err(), err) {
		t.Errorf("got %v and %v", err, rows.Err())
	}
	if kind := c.pool.Classify(err).Kind; kind != drivers.KindCancelled && err != nil {
		t.Errorf("kind is %v", kind)
	}
	one[int](c, "SELECT 1")
}

func TestNoRowComesAfterTheEndOfTheContext(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := c.query(ctx, slow+"SELECT x FROM c")
	if err != nil || !rows.Next() {
		t.Fatal("no first row", err)
	}
	cancel()
	if rows.Next() || !errors.Is(rows.Err(), context.Canceled) {
		t.Errorf("error is %v", rows.Err())
	}
	one[int](c, "SELECT 1")
}

func TestRowsThatAreGivenUpAreNotReadToTheEnd(t *testing.T) {
	c := writer(t, openPool(t, memory, 1))
	c.run(begin)
	rows, err := c.query(t.Context(), slow+"SELECT x FROM c")
	if err != nil || !rows.Next() {
		t.Fatal("no first row", err)
	}
	if err := rows.(drivers.Aborter).Abort(); err != nil {
		t.Error(err)
	}
	c.run(rollback)
}

// TestStressACancellationNeverReachesALaterStatement ends contexts at about the
// time when their statement ends. The statement after it, which has a context of
// its own, must never notice.
func TestStressACancellationNeverReachesALaterStatement(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	c := writer(t, openPool(t, memory, 1))
	const count = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 300) "
	start := time.Now()
	one[int](c, count+"SELECT count(*) FROM c")
	usual := time.Since(start)
	cancelled := 0
	for range 500 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Duration(rnd.Int64N(int64(2*usual))), cancel)
		if _, err := c.try(ctx, exec(count+"SELECT count(*) FROM c")); err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			cancelled++
		}
		if n := one[int](c, count+"SELECT count(*) FROM c"); n != 300 {
			t.Fatalf("the next statement counted %d", n)
		}
		cancel()
	}
	t.Logf("%d of 500 cancelled", cancelled)
}

// TestStressACancellationIsNeverLost ends contexts while their statement is being
// started, when SQLite forgets interrupts: the statement must end nevertheless.
func TestStressACancellationIsNeverLost(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	c := writer(t, openPool(t, memory, 1))
	for range 200 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Duration(rnd.IntN(100))*time.Microsecond, cancel)
		start := time.Now()
		_, err := c.try(ctx, exec(slow+"SELECT count(*) FROM c"))
		if d := time.Since(start); !errors.Is(err, context.Canceled) || d > 5*time.Second {
			t.Fatalf("got %v after %v", err, d)
		}
	}
}
