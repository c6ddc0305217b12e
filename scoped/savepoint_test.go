package scoped_test

import (
	"context"
	"testing"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

func TestASavepointByHandIsKeptOrUndoneAlone(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		kept, err := b.Savepoint(ctx)
		must(t, err)
		must(t, b.add(ctx, 1))
		must(t, kept.End(ctx, nil))
		undone, err := b.Savepoint(ctx)
		must(t, err)
		must(t, b.add(ctx, 2))
		wantErr(t, undone.End(ctx, errBusiness), errBusiness)
		wantErr(t, undone.End(ctx, nil), scoped.ErrScopeEnded)
		return b.add(ctx, 3)
	}))
	b.wantIDs(1, 3)
}

func TestAPartThatFailsInASavepointByHandSpoilsOnlyThat(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		sp, err := b.Savepoint(ctx)
		must(t, err)
		must(t, b.add(ctx, 2))
		wantErr(t, b.Do(ctx, func(context.Context) error { return errBusiness }), errBusiness)
		err = sp.End(ctx, nil)
		wantErr(t, err, scoped.ErrRollbackOnly)
		wantErr(t, err, errBusiness)
		return nil
	}))
	b.wantIDs(1)
}

func TestAPartThatFailedInASavepointByHandIsForgottenWithItsContext(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		short, cancel := context.WithCancel(ctx)
		_, err := b.Savepoint(short)
		must(t, err)
		must(t, b.add(ctx, 1))
		wantErr(t, b.Do(ctx, func(context.Context) error { return errBusiness }), errBusiness)
		cancel()
		return b.add(ctx, 2)
	}))
	b.wantIDs(2)
}

func TestASavepointLeftOpenRollsTheScopeBack(t *testing.T) {
	b := newBed(t, session.Options{})
	var left *scoped.Scope
	err := b.Do(t.Context(), func(ctx context.Context) (err error) {
		left, err = b.Savepoint(ctx)
		must(t, err)
		return b.add(ctx, 1)
	})
	wantErr(t, err, session.ErrSavepointOpen)
	wantErr(t, left.End(t.Context(), nil), scoped.ErrScopeEnded)
	_, err = left.Savepoint()
	wantErr(t, err, scoped.ErrScopeEnded)
	b.wantIDs()
}

func TestThereIsNoSavepointOutsideOfAScope(t *testing.T) {
	b := newBed(t, session.Options{})
	_, err := b.Savepoint(t.Context())
	wantErr(t, err, scoped.ErrNoScope)
}

func TestASavepointAsksForNoMoreThanTheScopeHas(t *testing.T) {
	b := newBed(t, session.Options{})
	asks := func(ctx context.Context, opts session.TxOptions, want error) {
		t.Helper()
		sp, err := b.Savepoint(ctx, opts)
		wantErr(t, err, want)
		if err == nil {
			must(t, sp.End(ctx, nil))
		}
	}
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		asks(ctx, session.TxOptions{}, nil)
		asks(ctx, session.TxOptions{Isolation: session.RepeatableRead}, nil)
		asks(ctx, session.TxOptions{Isolation: session.Serializable}, scoped.ErrJoin)
		asks(ctx, session.TxOptions{ReadOnly: true}, scoped.ErrJoin)
		return b.add(ctx, 1)
	}, session.TxOptions{Isolation: session.RepeatableRead}))
	b.wantIDs(1)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		asks(ctx, session.TxOptions{ReadOnly: true}, nil)
		asks(ctx, session.TxOptions{Isolation: session.ReadCommitted}, scoped.ErrJoin)
		return nil
	}, session.TxOptions{ReadOnly: true}))
}

func TestAStatementOfASavepointThatEndsWithItsContextNeverRunsOutsideOfIt(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		for id := range 200 {
			short, cancel := context.WithCancel(ctx)
			part, err := b.Savepoint(short)
			must(t, err)
			sp, err := part.Savepoint()
			must(t, err)
			go cancel()
			if _, err = sp.Exec(ctx, "INSERT INTO notes (id, text) VALUES (?, 'x')", id); err != nil {
				wantErr(t, err, session.ErrClosed)
			}
			<-short.Done()
		}
		return nil
	}))
	b.wantIDs()
}
