package postgres_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlscope/sqlscope/drivers"
)

func TestACancelledStatementKeepsItsConnection(t *testing.T) {
	p := open(t, dsn(t))
	for range 200 {
		c := acquire(t, p)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
		_, _, err := runIn(ctx, c, begin(), exec("select pg_sleep($1)", 10))
		if !errors.Is(err, context.DeadlineExceeded) || c.State() == drivers.TxLost {
			t.Fatalf("error is %v", err)
		}
		cancel()
		_, _, err = run(c, rollback())
		must(t, err)
		c.Release()
	}
	if s := p.Stats(); s.Opened > 8 {
		t.Errorf("%d connections were opened", s.Opened)
	}
}

func TestACancellationIsBothTheContextsAndTheServersError(t *testing.T) {
	p := open(t, dsn(t))
	c := acquire(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	f, _, err := runIn(ctx, c, begin(), exec("select pg_sleep($1)", 10))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	wantCode(t, err, "57014")
	if fault := p.Classify(err); fault.Kind != drivers.KindCancelled || fault.Code != "57014" {
		t.Errorf("fault is %+v", fault)
	}
	if f.Done != 1 {
		t.Errorf("done %d", f.Done)
	}
	wantState(t, c, drivers.TxFailed)
	mustRun(t, c, rollback())
}

func TestAContextThatHasEndedSendsNothing(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f, _, err := runIn(ctx, c, begin())
	if !errors.Is(err, context.Canceled) || f.Sent != 0 {
		t.Errorf("sent %d, error %v", f.Sent, err)
	}
	wantState(t, c, drivers.TxIdle)
}

func TestACancellationEndsOpenRows(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rows, err := c.Run(ctx, &drivers.Flight{Steps: []drivers.Step{
		begin(), query("select generate_series(1, 100000000)")}})
	must(t, err)
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	cancel()
	for rows.Next() {
	}
	if err := rows.Close(); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	wantState(t, c, drivers.TxFailed)
	mustRun(t, c, rollback())
}

// A cancellation that comes late must not hit the next statement of the same
// connection.
func TestNoCancellationReachesTheNextStatement(t *testing.T) {
	o := options()
	o.CancelGrace = 10 * time.Second // a busy machine must not cost a connection here
	p := openWith(t, dsn(t), o)
	rounds := 600
	if testing.Short() {
		rounds = 200
	}
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			c, err := p.Acquire(t.Context(), drivers.Need{})
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Release()
			random := rand.New(rand.NewPCG(uint64(worker), 1))
			for range rounds {
				if !t.Failed() {
					cancelThenRun(t, c, random)
				}
			}
		})
	}
	all.Wait()
	if s := p.Stats(); s.Opened > 8 {
		t.Errorf("%d connections were opened", s.Opened)
	}
}

// cancelThenRun cancels a short statement at a random moment around its end.
func cancelThenRun(t *testing.T, c drivers.Conn, random *rand.Rand) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	time.AfterFunc(time.Duration(random.IntN(600))*time.Microsecond, cancel)
	_, _, err := runIn(ctx, c, begin(), exec("select pg_sleep($1)", 0.0003))
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled statement: %v", err)
	}
	next := []drivers.Step{rollback(), query("select $1::int", 1)}
	if c.State() == drivers.TxActive && random.IntN(2) == 0 {
		next = []drivers.Step{exec("select $1::int", 1), rollback()}
	}
	_, _, err = run(c, next...)
	var server *pgconn.PgError
	if errors.As(err, &server) && server.Code == "57014" {
		t.Error("the next statement was hit")
	} else if err != nil {
		t.Errorf("next statement: %v", err)
	}
}

func TestAFrozenServerGivesControlBackWithinTheGrace(t *testing.T) {
	proxy, dsn := proxied(t)
	p := open(t, dsn)
	for _, when := range []string{"statement", "rows"} {
		t.Run(when, func(t *testing.T) {
			c := acquire(t, p)
			mustRun(t, c, exec("select $1::int", 1))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var rows drivers.Rows
			var err error
			if when == "rows" {
				rows, err = c.Run(ctx, &drivers.Flight{Steps: []drivers.Step{
					query("select generate_series(1, 100000000)")}})
				must(t, err)
			}
			proxy.Stall(true)
			defer proxy.Stall(false)
			time.AfterFunc(30*time.Millisecond, cancel)
			start := time.Now()
			if when == "rows" {
				err = rows.Close()
			} else {
				_, _, err = runIn(ctx, c, begin(), exec("select $1::int", 1))
			}
			if took := time.Since(start); took > grace+330*time.Millisecond {
				t.Errorf("took %v", took)
			}
			if !errors.Is(err, context.Canceled) || p.Classify(err).Kind != drivers.KindConnLost {
				t.Errorf("error is %v, %v", err, p.Classify(err))
			}
			wantState(t, c, drivers.TxLost)
		})
	}
}

func TestAbortStopsAQueryAndKeepsTheConnection(t *testing.T) {
	c := acquire(t, open(t, dsn(t)))
	for _, more := range []bool{true, false} {
		count := 1
		if more {
			count = 100000000
		}
		rows, err := c.Run(t.Context(), &drivers.Flight{Steps: []drivers.Step{
			begin(), query("select generate_series(1, $1::int)", count)}})
		must(t, err)
		must(t, rows.(drivers.Aborter).Abort())
		must(t, rows.Close())
		mustRun(t, c, rollback())
		mustRun(t, c, query("select $1::int", 1))
	}
}
