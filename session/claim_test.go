package session_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// lockless is a database that keeps no locks with names.
func lockless(change ...func(*drivers.Capabilities)) fakedriver.Options {
	c := fakedriver.AllCapabilities()
	c.Locks = drivers.Locks{}
	for _, f := range change {
		f(c)
	}
	return fakedriver.Options{Capabilities: c}
}

// lease is a RunSync whose lock lasts for a minute without being renewed.
var lease = session.SyncOptions{NoTransaction: true, PeerTimeout: time.Minute}

// another is an engine of another process.
func (b *bed) another() *session.Engine {
	b.t.Helper()
	e, err := session.Open(b.t.Context(), "fake://test", session.Options{Logger: slog.New(slog.DiscardHandler)},
		b.db.Driver())
	wantIs(b.t, err, nil)
	b.t.Cleanup(func() { wantIs(b.t, e.Close(context.Background()), nil) })
	return e
}

const takeOver = "UPDATE sqlscope_lease SET holder = 'another', token = token + 1"

func TestALeaseIsRenewedWhileItsHolderWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, lockless(), session.Options{})
		done := make(chan error)
		go func() { done <- b.RunSync(t.Context(), "schema", sleeps(time.Hour), lease) }()
		synctest.Wait()
		start := time.Now()
		wantIs(t, b.another().RunSync(t.Context(), "schema", sleeps(0), session.SyncOptions{LockWait: -1}), nil)
		if took := time.Since(start); took < time.Hour || took > time.Hour+time.Second {
			t.Errorf("it waited %v", took)
		}
		wantIs(t, <-done, nil)
	})
}

func TestALeaseWhoseHolderIsGoneIsTakenOverWhenItHasRunOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, lockless(), session.Options{})
		wantIs(t, b.RunSync(t.Context(), "schema", sleeps(0), lease), nil)
		b.raw("UPDATE sqlscope_lease SET holder = '77 elsewhere x', lasts = 60000, since = '2026-01-02T03:04:05Z'")
		who, err := b.SyncHolder(t.Context(), "schema")
		wantIs(t, err, nil)
		if who == nil || who.Connection != "77" || who.Host != "elsewhere" || who.Since.IsZero() {
			t.Errorf("the holder is %+v", who)
		}
		start := time.Now()
		wantIs(t, b.RunSync(t.Context(), "schema", sleeps(0), lease), nil)
		if took := time.Since(start); took < time.Minute || took > time.Minute+time.Second {
			t.Errorf("it waited %v", took)
		}
		if tokens := b.raw("SELECT token FROM sqlscope_lease"); len(tokens) != 1 || tokens[0] != 2 {
			t.Errorf("the tokens are %v", tokens)
		}
	})
}

func TestTheWaitForALeaseEndsInTimeAndNamesTheHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, lockless(), session.Options{})
		done := make(chan error)
		go func() { done <- b.another().RunSync(t.Context(), "schema", sleeps(time.Hour), lease) }()
		synctest.Wait()
		err := b.RunSync(t.Context(), "schema", sleeps(0), session.SyncOptions{LockWait: 5 * time.Second})
		var late *session.LockTimeoutError
		if !errors.As(err, &late) || late.Waited != 5*time.Second || late.Holder == nil || late.Holder.Host == "" {
			t.Errorf("the error is %v", err)
		}
		wantIs(t, <-done, nil)
	})
}

func TestBehaviour18NoStatementRunsAfterTheLeaseWasTakenOver(t *testing.T) {
	for name, options := range map[string]fakedriver.Options{
		"any number of writers": lockless(),
		"a single writer":       lockless(func(c *drivers.Capabilities) { c.SingleWriter = true }),
		"one connection":        {Capabilities: lockless().Capabilities, MaxConns: 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, options, session.Options{MaxConns: options.MaxConns})
			err := b.RunSync(t.Context(), "schema", func(ctx context.Context, c *session.SyncConn) error {
				b.exec(c, 1)
				b.raw(takeOver)
				for range 2 {
					_, err := c.Exec(ctx, insert, 2)
					wantIs(t, err, session.ErrLockLost)
				}
				_, err := session.One[int](ctx, c, "SELECT count(*) FROM t")
				wantIs(t, err, session.ErrLockLost)
				wantIs(t, c.Do(ctx, func(_ context.Context, s *session.Session) error {
					_, err := s.Exec(ctx, insert, 3)
					return err
				}), session.ErrLockLost)
				return nil // as if nothing were
			}, lease)
			wantIs(t, err, session.ErrLockLost)
			wantText(t, err.Error(), "taken over", "token 1")
			b.wantContent(1)
			if got := b.raw("SELECT token FROM sqlscope_lease WHERE holder = 'another'"); len(got) != 1 {
				t.Error("it gave up another's lease")
			}
		})
	}
}

