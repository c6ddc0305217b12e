package session_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// hold takes a connection in a session of its own until release is called.
func (b *bed) hold(opts ...session.TxOptions) (release func()) {
	b.t.Helper()
	s := b.Session(opts...)
	if _, err := session.Collect[int](b.t.Context(), s, ids); err != nil {
		b.t.Fatal(err)
	}
	return func() {
		_ = s.Rollback(context.Background())
		_ = s.Close()
	}
}

func TestNoMoreThanMaxConnsConnectionsAreInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 3})
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				wantIs(t, b.Do(t.Context(), func(_ context.Context, s *session.Session) error {
					b.exec(s, i)
					time.Sleep(time.Second)
					if st := b.Stats(); st.InUse > 3 || st.Pool.Open > 3 {
						t.Errorf("%+v", st)
					}
					return nil
				}), nil)
			})
		}
		start := time.Now()
		wg.Wait()
		if took := time.Since(start); took != 4*time.Second {
			t.Errorf("10 seconds of work on 3 connections took %v", took)
		}
		if st := b.Stats(); st.Waits != 7 || st.WaitTime != (3*1+3*2+1*3)*time.Second {
			t.Errorf("%d waits, together %v", st.Waits, st.WaitTime)
		}
	})
}

func TestWaitersAreServedInTheOrderTheyCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
		release := b.hold()
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				s := b.Session()
				defer s.Close()
				b.exec(s, i)
				wantIs(t, s.Commit(t.Context()), nil)
			})
			synctest.Wait()
		}
		if n := b.Stats().Waiting; n != 5 {
			t.Errorf("%d are waiting, want 5", n)
		}
		release()
		wg.Wait()
		if got := b.raw("SELECT id FROM t"); !slices.Equal(got, []int64{0, 1, 2, 3, 4}) {
			t.Errorf("served in the order %v", got)
		}
	})
}

func TestAcquireTimeoutNamesWhoHoldsTheConnections(t *testing.T) {
	for _, stacks := range []bool{false, true} {
		t.Run(fmt.Sprintf("LeakStacks %v", stacks), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, fakedriver.Options{},
					session.Options{MaxConns: 2, AcquireTimeout: 5 * time.Second, LeakStacks: stacks})
				holdFirst := func() *session.Session {
					s := b.Session()
					_, err := session.One[int](t.Context(), s, "SELECT 1")
					wantIs(t, err, nil)
					return s
				}
				s := holdFirst()
				defer s.Close()
				time.Sleep(time.Second)
				defer b.hold()()
				start := time.Now()
				_, err := b.Session().Exec(t.Context(), insert, 1)
				wantIs(t, err, session.ErrPoolTimeout)
				if took := time.Since(start); took != 5*time.Second {
					t.Errorf("it took %v", took)
				}
				wantText(t, err.Error(), "waited 5s", "2 of 2 connections in use",
					"held for 6s by", "TestAcquireTimeoutNamesWhoHoldsTheConnections.func1.1.1 ",
					"held for 5s by", "session_test.(*bed).hold ", "gate_test.go:")
				if session.IsRetryable(err) {
					t.Errorf("retrying makes it worse: %v", err)
				}
			})
		})
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1, AcquireTimeout: -1})
		release := b.hold()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour) // no limit but the context's
		defer cancel()
		start := time.Now()
		_, err := b.Session().Exec(ctx, insert, 1)
		wantIs(t, err, context.DeadlineExceeded)
		if took := time.Since(start); took != time.Hour || session.KindOf(err) != session.KindCancelled {
			t.Errorf("after %v: %v", took, err)
		}
		wantText(t, err.Error(), "wait for a connection")
		if n := b.Stats().Waiting; n != 0 {
			t.Errorf("%d still wait", n)
		}
		release()
		b.hold()() // the place of who gave up is not lost
	})
}

func TestSomebodyWhoGivesUpDoesNotLoseAPlaceForThoseBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
		release := b.hold()
		ctxs := make([]context.CancelFunc, 5)
		var served []int
		var wg sync.WaitGroup
		for i := range ctxs {
			var ctx context.Context
			ctx, ctxs[i] = context.WithCancel(t.Context())
			wg.Go(func() {
				_ = b.Do(ctx, func(ctx context.Context, s *session.Session) error {
					if _, err := s.Exec(ctx, insert, i); err != nil {
						return err
					}
					served = append(served, i)
					return nil
				})
			})
			synctest.Wait()
		}
		for _, i := range []int{2, 0, 4} { // from the middle, the front and the end
			ctxs[i]()
			synctest.Wait()
		}
		release()
		wg.Wait()
		ctxs[1]()
		ctxs[3]()
		if !slices.Equal(served, []int{1, 3}) {
			t.Errorf("served are %v", served)
		}
	})
}

func TestCloseRefusesWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
		release := b.hold()
		failed := make(chan error)
		go func() {
			_, err := b.Session().Exec(t.Context(), insert, 1)
			failed <- err
		}()
		synctest.Wait()
		closed := make(chan error)
		go func() { closed <- b.Engine.Close(t.Context()) }()
		err := <-failed
		wantIs(t, err, session.ErrClosed)
		wantText(t, err.Error(), "while this waited")
		_, err = b.Session().Exec(t.Context(), insert, 1)
		wantIs(t, err, session.ErrClosed)
		wantIs(t, b.Ping(t.Context()), session.ErrClosed)
		synctest.Wait()
		select {
		case err := <-closed:
			t.Errorf("Close did not wait for the borrower, it returned %v", err)
		default:
		}
		release()
		wantIs(t, <-closed, nil)
		wantIs(t, b.Engine.Close(t.Context()), nil) // once more
	})
}

func TestASessionAtWorkMayFinishWhileTheEngineCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		s := b.Session()
		b.exec(s, 1)
		closed := make(chan error)
		go func() { closed <- b.Engine.Close(t.Context()) }()
		synctest.Wait()
		b.exec(s, 2)
		wantIs(t, s.Commit(t.Context()), nil)
		wantIs(t, <-closed, nil)
		_, err := s.Exec(t.Context(), insert, 3)
		wantIs(t, err, session.ErrClosed)
		b.wantContent(1, 2)
	})
}

func TestCloseGivesUpWithItsContextAndNamesWhoHoldsConnections(t *testing.T) {
	fake := capabilities(func(c *drivers.Capabilities) { c.SingleWriter = true })
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fake, session.Options{MaxConns: 3})
		release := b.hold()
		releaseReader := b.hold(session.TxOptions{ReadOnly: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		err := b.Engine.Close(ctx)
		wantIs(t, err, context.DeadlineExceeded)
		wantText(t, fmt.Sprint(err), "connections in use", "held for 1m0s by", "gate_test.go:")
		if took := time.Since(start); took != time.Minute {
			t.Errorf("Close took %v", took)
		}
		release()
		releaseReader()
		synctest.Wait()
	})
}

func TestReadersAndTheWriterOfASingleWriterDatabaseHaveConnectionsOfTheirOwn(t *testing.T) {
	fake := capabilities(func(c *drivers.Capabilities) { c.SingleWriter = true })
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fake, session.Options{MaxConns: 3, AcquireTimeout: time.Second})
		readOnly := session.TxOptions{ReadOnly: true}
		defer b.hold()()
		_, err := b.Session().Exec(t.Context(), insert, 1)
		wantIs(t, err, session.ErrPoolTimeout)
		wantText(t, err.Error(), "1 of 1 writer connections")
		defer b.hold(readOnly)()
		defer b.hold(readOnly)()
		_, err = b.Session(readOnly).Exec(t.Context(), ids)
		wantIs(t, err, session.ErrPoolTimeout)
		wantText(t, err.Error(), "2 of 2 reader connections")
		if st := b.Stats(); st.InUse != 3 {
			t.Errorf("%+v", st)
		}
	})
}

func TestAPoolSharedWithOthersIsWaitedForWithALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := fakedriver.New(fakedriver.Options{})
		e, err := session.New(sharedPool{db.NewPool()}, session.Options{AcquireTimeout: time.Second})
		wantIs(t, err, nil)
		defer e.Close(t.Context())
		start := time.Now()
		_, err = e.Session().Exec(t.Context(), "SELECT 1")
		wantIs(t, err, session.ErrPoolTimeout)
		wantText(t, err.Error(), "used up by others")
		if took := time.Since(start); took != time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// sharedPool is a pool that others have taken everything from.
type sharedPool struct{ *fakedriver.Pool }

func (sharedPool) Shared() bool { return true }

func (sharedPool) Acquire(ctx context.Context, _ drivers.Need) (drivers.Conn, error) {
	<-ctx.Done()
	return nil, errors.Join(errors.New("no connection"), ctx.Err())
}
