package session_test

import (
	"context"
	"testing"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

func TestASavepointForCodeWithATransactionOfItsOwnIsKeptWhenItIsReleased(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	sp := must(s.SavepointFor(t.Context()))
	b.exec(s, 1)
	wantIs(t, sp.Release(), nil)
	if !sp.Ended() {
		t.Error("it has not ended")
	}
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestASavepointEndsWithItsContextAtTheNextUseOfTheSession(t *testing.T) {
	for name, use := range map[string]func(b *bed, s *session.Session) error{
		"statement": func(b *bed, s *session.Session) error { b.exec(s, 3); return nil },
		"commit":    func(b *bed, s *session.Session) error { return s.Commit(b.t.Context()) },
		"savepoint": func(_ *bed, s *session.Session) error {
			sp, err := s.Savepoint()
			if err == nil {
				err = sp.Release()
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, fakedriver.Options{}, session.Options{})
			s := b.Session()
			defer s.Close()
			b.exec(s, 1)
			ctx, cancel := context.WithCancel(t.Context())
			sp := must(s.SavepointFor(ctx))
			b.exec(s, 2)
			cancel()
			wantIs(t, use(b, s), nil)
			if !sp.Ended() {
				t.Error("it has not ended")
			}
			wantIs(t, s.Commit(t.Context()), nil)
			if name == "statement" {
				b.wantContent(1, 3)
			} else {
				b.wantContent(1)
			}
		})
	}
}

func TestASavepointWhoseContextEndedIsRefusedEvenIfNobodyUsedTheSessionSince(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	sp := must(s.SavepointFor(ctx))
	b.exec(s, 1)
	cancel()
	_, err := sp.Exec(t.Context(), insert, 2)
	wantIs(t, err, session.ErrClosed)
	wantIs(t, err, context.Canceled)
	err = sp.Release()
	wantIs(t, err, session.ErrClosed)
	wantIs(t, err, context.Canceled)
	wantIs(t, sp.Rollback(), nil)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent()
}

func TestAFailureInsideGoesWithTheContext(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	ctx, cancel := context.WithCancel(t.Context())
	must(s.SavepointFor(ctx))
	if _, err := s.Exec(t.Context(), broken); err == nil {
		t.Fatal("it worked")
	}
	wantState(t, s, session.StateFailed)
	cancel()
	b.exec(s, 2)
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1, 2)
}

func TestRowsThatAreOpenEndWithTheContextOfTheSavepoint(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	ctx, cancel := context.WithCancel(t.Context())
	must(s.SavepointFor(ctx))
	rows := must(s.Query(t.Context(), ids))
	cancel()
	b.exec(s, 2)
	if rows.Next() {
		t.Error("there is a row")
	}
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1, 2)
}

func TestASavepointLeftOpenKeepsWhatIsAroundItFromBeingKept(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	left := must(s.SavepointFor(t.Context()))
	b.exec(s, 2)
	err := s.Commit(t.Context())
	wantIs(t, err, session.ErrSavepointOpen)
	wantText(t, err.Error(), left.Name())
	wantState(t, s, session.StateIdle)
	b.wantContent()
	wantIs(t, left.Release(), session.ErrClosed)
}

func TestASavepointIsRolledBackIfALaterOneInsideIsOpen(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	b.exec(s, 1)
	for _, open := range []func() (*session.Savepoint, error){s.Savepoint,
		func() (*session.Savepoint, error) { return s.SavepointFor(t.Context()) }} {
		first := must(open())
		b.exec(s, 2)
		second := must(s.SavepointFor(t.Context()))
		b.exec(s, 3)
		wantIs(t, first.Release(), session.ErrSavepointOpen)
		wantIs(t, second.Release(), session.ErrClosed)
		wantIs(t, second.Rollback(), nil)
	}
	wantIs(t, s.Commit(t.Context()), nil)
	b.wantContent(1)
}

func TestNoSavepointForAContextThatEnded(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	_, err := s.SavepointFor(ended())
	wantIs(t, err, context.Canceled)
	wantState(t, s, session.StateIdle)
}
