package session_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/session"
)

// kinds are what the predicates say of an error of each kind.
var kinds = map[session.Kind]struct{ retryable, constraint bool }{
	session.KindUnknown:          {false, false},
	session.KindUnique:           {false, true},
	session.KindForeignKey:       {false, true},
	session.KindNotNull:          {false, true},
	session.KindCheck:            {false, true},
	session.KindData:             {false, false},
	session.KindSyntax:           {false, false},
	session.KindPermission:       {false, false},
	session.KindSerialization:    {true, false},
	session.KindDeadlock:         {true, false},
	session.KindLockTimeout:      {true, false},
	session.KindStatementTimeout: {false, false},
	session.KindCancelled:        {false, false},
	session.KindReadOnly:         {false, false},
	session.KindTxAborted:        {false, false},
	session.KindResource:         {false, false},
	session.KindConnLost:         {true, false},
}

func TestPredicatesKnowEveryKindHoweverItIsWrapped(t *testing.T) {
	if n := int(session.KindConnLost) + 1; len(kinds) != n {
		t.Fatalf("this table has %d of %d kinds", len(kinds), n)
	}
	for kind, want := range kinds {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		cause := fakedriver.Errorf(kind, "trouble")
		b.db.Once("insert", fakedriver.Reaction{Err: cause})
		s := b.Session()
		_, err := s.Exec(t.Context(), insert, 1)
		failed := s.Commit(t.Context()) // ErrTxFailed has the same cause
		_ = s.Close()
		for _, err := range []error{err, failed, fmt.Errorf("repository: %w", err), errors.Join(err)} {
			if got := session.KindOf(err); got != kind {
				t.Errorf("%v: the kind of %v is %v", kind, err, got)
			}
			if got := session.IsRetryable(err); got != want.retryable {
				t.Errorf("%v: retryable is %v", kind, got)
			}
			if got := session.IsConstraint(err); got != want.constraint {
				t.Errorf("%v: constraint is %v", kind, got)
			}
			var own *fakedriver.Error
			if !errors.As(err, &own) || own != cause {
				t.Errorf("%v: the driver's own error cannot be reached from %v", kind, err)
			}
		}
		if _, ok := err.(*session.Error); !ok {
			t.Errorf("%v: the error is a %T", kind, err)
		}
	}
}

func TestPredicatesOfErrorsOfTheSessionItself(t *testing.T) {
	for _, err := range []error{nil, errors.New("other"), session.ErrClosed, session.ErrTxFailed,
		session.ErrTxBegun, session.ErrCommitUnknown, session.ErrConcurrentUse, session.ErrRowsOpen,
		session.ErrPoolTimeout, session.ErrWouldDeadlock, session.ErrUnsupported, session.ErrNoRows,
		session.ErrManyRows, session.ErrArguments, session.ErrScan, context.Canceled} {
		if session.IsRetryable(err) || session.IsConstraint(err) || session.KindOf(err) != session.KindUnknown {
			t.Errorf("%v: retryable %v, constraint %v, kind %v", err,
				session.IsRetryable(err), session.IsConstraint(err), session.KindOf(err))
		}
	}
}

// depth counts the *session.Error in a tree of errors.
func depth(err error) int {
	n := 0
	if _, ok := err.(*session.Error); ok {
		n = 1
	}
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		if inner := u.Unwrap(); inner != nil {
			n += depth(inner)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range u.Unwrap() {
			n += depth(inner)
		}
	}
	return n
}

