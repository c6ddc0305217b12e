package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// committing is a database whose DDL commits.
func committing() fakedriver.Options {
	caps := fakedriver.AllCapabilities()
	caps.TransactionalDDL = false
	return fakedriver.Options{Capabilities: caps}
}

const ddl = "CREATE TABLE made (id BIGINT)"

func TestWhatDDLHasCommittedIsNotRunAgain(t *testing.T) {
	for name, c := range map[string]struct {
		reaction fakedriver.Reaction
		want     error
	}{
		"the lock was not to be had": {fakedriver.Reaction{Err: fakedriver.Errorf(session.KindLockTimeout, "late")},
			session.ErrImplicitCommit},
		"a deadlock": {fakedriver.Reaction{Err: fakedriver.Errorf(session.KindDeadlock, "dead")},
			session.ErrImplicitCommit},
		"the connection was lost": {fakedriver.Reaction{Cut: fakedriver.CutAfter}, session.ErrCommitUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, committing(), session.Options{})
				b.db.Once("create table made", c.reaction)
				err := b.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
					b.exec(s, len(b.content())+1)
					_, err := s.Exec(ctx, ddl)
					return err
				}, session.Retry{})
				wantIs(t, err, c.want)
				if session.IsRetryable(err) {
					t.Errorf("it may be run again: %v", err)
				}
				b.wantContent(1)
			})
		})
	}
}

func TestDDLWithNothingBeforeItIsRunAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, committing(), session.Options{})
		b.db.Once("create table made", fakedriver.Reaction{Err: fakedriver.Errorf(session.KindLockTimeout, "late")})
		err := b.Do(t.Context(), func(ctx context.Context, s *session.Session) error {
			_, err := s.Exec(ctx, ddl)
			if err == nil || errors.Is(err, session.ErrTxEnded) {
				return nil
			}
			return err
		}, session.Retry{})
		wantIs(t, err, session.ErrTxFailed) // its own: it has ended by itself
		if n := b.Stats().Retries; n != 1 {
			t.Errorf("%d retries", n)
		}
	})
}
