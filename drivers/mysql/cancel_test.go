package mysql_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

// soon returns a context that ends after d.
func soon(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func wantCancelled(ctx context.Context, t testing.TB, err error) {
	t.Helper()
	if !errors.Is(err, ctx.Err()) || ctx.Err() == nil {
		t.Fatalf("error %v, want %v", err, ctx.Err())
	}
}

func TestACancelledStatementLeavesConnectionAndTransactionAlive(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	name := items(t)
	mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	start := time.Now()
	ctx := soon(t, 50*time.Millisecond)
	_, _, err := runIn(ctx, c, exec("UPDATE "+name+" SET n = SLEEP(10)"))
	wantCancelled(ctx, t, err)
	if got := p.Classify(err).Kind; got != drivers.KindCancelled {
		t.Errorf("kind %v", got)
	}
	if took := time.Since(start); took > grace {
		t.Errorf("it took %v", took)
	}
	wantState(t, c, drivers.TxActive)
	mustRun(t, c, exec("INSERT INTO "+name+" VALUES (2, 2)"), commit)
	wantCount(t, name, 2)
	if s := p.Stats(); s.Opened != 1 {
		t.Errorf("%d connections were opened", s.Opened)
	}
}

// A KILL that comes late would make a statement fail that nobody cancelled. The
// rounds end their context around the end of a short statement, from before its
// beginning to after its end, and run the next one at once.
func TestNoKillReachesALaterStatement(t *testing.T) {
	p := open(t, dsn(t))
	var all sync.WaitGroup
	var cancelled atomic.Int64
	for worker := range uint64(4) {
		c := acquire(t, p)
		all.Go(func() {
			rng := rand.New(rand.NewPCG(1, worker))
			for round := range stressRounds {
				if err := killRound(t, c, rng, &cancelled); err != nil {
					t.Errorf("round %d: %v", round, err)
					return
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d statements of %d were cancelled", cancelled.Load(), 4*stressRounds)
	if s := p.Stats(); s.Opened != 4 {
		t.Errorf("%d connections were opened, want 4: cancelled ones are kept", s.Opened)
	}
}

// stressRounds is for a test run; docs/design.md has the figures of a longer one.
const stressRounds = 60

// counting takes a few milliseconds at work. SLEEP would not do: a KILL that
// meets it when it lies down or gets up takes the server up to two seconds.
const counting = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < ?) " +
	"SELECT count(*) FROM c a, c b"

// endless counts for minutes.
const endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 900) " +
	"SELECT count(*) FROM c a, c b, c d"

func killRound(t *testing.T, c drivers.Conn, rng *rand.Rand, cancelled *atomic.Int64) error {
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.IntN(6000))*time.Microsecond)
	defer cancel()
	_, _, err := runIn(ctx, c, begin, query(counting, 20+rng.IntN(300)))
	if err != nil && !errors.Is(err, ctx.Err()) {
		return fmt.Errorf("the statement that may be cancelled: %w", err)
	}
	if err != nil {
		cancelled.Add(1)
	}
	if c.State() == drivers.TxLost {
		return fmt.Errorf("the connection was given up: %w", err)
	}
	if _, _, err := run(c, query(counting, 50)); err != nil {
		return fmt.Errorf("the statement after it: %w", err)
	}
	_, _, err = run(c, rollback)
	return err
}

func TestAFrozenServerGivesControlBackWithinTheGrace(t *testing.T) {
	proxy, url := proxied(t)
	p := open(t, url)
	c := acquire(t, p)
	mustRun(t, c, begin, exec("DO 1"))
	proxy.Stall(true)
	defer proxy.Stall(false)
	for _, step := range []drivers.Step{exec("DO 2"), commit} {
		start := time.Now()
		ctx := soon(t, 50*time.Millisecond)
		f, _, err := runIn(ctx, c, step)
		if err == nil || f.Done != 0 {
			t.Fatalf("error %v, %d steps done", err, f.Done)
		}
		wantState(t, c, drivers.TxLost)
		if took := time.Since(start); took > 2*grace+time.Second {
			t.Errorf("it took %v", took)
		}
	}
}

func TestACommitThatGetsNoAnswerIsGivenUpAfterTheGraceAndCountsAsSent(t *testing.T) {
	proxy, url := proxied(t)
	c := acquire(t, open(t, url))
	mustRun(t, c, begin, exec("DO 1"))
	proxy.Stall(true)
	defer proxy.Stall(false)
	ctx := soon(t, 20*time.Millisecond)
	f, _, err := runIn(ctx, c, commit)
	wantCancelled(ctx, t, err)
	if f.Sent != 1 || f.Done != 0 {
		t.Errorf("sent %d, done %d", f.Sent, f.Done)
	}
	wantState(t, c, drivers.TxLost)
}

func TestCancelByCloseGivesTheConnectionUpAtOnce(t *testing.T) {
	p := open(t, with(t, dsn(t), "cancel", "close"))
	c := acquire(t, p)
	ctx := soon(t, 50*time.Millisecond)
	start := time.Now()
	_, _, err := runIn(ctx, c, query("SELECT SLEEP(2)"))
	wantCancelled(ctx, t, err)
	if took := time.Since(start); took > grace {
		t.Errorf("it took %v", took)
	}
	wantState(t, c, drivers.TxLost)
}

func TestAStatementOnItsOwnIsCancelledToo(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	ctx := soon(t, 50*time.Millisecond)
	_, _, err := runIn(ctx, c, exec("DO SLEEP(10)"))
	if err != nil { // some servers end a SLEEP without an error
		wantCancelled(ctx, t, err)
	}
	wantState(t, c, drivers.TxIdle)
	mustRun(t, c, query("SELECT 1"))
}

func TestAbortedRowsLeaveTheConnectionUsable(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	name := items(t)
	mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	rows, err := c.Run(t.Context(), &drivers.Flight{Steps: []drivers.Step{
		query(strings.Replace(endless, "count(*)", "a.x, b.x, d.x", 1))}})
	must(t, err)
	if !rows.Next() {
		t.Fatalf("no row: %v", rows.Err())
	}
	start := time.Now()
	_ = rows.(drivers.Aborter).Abort()
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	if rows.Next() {
		t.Error("there is a row after Abort")
	}
	wantState(t, c, drivers.TxActive)
	mustRun(t, c, rollback)
	if s := p.Stats(); s.Opened != 1 {
		t.Errorf("%d connections were opened", s.Opened)
	}
}

func TestAFrozenNetworkKeepsNobodyWaitingForAConnectionOrAPing(t *testing.T) {
	proxy, url := proxied(t)
	p := open(t, url)
	c, err := p.Acquire(t.Context(), drivers.Need{})
	must(t, err)
	c.Release()
	proxy.Stall(true)
	defer proxy.Stall(false)
	for _, verified := range []bool{true, false} { // a ping of the kept one, and a new one
		start := time.Now()
		ctx := soon(t, 100*time.Millisecond)
		_, err := p.Acquire(ctx, drivers.Need{Verified: verified})
		wantCancelled(ctx, t, err)
		if took := time.Since(start); took > grace {
			t.Errorf("verified %v: it took %v", verified, took)
		}
	}
}

// A statement that waits for a lock is cancelled as one that is at work.
func TestAWaitForALockIsCancelled(t *testing.T) {
	p := open(t, dsn(t))
	name := items(t)
	holder, c := acquire(t, p), acquire(t, p)
	mustRun(t, holder, begin, exec("INSERT INTO "+name+" VALUES (1, 1)"))
	mustRun(t, c, begin, exec("INSERT INTO "+name+" VALUES (2, 2)"))
	ctx := soon(t, 50*time.Millisecond)
	_, _, err := runIn(ctx, c, exec("INSERT INTO "+name+" VALUES (1, 3)"))
	wantCancelled(ctx, t, err)
	wantState(t, c, drivers.TxActive)
	mustRun(t, c, commit)
	mustRun(t, holder, rollback)
	wantCount(t, name, 1)
}

func TestABurstOfCancellationsSharesAFewConnections(t *testing.T) {
	const burst = 12
	proxy, url := proxied(t)
	o := options()
	o.MaxConns = burst
	o.CancelGrace = 20 * time.Second // they take all of the machine until they are killed
	p := openWith(t, url, o)
	conns := make([]drivers.Conn, burst)
	for i := range conns {
		conns[i] = acquire(t, p)
	}
	ctx := soon(t, 100*time.Millisecond)
	var all sync.WaitGroup
	for _, c := range conns {
		all.Go(func() {
			_, _, err := runIn(ctx, c, query(endless))
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
		})
	}
	all.Wait()
	for _, c := range conns {
		wantState(t, c, drivers.TxIdle)
	}
	if kills := proxy.Connections() - burst; kills >= burst {
		t.Errorf("%d connections were opened for %d KILLs", kills, burst)
	}
}
