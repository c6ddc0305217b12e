package scoped_test

import (
	"context"
	"slices"
	"testing"

	"github.com/sqlscope/sqlscope/drivers"
	"github.com/sqlscope/sqlscope/internal/fakedriver"
	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

func TestNestedFailsAlone(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		wantErr(t, b.Nested(ctx, func(ctx context.Context) error {
			must(t, b.add(ctx, 2))
			return errBusiness
		}), errBusiness)
		return b.Nested(ctx, func(ctx context.Context) error { return b.add(ctx, 3) })
	}))
	b.wantIDs(1, 3)
}

func TestNestedKeepsAFailedStatementFromTheRest(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		err := b.Nested(ctx, func(ctx context.Context) error { return b.add(ctx, 1) })
		if session.KindOf(err) != session.KindUnique {
			t.Errorf("error is %v", err)
		}
		return b.add(ctx, 2)
	}))
	b.wantIDs(1, 2)
}

func TestNestedUndoesItsPartOnAPanicWhichGoesOn(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		p := panicOf(func() {
			_ = b.Nested(ctx, func(ctx context.Context) error {
				must(t, b.add(ctx, 2))
				panic("nested")
			})
		})
		if p != "nested" {
			t.Errorf("the panic was %v", p)
		}
		return nil
	}))
	b.wantIDs(1)
}

func TestADoThatFailsInsideNestedSpoilsTheSavepointOnly(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		err := b.Nested(ctx, func(ctx context.Context) error {
			must(t, b.add(ctx, 2))
			_ = b.Do(ctx, func(context.Context) error { return errBusiness })
			return nil
		})
		wantErr(t, err, scoped.ErrRollbackOnly)
		wantErr(t, err, errBusiness)
		return b.add(ctx, 3)
	}))
	b.wantIDs(1, 3)
}

func TestADoThatFailedBeforeNestedIsNotForgottenByIt(t *testing.T) {
	b := newBed(t, session.Options{})
	err := b.Do(t.Context(), func(ctx context.Context) error {
		_ = b.Do(ctx, func(context.Context) error { return errBusiness })
		must(t, b.Nested(ctx, func(ctx context.Context) error { return b.add(ctx, 1) }))
		_ = b.Nested(ctx, func(context.Context) error { return context.Canceled })
		return nil
	})
	wantErr(t, err, scoped.ErrRollbackOnly)
	wantErr(t, err, errBusiness)
	b.wantIDs()
}

// Its work is outside of the savepoint it ended in.
func TestAPartThatFailsInASavepointItDidNotBeginInSpoilsTheScope(t *testing.T) {
	b := newBed(t, session.Options{})
	err := b.Do(t.Context(), func(ctx context.Context) error {
		_, part, err := b.Begin(ctx)
		must(t, err)
		must(t, b.add(ctx, 1))
		_ = b.Nested(ctx, func(ctx context.Context) error {
			_ = b.Do(ctx, func(context.Context) error { return context.Canceled })
			wantErr(t, part.End(ctx, errBusiness), errBusiness)
			return nil
		})
		return nil
	})
	wantErr(t, err, scoped.ErrRollbackOnly)
	wantErr(t, err, errBusiness)
	b.wantIDs()
}

func TestSavepointsInSavepoints(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		return b.Nested(ctx, func(ctx context.Context) error {
			must(t, b.add(ctx, 1))
			_ = b.Nested(ctx, func(ctx context.Context) error {
				must(t, b.add(ctx, 2))
				return errBusiness
			})
			return b.Nested(ctx, func(ctx context.Context) error { return b.add(ctx, 3) })
		})
	}))
	b.wantIDs(1, 3)
}

func TestAFailedTransactionIsNeverCommitted(t *testing.T) {
	b := newBed(t, session.Options{})
	b.db.Once("insert", fakedriver.Reaction{Err: fakedriver.Errorf(drivers.KindCheck, "no")})
	err := b.Do(t.Context(), func(ctx context.Context) error {
		_ = b.add(ctx, 1) // swallowed
		wantErr(t, b.add(ctx, 2), session.ErrTxFailed)
		return nil
	})
	wantErr(t, err, session.ErrTxFailed)
	b.wantIDs()
}

func TestExecManyBelongsToTheScope(t *testing.T) {
	b := newBed(t, session.Options{})
	const insert = "INSERT INTO notes (id, text) VALUES (?, ?)"
	rows := slices.Values([][]any{{1, "one"}, {2, "two"}})
	_, err := session.ExecMany(t.Context(), b.Registry, insert, rows)
	wantErr(t, err, scoped.ErrNoScope)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		wantErr(t, b.Nested(ctx, func(ctx context.Context) error {
			_, err := b.ExecMany(ctx, insert, rows)
			must(t, err)
			return errBusiness
		}), errBusiness)
		_, err := session.ExecMany(ctx, b.Registry, insert, slices.Values([][]any{{3, ""}, {4, ""}}))
		return err
	}))
	b.wantIDs(3, 4)
}