func TestErrorsAreWrappedOnce(t *testing.T) {
	ctx := t.Context()
	cut := fakedriver.Reaction{Cut: fakedriver.CutAfter}
	for name, provoke := range map[string]func(*bed, *session.Session) error{
		"a statement": func(b *bed, s *session.Session) error { _, err := s.Exec(ctx, broken); return err },
		"a queued statement": func(b *bed, s *session.Session) error {
			_ = s.Queue(broken)
			return s.Commit(ctx)
		},
		"an unknown commit": func(b *bed, s *session.Session) error {
			b.exec(s, 1)
			b.db.Once("commit", cut)
			return s.Commit(ctx)
		},
		"a failed transaction": func(b *bed, s *session.Session) error { fail(b, s); return s.Commit(ctx) },
		"a server that is down": func(b *bed, s *session.Session) error {
			b.db.OnDial(func(context.Context) error { return errors.New("down") })
			_, err := s.Exec(ctx, insert, 1)
			return err
		},
		"a context": func(b *bed, s *session.Session) error { _, err := s.Exec(ended(), insert, 1); return err },
		"a commit with a context that ended": func(b *bed, s *session.Session) error {
			b.exec(s, 1)
			return s.Commit(ended())
		},
		"a connection lost twice": func(b *bed, s *session.Session) error {
			for range 2 {
				b.db.Once("begin", fakedriver.Reaction{Cut: fakedriver.CutUnsent})
			}
			_, err := s.Exec(ctx, insert, 1)
			return err
		},
		"rows": func(b *bed, s *session.Session) error {
			b.exec(s, 1)
			_, err := session.Collect[int](ctx, s, "SELECT slow(id) FROM t WHERE fail() = 1")
			return err
		},
	} {
		b := newBed(t, fakedriver.Options{}, session.Options{})
		s := b.Session()
		err := provoke(b, s)
		_ = s.Close()
		if n := depth(err); n != 1 {
			t.Errorf("%s: %d *Error in %v", name, n, err)
		}
		if n := strings.Count(fmt.Sprint(err), "session: session"); n > 0 {
			t.Errorf("%s: it stammers: %v", name, err)
		}
	}
}

func TestAnErrorCarriesWhatTheDatabaseNamed(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	b.raw("CREATE TABLE u (id bigint, CONSTRAINT u_one UNIQUE (id))")
	s := b.Session()
	defer s.Close()
	_, err := s.Exec(t.Context(), "INSERT INTO u (id) VALUES (?), (?)", 1, 1)
	var e *session.Error
	if !errors.As(err, &e) {
		t.Fatalf("the error is %v", err)
	}
	if e.Kind != session.KindUnique || e.Op != "exec" || e.SQL != "INSERT INTO u (id) VALUES (?), (?)" ||
		e.Constraint != "u_one" || e.Table != "u" || e.Column != "id" || e.Code == "" || e.Message == "" {
		t.Errorf("%+v", e)
	}
	wantText(t, err.Error(), "session: exec: unique: ", e.Message, "[INSERT INTO u (id) VALUES (?), (?)]")
}

func TestMessages(t *testing.T) {
	cause := errors.New("the cause")
	long := "SELECT " + strings.Repeat("é", 300)
	for want, err := range map[string]error{
		"session: exec: unique: the cause [SELECT 1]": &session.Error{
			Kind: session.KindUnique, Op: "exec", SQL: "SELECT\n\t1", Err: cause},
		"session: commit: the cause": &session.Error{Op: "commit", Err: cause},
		"session: query: the cause [SELECT " + strings.Repeat("é", 96) + "…]": &session.Error{
			Op: "query", SQL: long, Err: cause},
		"session: v1: the cause; 1 statement took effect and cannot be rolled back\n  applied: A": &session.PartialError{
			Name: "v1", Applied: []string{"A"}, Err: cause},
		"session: v1: the cause; 0 statements took effect and cannot be rolled back\n  failed:  B": &session.PartialError{
			Name: "v1", Failed: "B", Err: cause},
	} {
		if got := err.Error(); got != want {
			t.Errorf("it says\n%s\nwant\n%s", got, want)
		}
		wantIs(t, err, cause)
	}
}

func TestAStatementRefusedAfterAFailureSaysWhy(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	_, firstErr := s.Exec(t.Context(), "SELECT nothing FROM nowhere")
	_, err := s.Exec(t.Context(), insert, 1)
	wantIs(t, err, session.ErrTxFailed)
	wantIs(t, err, firstErr)
	wantText(t, err.Error(), "must be rolled back", "no table nowhere", "[SELECT nothing FROM nowhere]")
}

func TestAContextThatEndsDuringAStatementIsTheContextsErrorAndNotRetryable(t *testing.T) {
	b := newBed(t, fakedriver.Options{}, session.Options{})
	s := b.Session()
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	b.db.OnRun(func(_ context.Context, step drivers.Step) *fakedriver.Reaction {
		if step.Op == drivers.OpExec {
			cancel()
			return &fakedriver.Reaction{Wait: make(chan struct{})}
		}
		return nil
	})
	_, err := s.Exec(ctx, insert, 1)
	wantIs(t, err, context.Canceled)
	if session.KindOf(err) != session.KindCancelled || session.IsRetryable(err) {
		t.Errorf("kind %v, retryable %v", session.KindOf(err), session.IsRetryable(err))
	}
	wantState(t, s, session.StateFailed)
	if n := b.Stats().Cancelled; n != 1 {
		t.Errorf("%d are counted as cancelled", n)
	}
}
