package session_test

import (
	"testing"

	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

func TestTheResultOfAQueuedTextComesWithWhatItTravelledWith(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	var first, second session.Result
	wantIs(t, s.QueueText("INSERT INTO t (id) VALUES (1)", &first), nil)
	if first.RowsAffected != 0 {
		t.Error("it is there before it was sent")
	}
	b.exec(s, 2)
	if first.RowsAffected != 1 {
		t.Errorf("the first: %+v", first)
	}
	wantIs(t, s.QueueText("DELETE FROM t", &second), nil)
	wantIs(t, s.QueueText("INSERT INTO t (id) VALUES (3)", nil), nil)
	wantIs(t, s.Commit(t.Context()), nil)
	if second.RowsAffected != 2 || first.RowsAffected != 1 {
		t.Errorf("the first %+v, the second %+v", first, second)
	}
	b.wantContent(3)
}

func TestOfAQueuedTextThatFailedOrWasNotReachedNothingIsWritten(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	none := session.Result{RowsAffected: -7}
	done, failed, missed := none, none, none
	wantIs(t, s.QueueText("INSERT INTO t (id) VALUES (1)", &done), nil)
	wantIs(t, s.QueueText("SELECT fail()", &failed), nil)
	wantIs(t, s.QueueText("INSERT INTO t (id) VALUES (2)", &missed), nil)
	if err := s.Commit(t.Context()); session.KindOf(err) != session.KindData {
		t.Errorf("the error is %v", err)
	}
	if done.RowsAffected != 1 || failed.RowsAffected != -7 || missed.RowsAffected != -7 {
		t.Errorf("done %+v, failed %+v, not reached %+v", done, failed, missed)
	}
	b.wantContent()
}

func TestAQueuedTextThatWasRolledBackIsForgottenWithWhereItsResultGoes(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	gone := session.Result{RowsAffected: -7}
	wantIs(t, s.QueueText("INSERT INTO t (id) VALUES (1)", &gone), nil)
	wantIs(t, s.Rollback(t.Context()), nil)
	b.exec(s, 2)
	wantIs(t, s.Commit(t.Context()), nil)
	if gone.RowsAffected != -7 {
		t.Errorf("it is %+v", gone)
	}
	b.wantContent(2)
}

func TestAnEmptyTextIsNotQueued(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	wantIs(t, s.QueueText(" ", nil), session.ErrArguments)
	wantState(t, s, session.StateIdle)
}