func TestATransactionIsNotCommittedAfterTheLeaseWasTakenOver(t *testing.T) {
	for name, change := range map[string]func(*drivers.Capabilities){
		"any number of writers": func(*drivers.Capabilities) {},
		"a single writer":       func(c *drivers.Capabilities) { c.SingleWriter = true },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, lockless(change), session.Options{})
			err := b.RunSync(t.Context(), "schema", func(ctx context.Context, c *session.SyncConn) error {
				wantIs(t, c.Do(ctx, func(_ context.Context, s *session.Session) error {
					return s.Queue(insert, 9)
				}), nil)
				return c.Do(ctx, func(ctx context.Context, s *session.Session) error {
					b.exec(s, 1)
					// The fake has no row locks: as if it were just before COMMIT.
					_, err := s.Exec(ctx, takeOver)
					wantIs(t, err, nil)
					return s.Queue(insert, 2)
				})
			}, lease)
			wantIs(t, err, session.ErrLockLost)
			b.wantContent(9)
		})
	}
}

func TestARunSyncInATransactionIsFencedAtItsCommit(t *testing.T) {
	b := newBed(t, lockless(), session.Options{})
	opts := session.SyncOptions{PeerTimeout: time.Minute}
	wantIs(t, b.RunSync(t.Context(), "schema", inSteps(createA, insert1), opts), nil)
	b.raw("SELECT * FROM a")
	err := b.RunSync(t.Context(), "schema", inSteps(createB, "UPDATE sqlscope_lease SET token = 99"), opts)
	wantIs(t, err, session.ErrLockLost)
	b.wantIsNoTable("b")
}

func TestALeaseThatWasGrantedWithoutAnAnswerIsKnownAgain(t *testing.T) {
	b := newBed(t, lockless(), session.Options{})
	wantIs(t, b.RunSync(t.Context(), "schema", sleeps(0), lease), nil)
	b.db.Once("UPDATE sqlscope_lease SET holder", fakedriver.Reaction{Cut: fakedriver.CutAfter})
	wantIs(t, b.RunSync(t.Context(), "schema", inSteps(createA), lease), nil)
	if tokens := b.raw("SELECT token FROM sqlscope_lease WHERE holder = 'nobody'"); len(tokens) != 1 || tokens[0] != 2 {
		t.Errorf("the tokens are %v", tokens)
	}
}

func TestALeaseThatMayHaveBeenGrantedIsGivenUpByWhoFailed(t *testing.T) {
	b := newBed(t, lockless(), session.Options{})
	wantIs(t, b.RunSync(t.Context(), "schema", sleeps(0), lease), nil)
	b.db.Once("UPDATE sqlscope_lease SET holder", fakedriver.Reaction{Cut: fakedriver.CutAfter})
	b.db.Once("SELECT holder", fakedriver.Reaction{})
	b.db.Once("SELECT holder", faultOf(drivers.KindPermission))
	err := b.RunSync(t.Context(), "schema", inSteps(createA), lease)
	if session.KindOf(err) != session.KindPermission {
		t.Fatalf("the error is %v", err)
	}
	if got := b.raw("SELECT token FROM sqlscope_lease WHERE holder = 'nobody'"); len(got) != 1 || got[0] != 2 {
		t.Error("the lease was not given up")
	}
}

func TestALeaseThatCannotBeRenewedIsLost(t *testing.T) {
	b := newBed(t, lockless(), session.Options{})
	err := b.RunSync(t.Context(), "schema", func(ctx context.Context, c *session.SyncConn) error {
		b.raw("DROP TABLE sqlscope_lease")
		_, err := c.Exec(ctx, insert, 1)
		return err
	}, lease)
	wantIs(t, err, session.ErrLockLost)
	wantText(t, err.Error(), "could not be renewed")
	b.wantContent()
}

func TestATableOfLeasesCanBeAskedForWhereThereAreLocks(t *testing.T) {
	b := newBed(t, fakedriver.Options{Pooled: true}, session.Options{})
	opts := session.SyncOptions{NoTransaction: true, LeaseTable: "locks"}
	wantIs(t, b.RunSync(t.Context(), strings.Repeat("long ", 100), inSteps(createA), opts), nil)
	b.raw("SELECT * FROM a")
	if got := b.raw("SELECT token FROM locks"); len(got) != 1 || got[0] != 1 {
		t.Errorf("the tokens are %v", got)
	}
	who, err := b.SyncHolder(t.Context(), "schema", opts)
	if who != nil || err != nil {
		t.Errorf("the holder is %+v, %v", who, err)
	}
	opts.LeaseTable = "locks; DROP TABLE a"
	wantText(t, b.RunSync(t.Context(), "schema", inSteps(createA), opts).Error(), "not the name of a table")
	_, err = b.SyncHolder(t.Context(), "schema", opts)
	wantText(t, err.Error(), "not the name of a table")
}
