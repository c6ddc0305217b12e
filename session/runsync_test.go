package session_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// plainDDL is a database that commits at CREATE TABLE.
func plainDDL() fakedriver.Options {
	return capabilities(func(c *drivers.Capabilities) { c.TransactionalDDL = false })
}

func inSteps(sqls ...string) func(context.Context, *session.SyncConn) error {
	return func(ctx context.Context, c *session.SyncConn) error {
		for _, sql := range sqls {
			if _, err := c.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	}
}

const (
	createA = "CREATE TABLE a (id bigint)"
	createB = "CREATE TABLE b (id bigint)"
	broken  = "SELECT fail()"
)

func TestRunSyncIsOneTransactionWhereDDLCanBeRolledBack(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	wantIs(t, b.RunSync(t.Context(), "schema", inSteps(createA, createB)), nil)
	b.wantLog("begin; exec "+createA, "exec "+createB, "commit")

	err := b.RunSync(t.Context(), "schema", inSteps("CREATE TABLE c (id bigint)", broken))
	if session.KindOf(err) != session.KindData || errors.As(err, new(*session.PartialError)) {
		t.Errorf("the error is %v", err)
	}
	b.wantIsNoTable("c")
	b.raw("SELECT * FROM a")
}

// wantIsNoTable fails the test if there is such a table.
func (b *bed) wantIsNoTable(name string) {
	b.t.Helper()
	s := b.Session()
	defer s.Close()
	if _, err := s.Exec(b.t.Context(), "SELECT * FROM "+name); err == nil {
		b.t.Errorf("there is a table %s", name)
	}
}

func TestRunSyncWithoutTransactionListsExactlyWhatTookEffect(t *testing.T) {
	for name, c := range map[string]struct {
		fake fakedriver.Options
		opts session.SyncOptions
	}{
		"a database that commits DDL": {plainDDL(), session.SyncOptions{}},
		"NoTransaction":               {fakedriver.Options{}, session.SyncOptions{NoTransaction: true}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, c.fake, session.Options{})
			err := b.RunSync(t.Context(), "v7", inSteps(createA, createB, broken, insert), c.opts)
			var partial *session.PartialError
			if !errors.As(err, &partial) {
				t.Fatalf("the error is %v", err)
			}
			if partial.Name != "v7" || !slices.Equal(partial.Applied, []string{createA, createB}) ||
				partial.Failed != broken {
				t.Errorf("it says %+v", partial)
			}
			if session.KindOf(err) != session.KindData || session.IsRetryable(err) {
				t.Errorf("kind %v, retryable %v", session.KindOf(err), session.IsRetryable(err))
			}
			wantText(t, err.Error(), "v7", "2 statements took effect", "applied: "+createA,
				"applied: "+createB, "failed:  "+broken)
			b.wantLog("exec "+createA, "exec "+createB, "exec "+broken)
			b.raw("SELECT * FROM a, b")
		})
	}
}

func TestAPartialErrorIsNeverRetryable(t *testing.T) {
	b := newBed(t, plainDDL(), session.Options{})
	b.db.Once("table b", fakedriver.Reaction{Cut: fakedriver.CutAfter})
	err := b.RunSync(t.Context(), "v1", inSteps(createA, createB))
	if session.KindOf(err) != session.KindConnLost {
		t.Errorf("the error is %v", err)
	}
	if session.IsRetryable(err) {
		t.Error("running a half-done change again is said to be safe")
	}
}

func TestRunSyncWithoutTransactionHoldsOneConnection(t *testing.T) {
	b := newBed(t, plainDDL(), session.Options{})
	b.keep(2)
	wantIs(t, b.RunSync(t.Context(), "v1", func(ctx context.Context, c *session.SyncConn) error {
		if c.Name() != "v1" {
			t.Errorf("it is called %q", c.Name())
		}
		for range 3 {
			if _, err := c.Exec(ctx, insert, 1); err != nil {
				return err
			}
			if n := b.Stats().InUse; n != 1 {
				t.Errorf("%d connections are held between statements", n)
			}
		}
		got, err := session.Collect[int](ctx, c, ids)
		if len(got) != 3 {
			t.Errorf("it sees %v", got)
		}
		return err
	}), nil)
	b.wantContent(1, 1, 1)
	if st := b.Stats(); st.InUse != 0 || st.Pool.Open != 2 {
		t.Errorf("%+v", st)
	}
}

