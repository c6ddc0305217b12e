package session_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

func sleeps(d time.Duration) func(context.Context, *session.SyncConn) error {
	return func(context.Context, *session.SyncConn) error { time.Sleep(d); return nil }
}

func TestAWaitForATurnInOneProcessHoldsNoConnectionAndNamesTheHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		done := make(chan error)
		go func() { done <- b.RunSync(t.Context(), "schema", sleeps(time.Hour)) }()
		synctest.Wait()
		for range 2 {
			start := time.Now()
			err := b.RunSync(t.Context(), "schema", sleeps(0), session.SyncOptions{LockWait: time.Minute})
			var late *session.LockTimeoutError
			if !errors.As(err, &late) || late.Name != "schema" || late.Waited != time.Minute {
				t.Fatalf("the error is %v", err)
			}
			wantText(t, err.Error(), "another RunSync of this engine", "synclock_test.go")
			if took := time.Since(start); took != time.Minute {
				t.Errorf("it waited %v", took)
			}
		}
		if n := b.Stats().InUse; n != 1 {
			t.Errorf("%d connections are in use", n)
		}
		wantIs(t, <-done, nil)
	})
}

func TestTheWaitForALockIsAQuarterOfAnHourUnlessToldOtherwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		done := make(chan error)
		go func() { done <- b.RunSync(t.Context(), "schema", sleeps(time.Hour)) }()
		synctest.Wait()
		start := time.Now()
		err := b.RunSync(t.Context(), "schema", sleeps(0))
		if took := time.Since(start); took != 15*time.Minute || !errors.As(err, new(*session.LockTimeoutError)) {
			t.Errorf("after %v: %v", took, err)
		}
		wantIs(t, b.RunSync(t.Context(), "schema", sleeps(0), session.SyncOptions{LockWait: -1}), nil)
		wantIs(t, <-done, nil)
	})
}

func TestBehindAPoolerTheLockIsTheTransactions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{Pooled: true}, session.Options{})
		other, err := session.Open(t.Context(), "fake://test", session.Options{}, b.db.Driver())
		wantIs(t, err, nil)
		defer func() { wantIs(t, other.Close(context.Background()), nil) }()
		done := make(chan error)
		go func() { done <- other.RunSync(t.Context(), "schema", sleeps(time.Minute)) }()
		synctest.Wait()
		start := time.Now()
		wantIs(t, b.RunSync(t.Context(), "schema", inSteps(createA, insert1)), nil)
		if took := time.Since(start); took < time.Minute {
			t.Errorf("it waited %v", took)
		}
		wantIs(t, <-done, nil)
		err = b.RunSync(t.Context(), "schema", inSteps(createB), session.SyncOptions{NoTransaction: true})
		wantIs(t, err, session.ErrUnsupported)
		wantText(t, err.Error(), "without a transaction", "pooler", "connect to the database itself")
	})
}

const insert1 = "INSERT INTO a (id) VALUES (1)"

func TestNothingRunsAfterTheLockIsLost(t *testing.T) {
	for name, opts := range map[string]session.SyncOptions{
		"a transaction": {}, "statements": {NoTransaction: true}} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, fakedriver.Options{}, session.Options{})
			err := b.RunSync(t.Context(), "schema", func(ctx context.Context, c *session.SyncConn) error {
				b.db.KillAll()
				_, err := c.Exec(ctx, createA)
				if session.KindOf(err) != session.KindConnLost {
					t.Errorf("the error is %v", err)
				}
				_, err = c.Exec(ctx, createB)
				if err == nil {
					t.Error("a statement ran without the lock")
				}
				if opts.NoTransaction {
					wantIs(t, c.Do(ctx, func(context.Context, *session.Session) error { return nil }),
						session.ErrLockLost)
				}
				return err
			}, opts)
			wantIs(t, err, session.ErrLockLost)
			b.wantIsNoTable("b")
		})
	}
}

func TestPartsAreRefusedWhereThereIsATransaction(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
	wantIs(t, b.RunSync(t.Context(), "v1", func(ctx context.Context, c *session.SyncConn) error {
		wantIs(t, c.Do(ctx, func(context.Context, *session.Session) error { return nil }), session.ErrTxBegun)
		wantIs(t, c.Apart(ctx, inSteps(createA)), session.ErrTxBegun)
		if !c.InTransaction() {
			t.Error("it is said to have no transaction")
		}
		return nil
	}), nil)
}

func TestAPartThatCommitsByItselfStaysOnTheConnection(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
	wantIs(t, b.RunSync(t.Context(), "v1", func(ctx context.Context, c *session.SyncConn) error {
		return c.Do(ctx, func(ctx context.Context, s *session.Session) error {
			for id := range 3 {
				if _, err := s.Exec(ctx, insert, id+1); err != nil {
					return err
				}
				if err := s.Commit(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	}, session.SyncOptions{NoTransaction: true}), nil)
	b.wantContent(1, 2, 3)
}

func TestASessionRunsSyncInsideItsOwnTransaction(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
	s := b.Session()
	wantIs(t, s.RunSync(t.Context(), inSteps(createA)), nil)
	wantIs(t, s.Rollback(t.Context()), nil)
	b.wantIsNoTable("a")
	wantIs(t, s.RunSync(t.Context(), inSteps(createA)), nil)
	wantIs(t, s.Commit(t.Context()), nil)
	b.raw("SELECT * FROM a")

	plain := newBed(t, plainDDL(), session.Options{})
	wantIs(t, plain.Session().RunSync(t.Context(), inSteps(createA)), session.ErrUnsupported)
}

func TestCopyIsRefusedWhereThereIsNone(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	_, err := s.CopyIn(t.Context(), "COPY t FROM STDIN", io.LimitReader(nil, 0))
	wantIs(t, err, session.ErrUnsupported)
	wantIs(t, s.Close(), nil)
}

func TestOddSyncOptionsAreRefused(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	err := b.RunSync(t.Context(), "v1", inSteps(createA), session.SyncOptions{PeerTimeout: time.Millisecond})
	wantText(t, err.Error(), "PeerTimeout is 1ms", "at least a second")
}
