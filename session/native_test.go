package session_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// natively sends steps on the client library's own connection.
func natively(steps ...drivers.Step) func(*fakedriver.Conn) error {
	return func(c *fakedriver.Conn) error {
		_, err := c.Run(context.Background(), &drivers.Flight{Steps: steps})
		return err
	}
}

func TestNativeCodeRunsInsideTheTransactionAfterWhatWaits(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	wantIs(t, s.Queue(insert, 1), nil)
	wantIs(t, session.Native(t.Context(), s, natively(
		drivers.Step{Op: drivers.OpExec, SQL: insert, Args: []any{2}})), nil)
	b.wantLog("begin; exec "+insert, "exec "+insert)
	b.wantContent()
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1, 2)
}

func TestNativeCodeThatEndsTheTransactionIsNoticed(t *testing.T) {
	own := errors.New("my own error")
	for name, end := range map[string]drivers.Op{"commit": drivers.OpCommit, "rollback": drivers.OpRollback} {
		for _, returned := range []error{nil, own} {
			t.Run(fmt.Sprint(name, returned), func(t *testing.T) {
				b := newBed(t, fakedriver.Options{}, session.Options{})
				s := b.Session()
				defer s.Close()
				b.exec(s, 1)
				sp := must(s.Savepoint())
				b.exec(sp, 2)
				err := session.Native(t.Context(), s, func(c *fakedriver.Conn) error {
					wantIs(t, natively(drivers.Step{Op: end})(c), nil)
					return returned
				})
				if returned == nil {
					wantIs(t, err, session.ErrTxFailed)
					wantText(t, err.Error(), "native code ended the transaction", "connection is idle")
				} else if err != own {
					t.Errorf("the error is %v", err)
				}
				b.flights()
				wantIs(t, sp.Rollback(), session.ErrTxFailed) // the whole of it is gone
				_, err = s.Exec(t.Context(), insert, 3)
				wantIs(t, err, session.ErrTxFailed)
				wantIs(t, s.Commit(t.Context()), session.ErrTxFailed)
				b.wantLog()
			})
		}
	}
}

func TestNativeCodeThatFailsTheTransactionFailsTheInnermostSavepoint(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	sp := must(s.Savepoint())
	b.exec(sp, 2)
	err := session.Native(t.Context(), s, natively(drivers.Step{Op: drivers.OpExec, SQL: broken}))
	if err == nil {
		t.Fatal("it worked")
	}
	wantState(t, s, session.StateFailed)
	wantIs(t, sp.Rollback(), nil)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestAnErrorOfNativeCodeAloneFailsNothing(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	own := errors.New("my own error")
	if err := session.Native(t.Context(), s, func(*fakedriver.Conn) error { return own }); err != own {
		t.Errorf("the error is %v", err)
	}
	b.exec(s, 1)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestAPanicInNativeCodeLeavesASessionThatKnowsWhatHappened(t *testing.T) {
	for name, c := range map[string]struct {
		steps []drivers.Step
		want  session.State
	}{
		"with the transaction open":  {nil, session.StateActive},
		"with the transaction ended": {[]drivers.Step{{Op: drivers.OpRollback}}, session.StateFailed},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, fakedriver.Options{}, session.Options{})
			s := b.Session()
			defer s.Close()
			b.exec(s, 1)
			func() {
				defer func() {
					if p := recover(); p != "boom" {
						t.Errorf("recovered %v", p)
					}
				}()
				_ = session.Native(t.Context(), s, func(conn *fakedriver.Conn) error {
					_ = natively(c.steps...)(conn)
					panic("boom")
				})
			}()
			wantState(t, s, c.want)
			wantIs(t, s.Rollback(t.Context()), nil)
			b.exec(s, 2)
			wantIs(t, s.Commit(t.Context()), nil)
			b.wantContent(2)
		})
	}
}

func TestNativeOfAnotherTypeIsUnsupported(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	err := session.Native(t.Context(), s, func(*bed) error { return nil })
	wantIs(t, err, session.ErrUnsupported)
	wantText(t, err.Error(), "*fakedriver.Conn", "*session_test.bed")
	b.exec(s, 1)
	wantIs(t, s.Commit(t.Context()), nil)
}

func TestQueuedDDLThatEndsTheTransactionIsNoticedBeforeNativeCode(t *testing.T) {
	b := newBed(t, plainDDL(), session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	wantIs(t, s.Queue(createA), nil)
	err := session.Native(t.Context(), s, func(*fakedriver.Conn) error {
		t.Error("native code ran outside the transaction")
		return nil
	})
	wantIs(t, err, session.ErrTxFailed)
	wantText(t, err.Error(), createA, "ended the transaction")
}

func TestAStatementThatEndsTheTransactionByItselfIsNoticed(t *testing.T) {
	b := newBed(t, plainDDL(), session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	_, err := s.Exec(t.Context(), createA)
	wantIs(t, err, session.ErrTxFailed)
	wantText(t, err.Error(), createA, "ended the transaction")
	wantState(t, s, session.StateFailed)
	b.flights()
	_, err = s.Exec(t.Context(), insert, 2)
	wantIs(t, err, session.ErrTxFailed)
	b.wantLog() // nothing ran outside the transaction
	wantIs(t, s.Commit(t.Context()), session.ErrTxFailed)
	b.wantContent(1) // what the DDL committed
}
