package session_test

import (
	"context"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

func TestStatsCountWhatHappened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, fakedriver.Options{}, session.Options{MaxConns: 1})
		steps := []struct {
			do     func(s *session.Session)
			change func(*session.Stats)
		}{
			{func(s *session.Session) { // begins, waits for nobody, commits
				b.exec(s, 1)
				wantIs(t, s.Commit(t.Context()), nil)
			}, func(st *session.Stats) { st.Statements++; st.Flights += 2; st.Commits++ }},
			{func(s *session.Session) { // two statements in one flight, undone
				wantIs(t, s.Queue(insert, 1), nil)
				b.exec(s, 2)
				wantIs(t, s.Rollback(t.Context()), nil)
			}, func(st *session.Stats) { st.Statements += 2; st.Flights += 2; st.Rollbacks++ }},
			{func(s *session.Session) { // never sent
				wantIs(t, s.Queue(insert, 1), nil)
				wantIs(t, s.Rollback(t.Context()), nil)
			}, func(st *session.Stats) { st.Statements++ }},
			{func(s *session.Session) { // ended by its context
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err := s.Exec(ctx, "SELECT slow(5000)")
				wantIs(t, err, context.DeadlineExceeded)
				wantIs(t, s.Commit(t.Context()), session.ErrTxFailed)
				synctest.Wait()
			}, func(st *session.Stats) { st.Statements++; st.Flights += 2; st.Cancelled++; st.Rollbacks++ }},
			{func(s *session.Session) { // waits for its turn
				time.AfterFunc(3*time.Second, b.hold())
				b.exec(s, 3)
				wantIs(t, s.Commit(t.Context()), nil)
			}, func(st *session.Stats) {
				st.Sessions++
				st.Statements += 2
				st.Flights += 4
				st.Commits++
				st.Rollbacks++
				st.Waits++
				st.WaitTime += 3 * time.Second
			}},
			{func(s *session.Session) { // a dead connection, and a COMMIT without answer
				b.db.KillAll()
				b.exec(s, 4)
				b.db.Once("commit", fakedriver.Reaction{Cut: fakedriver.CutAfter})
				wantIs(t, s.Commit(t.Context()), session.ErrCommitUnknown)
			}, func(st *session.Stats) {
				st.Statements++
				st.Flights += 3
				st.Replays++
				st.UnknownCommits++
				st.Pool = drivers.PoolStats{Open: 0, Idle: 0, Opened: 2, Closed: 2}
			}},
		}
		want := session.Stats{Pool: drivers.PoolStats{Open: 1, Idle: 1, Opened: 1}}
		for i, step := range steps {
			want.Sessions++
			step.change(&want)
			s := b.Session()
			step.do(s)
			_ = s.Close()
			synctest.Wait()
			if got := b.Stats(); got != want {
				t.Errorf("after step %d:\n%+v, want\n%+v", i+1, got, want)
			}
		}
		v := reflect.ValueOf(want)
		for i := range v.NumField() {
			switch name := v.Type().Field(i).Name; name {
			case "InUse", "Waiting", "Forgotten", "Retries": // tested elsewhere
			default:
				if v.Field(i).IsZero() {
					t.Errorf("this test does not cover Stats.%s", name)
				}
			}
		}
	})
}
