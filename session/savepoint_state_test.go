package session_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// fail runs a statement that fails on the server.
func fail(b *bed, q session.Querier) {
	b.t.Helper()
	if _, err := q.Exec(b.t.Context(), "SELECT fail()"); err == nil {
		b.t.Fatal("fail() did not fail")
	}
}

// savepointStates bring a savepoint, opened in a session that has inserted 1,
// into each of its states.
var savepointStates = map[string]func(*bed, *session.Session, *session.Savepoint){
	"waiting": func(*bed, *session.Session, *session.Savepoint) {},
	"sent":    func(b *bed, _ *session.Session, sp *session.Savepoint) { b.exec(sp, 2) },
	"failed": func(b *bed, _ *session.Session, sp *session.Savepoint) {
		b.exec(sp, 2)
		fail(b, sp)
	},
	"lost": func(b *bed, _ *session.Session, sp *session.Savepoint) {
		b.exec(sp, 2)
		b.db.KillAll()
		_, err := sp.Exec(b.t.Context(), insert, 3)
		if session.KindOf(err) != session.KindConnLost {
			b.t.Fatalf("after the kill the error is %v", err)
		}
	},
	"released": func(b *bed, _ *session.Session, sp *session.Savepoint) {
		b.exec(sp, 2)
		wantIs(b.t, sp.Release(), nil)
	},
	"closed": func(_ *bed, s *session.Session, _ *session.Savepoint) { _ = s.Close() },
}

// savepointOperations are what can be done with a savepoint.
var savepointOperations = map[string]func(context.Context, *session.Savepoint) error{
	"exec": func(ctx context.Context, sp *session.Savepoint) error {
		_, err := sp.Exec(ctx, insert, 4)
		return err
	},
	"query": func(ctx context.Context, sp *session.Savepoint) error {
		_, err := session.Collect[int](ctx, sp, ids)
		return err
	},
	"queue": func(_ context.Context, sp *session.Savepoint) error { return sp.Queue(insert, 4) },
	"savepoint": func(_ context.Context, sp *session.Savepoint) error {
		_, err := sp.Savepoint()
		return err
	},
	"nested": func(ctx context.Context, sp *session.Savepoint) error {
		return sp.Nested(ctx, func(context.Context, *session.Savepoint) error { return nil })
	},
	"release":  func(_ context.Context, sp *session.Savepoint) error { return sp.Release() },
	"rollback": func(_ context.Context, sp *session.Savepoint) error { return sp.Rollback() },
}

func TestEveryOperationInEveryStateOfASavepoint(t *testing.T) {
	const back = "rollback to savepoint sqlscope_1; " // COMMIT releases it
	insertion := "exec " + insert
	for _, c := range []struct {
		state, operation string
		want             error
		next             session.State
		sent             string // now, and with the Commit that follows
	}{
		{"waiting", "exec", nil, session.StateActive, "savepoint sqlscope_1; " + insertion},
		{"waiting", "query", nil, session.StateActive, "savepoint sqlscope_1; query " + ids},
		{"waiting", "queue", nil, session.StateActive,
			"savepoint sqlscope_1; " + insertion + "; commit"},
		{"waiting", "savepoint", nil, session.StateActive,
			"savepoint sqlscope_1; savepoint sqlscope_2; commit"},
		{"waiting", "nested", nil, session.StateActive, "savepoint sqlscope_1; commit"},
		{"waiting", "release", nil, session.StateActive, "commit"},
		{"waiting", "rollback", nil, session.StateActive, "commit"},

		{"sent", "exec", nil, session.StateActive, insertion},
		{"sent", "query", nil, session.StateActive, "query " + ids},
		{"sent", "queue", nil, session.StateActive, insertion + "; commit"},
		{"sent", "savepoint", nil, session.StateActive, "savepoint sqlscope_2; commit"},
		{"sent", "nested", nil, session.StateActive, "commit"},
		{"sent", "release", nil, session.StateActive, "commit"},
		{"sent", "rollback", nil, session.StateActive, back + "commit"},

		{"failed", "exec", session.ErrTxFailed, session.StateFailed, "rollback"},
		{"failed", "query", session.ErrTxFailed, session.StateFailed, "rollback"},
		{"failed", "queue", session.ErrTxFailed, session.StateFailed, "rollback"},
		{"failed", "savepoint", session.ErrTxFailed, session.StateFailed, "rollback"},
		{"failed", "nested", session.ErrTxFailed, session.StateFailed, "rollback"},
		{"failed", "release", session.ErrTxFailed, session.StateActive, back + "commit"},
		{"failed", "rollback", nil, session.StateActive, back + "commit"},

		{"lost", "exec", session.ErrTxFailed, session.StateFailed, ""},
		{"lost", "queue", session.ErrTxFailed, session.StateFailed, ""},
		{"lost", "release", session.ErrTxFailed, session.StateFailed, ""},
		{"lost", "rollback", session.ErrTxFailed, session.StateFailed, ""},

		{"released", "query", session.ErrClosed, session.StateActive, "commit"},
		{"released", "exec", session.ErrClosed, session.StateActive, "commit"},
		{"released", "savepoint", session.ErrClosed, session.StateActive, "commit"},
		{"released", "release", session.ErrClosed, session.StateActive, "commit"},
		{"released", "rollback", nil, session.StateActive, "commit"},

		{"closed", "exec", session.ErrClosed, session.StateClosed, ""},
		{"closed", "queue", session.ErrClosed, session.StateClosed, ""},
		{"closed", "nested", session.ErrClosed, session.StateClosed, ""},
		{"closed", "release", session.ErrClosed, session.StateClosed, ""},
		{"closed", "rollback", nil, session.StateClosed, ""},
	} {
		t.Run(c.state+"/"+c.operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, fakedriver.Options{}, session.Options{})
				s := b.Session()
				defer s.Close()
				b.exec(s, 1)
				sp := must(s.Savepoint())
				savepointStates[c.state](b, s, sp)
				synctest.Wait()
				b.flights()
				wantIs(t, savepointOperations[c.operation](t.Context(), sp), c.want)
				wantState(t, s, c.next)
				if len(b.db.Flights()) == 0 {
					_ = s.Commit(t.Context())
				}
				synctest.Wait()
				if got := b.flights(); c.sent == "" && len(got) > 0 ||
					c.sent != "" && (len(got) != 1 || got[0] != c.sent) {
					t.Errorf("sent %q, want %q", got, c.sent)
				}
			})
		})
	}
}
