package fakedriver

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
)

func TestAConnectionIsKeptUnlessItIsInATransactionOrLost(t *testing.T) {
	db := New(Options{})
	p := db.NewPool()
	first := acquire(t, p)
	first.Release()
	if again := acquire(t, p); again != first {
		t.Fatal("an idle connection was not used again")
	}
	must(t, first, begin)
	first.Release()
	second := acquire(t, p)
	if second == first {
		t.Fatal("a connection in a transaction was kept")
	}
	second.Destroy()
	stats := p.Stats()
	if stats.Open != 0 || stats.Opened != 2 || stats.Closed != 2 {
		t.Errorf("the stats are %+v", stats)
	}
}

func TestAKilledConnectionIsFoundOutByItsNextFlightOrAPing(t *testing.T) {
	db, p, c := withTable(t, Options{})
	must(t, c, begin, exec("INSERT INTO t (id) VALUES (3)"))
	db.KillAll()
	wantState(t, c, drivers.TxActive)
	f, err := send(t.Context(), c, commit)
	wantKind(t, err, drivers.KindConnLost)
	wantState(t, c, drivers.TxLost)
	if f.Sent != 0 {
		t.Errorf("sent %d steps into a connection that was seen to be dead", f.Sent)
	}
	c.Release()
	next := acquire(t, p)
	wantSeen(t, next, "SELECT id FROM t", "1;2")
	next.Release()
	db.KillAll()
	verified, err := p.Acquire(t.Context(), drivers.Need{Verified: true})
	if err != nil || verified == drivers.Conn(next) {
		t.Errorf("a dead connection passed the ping: %v", err)
	}
	if db.Counts().Pings != 1 {
		t.Errorf("%d pings, want 1", db.Counts().Pings)
	}
}

func TestAKillEndsAStatementThatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _, c := withTable(t, Options{})
		time.AfterFunc(time.Second, db.KillAll)
		_, err := send(t.Context(), c, exec("SELECT slow(60000)"))
		wantKind(t, err, drivers.KindConnLost)
	})
}

func TestDialsCanFail(t *testing.T) {
	db := New(Options{})
	down := errors.New("down")
	db.OnDial(func(context.Context) error { return down })
	if _, err := db.NewPool().Acquire(t.Context(), drivers.Need{}); !errors.Is(err, down) {
		t.Errorf("Acquire returned %v", err)
	}
	db.OnDial(nil)
	acquire(t, db.NewPool())
}

func TestCloseWaitsForTheConnectionsThatAreOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{}).NewPool()
		c := acquire(t, p)
		time.AfterFunc(time.Minute, c.Release)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close returned %v with a connection out", err)
		}
		if err := p.Close(t.Context()); err != nil {
			t.Errorf("Close returned %v", err)
		}
		if _, err := p.Acquire(t.Context(), drivers.Need{}); err == nil {
			t.Error("a closed pool gave a connection")
		}
	})
}

func TestWhoBreaksTheContractIsOnRecord(t *testing.T) {
	single := AllCapabilities()
	single.SingleWriter = true
	for _, misuse := range []struct {
		sentence string
		opts     Options
		do       func(t *testing.T, p *Pool, c *Conn)
	}{
		{"2 connections are out and MaxConns is 1", Options{MaxConns: 1},
			func(t *testing.T, p *Pool, _ *Conn) { acquire(t, p) }},
		{"two connections that may write are out", Options{Capabilities: single},
			func(t *testing.T, p *Pool, _ *Conn) { acquire(t, p) }},
		{"Run on connection 1, which was given back", Options{},
			func(t *testing.T, _ *Pool, c *Conn) { c.Release(); must(t, c, begin) }},
		{"Release of connection 1 in a transaction", Options{},
			func(t *testing.T, _ *Pool, c *Conn) { must(t, c, begin); c.Release() }},
		{"begin on connection 1, which is in a transaction", Options{},
			func(t *testing.T, _ *Pool, c *Conn) { must(t, c, begin); _, _ = send(t.Context(), c, begin) }},
		{"Run on connection 1 with open rows", Options{},
			func(t *testing.T, _ *Pool, c *Conn) {
				step := drivers.Step{Op: drivers.OpQuery, SQL: "SELECT 1"}
				_, _ = c.Run(t.Context(), &drivers.Flight{Steps: []drivers.Step{step}})
				must(t, c, begin)
			}},
		{"State on connection 1, which another goroutine is using", Options{},
			func(t *testing.T, _ *Pool, c *Conn) {
				go func() { _, _ = send(t.Context(), c, exec("SELECT slow(1000)")) }()
				synctest.Wait()
				c.State()
			}},
	} {
		synctest.Test(t, func(t *testing.T) {
			db := New(misuse.opts)
			p := db.NewPool()
			misuse.do(t, p, acquire(t, p))
			if got := strings.Join(db.Violations(), "; "); got != misuse.sentence {
				t.Errorf("on record is %q, want %q", got, misuse.sentence)
			}
		})
	}
}