func TestAFailureThatTheFunctionIgnoresFailsRunSync(t *testing.T) {
	for name, fake := range map[string]fakedriver.Options{"plain": plainDDL(), "transaction": {}} {
		t.Run(name, func(t *testing.T) {
			for what, fn := range map[string]func(context.Context, *session.SyncConn) error{
				"a statement": func(ctx context.Context, c *session.SyncConn) error {
					_, _ = c.Exec(ctx, broken)
					_, err := c.Exec(ctx, insert, 1)
					wantIs(t, err, session.ErrTxFailed)
					return nil
				},
				"rows": func(ctx context.Context, c *session.SyncConn) error {
					ctx, cancel := context.WithCancel(ctx)
					rows, err := c.Query(ctx, ids)
					wantIs(t, err, nil)
					cancel()
					for rows.Next() {
					}
					return nil
				},
			} {
				b := newBed(t, fake, session.Options{})
				if err := b.RunSync(t.Context(), "v1", fn); !errors.Is(err, session.ErrTxFailed) {
					t.Errorf("%s: the error is %v", what, err)
				}
			}
		})
	}
}

func TestRowsLeftOpenFailRunSync(t *testing.T) {
	for name, fake := range map[string]fakedriver.Options{"plain": plainDDL(), "transaction": {}} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, fake, session.Options{})
			wantIs(t, b.RunSync(t.Context(), "v1", func(ctx context.Context, c *session.SyncConn) error {
				_, err := c.Query(ctx, ids)
				return err
			}), session.ErrRowsOpen)
		})
	}
}

func TestARefusedStatementThatTheFunctionIgnoresHasFailedNothing(t *testing.T) {
	for name, fake := range map[string]fakedriver.Options{"plain": plainDDL(), "transaction": {}} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, fake, session.Options{})
			wantIs(t, b.RunSync(t.Context(), "v1", func(ctx context.Context, c *session.SyncConn) error {
				_, err := c.Exec(ended(), insert, 1)
				wantIs(t, err, context.Canceled)
				_, err = c.Exec(ctx, insert)
				wantIs(t, err, session.ErrArguments)
				_, err = c.Exec(ctx, insert, 2)
				return err
			}), nil)
			b.wantContent(2)
		})
	}
}

func TestTwoRunSyncNeverOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		var wg sync.WaitGroup
		inside := 0
		for range 5 {
			wg.Go(func() {
				wantIs(t, b.RunSync(t.Context(), "v1", func(ctx context.Context, c *session.SyncConn) error {
					if inside++; inside > 1 {
						t.Error("two at once")
					}
					time.Sleep(time.Second)
					inside--
					return nil
				}), nil)
			})
		}
		start := time.Now()
		wg.Wait()
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestWaitingForAnotherRunSyncEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		done := make(chan error)
		go func() {
			done <- b.RunSync(t.Context(), "schema", func(context.Context, *session.SyncConn) error {
				time.Sleep(time.Hour)
				return nil
			})
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := b.RunSync(ctx, "schema", inSteps(createA))
		wantIs(t, err, context.DeadlineExceeded)
		wantText(t, err.Error(), "another RunSync")
		wantIs(t, <-done, nil)
		wantIs(t, b.RunSync(t.Context(), "schema", inSteps(createA)), nil)
	})
}

func TestRunSyncInsideRunSyncIsRefused(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	other := newBed(t, fakedriver.Options{}, session.Options{})
	wantIs(t, b.RunSync(t.Context(), "outer", func(ctx context.Context, _ *session.SyncConn) error {
		wantIs(t, other.RunSync(ctx, "elsewhere", inSteps(createA)), nil)
		return b.RunSync(ctx, "inner", inSteps(createA))
	}), session.ErrWouldDeadlock)
}

func TestAPanicInRunSyncLetsTheNextOneIn(t *testing.T) {
	for name, fake := range map[string]fakedriver.Options{"plain": plainDDL(), "transaction": {}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, fake, session.Options{MaxConns: 1})
				func() {
					defer func() {
						if p := recover(); p != "boom" {
							t.Errorf("recovered %v", p)
						}
					}()
					_ = b.RunSync(t.Context(), "v1", func(ctx context.Context, c *session.SyncConn) error {
						_, _ = c.Exec(ctx, insert, 1)
						panic("boom")
					})
				}()
				wantIs(t, b.RunSync(t.Context(), "v2", inSteps(createA)), nil)
			})
		})
	}
}

func TestRunSyncOptionsAreChecked(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	err := b.RunSync(t.Context(), "v1", inSteps(createA),
		session.SyncOptions{NoTransaction: true, Tx: session.TxOptions{LockTimeout: time.Second}})
	if err == nil {
		t.Error("options of no transaction are accepted")
	}
	wantIs(t, b.RunSync(t.Context(), "v1", inSteps(createA),
		session.SyncOptions{Tx: session.TxOptions{LockTimeout: time.Second}}), nil)
	b.wantLog("begin lock timeout 1s; exec "+createA, "commit")
}

func TestADeadConnectionIsReplacedForRunSyncToo(t *testing.T) {
	b := newBed(t, plainDDL(), session.Options{})
	b.keep(1)
	b.db.KillAll()
	wantIs(t, b.RunSync(t.Context(), "v1", inSteps(createA)), nil)
	b.wantReplays(1)
	b.wantLog("exec " + createA)
}
