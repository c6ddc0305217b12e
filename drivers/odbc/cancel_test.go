//go:build cgo && (darwin || freebsd || linux)

package odbc_test

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
	"github.com/sqlscope/sqlscope/drivers/odbc"
	"github.com/sqlscope/sqlscope/internal/netproxy"
)

func TestACancelledStatementKeepsItsConnection(t *testing.T) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			p := open(t, urlOf(t, s.database))
			c := acquire(t, p)
			mustRun(t, c, begin, exec("SELECT 1"))
			start := time.Now()
			ctx := soon(t, 50*time.Millisecond)
			_, _, err := runWith(ctx, c, query(s.slow))
			if !errors.Is(err, ctx.Err()) || p.Classify(err).Kind != drivers.KindCancelled || time.Since(start) > slack {
				t.Fatalf("after %v: %v", time.Since(start), err)
			}
			mustRun(t, c, rollback)
			wantState(t, c, drivers.TxIdle)
			mustRun(t, c, query("SELECT 1"))
			if s := p.Stats(); s.Opened != 1 {
				t.Errorf("%d connections were opened", s.Opened)
			}
		})
	}
}

// urlOf is the server of a database, without a proxy.
func urlOf(t testing.TB, database string) string {
	t.Helper()
	if database == "mysql" {
		return mysqlURL(t)
	}
	return postgresURL(t)
}

// stormRounds is for a test run; docs/design.md has the figures of a longer one.
const stormRounds = 60

// A cancellation that comes late would make a statement fail that nobody
// cancelled. The rounds end their context around the end of a short statement,
// from before its beginning to after its end, and run the next one at once.
func TestNoCancellationReachesALaterStatement(t *testing.T) {
	// Not SLEEP: a KILL that meets it lying down takes the server two seconds.
	slow := map[string]string{"postgres": "SELECT pg_sleep(0.003)", "mysql": "SELECT BENCHMARK(6000, MD5('x'))"}
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			storm(t, urlOf(t, s.database), slow[s.database])
		})
	}
	t.Run("SQLite", func(t *testing.T) {
		storm(t, sqliteURL(t), "SELECT "+slowSQLite(3*time.Millisecond))
	})
}

func storm(t *testing.T, url, slow string) {
	before := odbc.Handles()
	o := options()
	p, err := odbc.Driver.Open(t.Context(), drivers.Config{URL: url, Pool: o})
	must(t, err)
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	var all sync.WaitGroup
	var cancelled atomic.Int64
	for worker := range uint64(o.MaxConns) {
		c, err := p.Acquire(t.Context(), drivers.Need{})
		must(t, err)
		all.Go(func() {
			defer c.Release()
			rng := rand.New(rand.NewPCG(seed, worker))
			for round := range stormRounds {
				if err := stormRound(t, c, rng, slow, &cancelled); err != nil {
					t.Errorf("round %d: %v", round, err)
					return
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d statements of %d were cancelled", cancelled.Load(), stormRounds*o.MaxConns)
	if s := p.Stats(); s.Opened != int64(o.MaxConns) {
		t.Errorf("%d connections were opened, want %d: cancelled ones are kept", s.Opened, o.MaxConns)
	}
	if n := odbc.Handles(); n > before+1+3*int64(o.MaxConns) {
		t.Errorf("%d handles, %d before", n, before)
	}
	must(t, p.Close(soon(t, 20*time.Second)))
	if n := odbc.Handles(); n != before {
		t.Errorf("%d handles are left, %d before", n, before)
	}
}

func stormRound(t *testing.T, c drivers.Conn, rng *rand.Rand, slow string, cancelled *atomic.Int64) error {
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.IntN(6000))*time.Microsecond)
	defer cancel()
	switch _, _, err := runWith(ctx, c, query(slow)); {
	case err == nil:
	case errors.Is(err, context.DeadlineExceeded):
		cancelled.Add(1)
	default:
		return fmt.Errorf("the statement that is cancelled: %w", err)
	}
	_, rows, err := runWith(t.Context(), c, exec(slow), query("SELECT 7"))
	if err != nil {
		return fmt.Errorf("the statement after it: %w", err)
	}
	if len(rows) != 1 || fmt.Sprint(rows[0][0]) != "7" {
		return fmt.Errorf("the statement after it returns %v", rows)
	}
	return nil
}

// A connection that is cut while its statement runs must not make it run again.
func TestAStatementWhoseConnectionIsLostRunsOnce(t *testing.T) {
	for _, s := range servers {
		for _, phase := range []netproxy.Phase{netproxy.During, netproxy.After} {
			t.Run(fmt.Sprint(s.name, phase), func(t *testing.T) {
				proxy, url := proxied(t, s.driver, s.database)
				aside := acquire(t, open(t, urlOf(t, s.database)))
				name := table(t, aside, "once", "id INT")
				c := acquire(t, open(t, url))
				cut := proxy.CutNext(phase, holds(name))
				f, _, err := run(t, c, exec("INSERT INTO "+name+" VALUES (1)"))
				<-cut
				if err == nil || f.Sent != 1 || f.Done != 0 {
					t.Fatalf("error %v, sent %d, done %d", err, f.Sent, f.Done)
				}
				wantState(t, c, drivers.TxLost)
				eventually(t, "the server has done it", func() bool {
					return fmt.Sprint(mustRun(t, aside, query("SELECT count(*) FROM "+name))) == "[[1]]"
				})
			})
		}
	}
}

// table makes a table that is dropped when the test ends.
func table(t testing.TB, c drivers.Conn, name, columns string) string {
	t.Helper()
	name = "odbc_" + name + "_" + fmt.Sprint(rand.Uint32())
	mustRun(t, c, exec("CREATE TABLE "+name+" ("+columns+")"))
	t.Cleanup(func() {
		if _, _, err := runWith(context.Background(), c, exec("DROP TABLE "+name)); err != nil {
			t.Logf("%s is left behind: %v", strings.TrimSpace(name), err)
		}
	})
	return name
}
