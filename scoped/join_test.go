package scoped_test

import (
	"context"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

func TestDoInsideDoJoinsItsTransaction(t *testing.T) {
	b := newBed(t, session.Options{MaxConns: 1})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		must(t, b.Do(ctx, func(ctx context.Context) error { return b.add(ctx, 2) }))
		if got := b.engine.Stats().Commits; got != 1 { // the table's
			t.Errorf("the inner Do has committed")
		}
		return nil
	}))
	b.wantIDs(1, 2)
}

func TestAnInnerErrorThatIsSwallowedCommitsNothing(t *testing.T) {
	b := newBed(t, session.Options{})
	err := b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		_ = b.Do(ctx, func(ctx context.Context) error { return errBusiness })
		_ = b.Do(ctx, func(ctx context.Context) error { return context.Canceled })
		return b.add(ctx, 2)
	})
	wantErr(t, err, scoped.ErrRollbackOnly)
	wantErr(t, err, errBusiness) // the first cause
	b.wantIDs()
}

func TestAnInnerErrorThatIsPassedOnStaysAsItIs(t *testing.T) {
	b := newBed(t, session.Options{})
	err := b.Do(t.Context(), func(ctx context.Context) error {
		return b.Do(ctx, func(ctx context.Context) error { return errBusiness })
	})
	if err != errBusiness {
		t.Errorf("Do returned %v", err)
	}
}

func TestAnInnerPanicThatIsRecoveredCommitsNothing(t *testing.T) {
	b := newBed(t, session.Options{})
	err := b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		panicOf(func() {
			_ = b.Do(ctx, func(context.Context) error { panic("inner") })
		})
		return nil
	})
	wantErr(t, err, scoped.ErrRollbackOnly)
	if !strings.Contains(err.Error(), "panicked") {
		t.Errorf("the error does not name the cause: %v", err)
	}
	b.wantIDs()
}

func TestJoiningNeedsTheSameOptionsOrNone(t *testing.T) {
	serializable := session.TxOptions{Isolation: session.Serializable}
	readOnly := session.TxOptions{ReadOnly: true}
	some := func(o ...session.TxOptions) []session.TxOptions { return o }
	for _, c := range []struct {
		name         string
		outer, inner []session.TxOptions
		want         error
	}{
		{"none in none", some(), some(), nil},
		{"none in some", some(serializable), some(), nil},
		{"the same", some(serializable), some(serializable), nil},
		{"some in none", some(), some(serializable), scoped.ErrJoin},
		{"others", some(serializable), some(readOnly), scoped.ErrJoin},
		{"weaker ones", some(serializable), some(session.TxOptions{}), scoped.ErrJoin},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBed(t, session.Options{})
			ran := false
			var inner error
			outer := b.Do(t.Context(), func(ctx context.Context) error {
				inner = b.Do(ctx, func(context.Context) error { ran = true; return nil }, c.inner...)
				return inner
			}, c.outer...)
			wantErr(t, inner, c.want)
			wantErr(t, outer, c.want)
			if ran != (c.want == nil) {
				t.Errorf("ran: %v", ran)
			}
		})
	}
}

func TestARefusedPartIsAMissingPart(t *testing.T) {
	b := newBed(t, session.Options{})
	err := b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		_ = b.Do(ctx, nil, session.TxOptions{ReadOnly: true})
		return nil
	})
	wantErr(t, err, scoped.ErrRollbackOnly)
	wantErr(t, err, scoped.ErrJoin)
	b.wantIDs()
}

func TestTwoRegistriesInOneContextDoNotMix(t *testing.T) {
	one, other := newBed(t, session.Options{}), newBed(t, session.Options{})
	err := one.Do(t.Context(), func(ctx context.Context) error {
		must(t, one.add(ctx, 1))
		wantErr(t, other.add(ctx, 2), scoped.ErrNoScope)
		must(t, other.Do(ctx, func(ctx context.Context) error {
			must(t, one.add(ctx, 3))
			return other.add(ctx, 4)
		}))
		return errBusiness
	})
	wantErr(t, err, errBusiness)
	one.wantIDs()
	other.wantIDs(4)
}

func TestTwoRegistriesOfOneEngineDoNotMixEither(t *testing.T) {
	b := newBed(t, session.Options{})
	second := scoped.New(b.engine)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		_, err := second.From(ctx)
		wantErr(t, err, scoped.ErrNoScope)
		return nil
	}))
}

func TestBeginAndEndAreDoWithoutAFunction(t *testing.T) {
	b := newBed(t, session.Options{})
	ctx, outer, err := b.Begin(t.Context())
	must(t, err)
	must(t, b.add(ctx, 1))
	inner, part, err := b.Begin(ctx)
	must(t, err)
	must(t, b.add(inner, 2))
	must(t, part.End(inner, nil))
	wantErr(t, part.End(inner, errBusiness), scoped.ErrScopeEnded) // too late to change its mind
	b.wantIDs()
	must(t, outer.End(ctx, nil))
	wantErr(t, outer.End(ctx, nil), scoped.ErrScopeEnded)
	b.wantIDs(1, 2)
}

func TestAPartThatOutlivesItsScopeLearnsWhatBecameOfIt(t *testing.T) {
	b := newBed(t, session.Options{})
	for _, outcome := range []error{nil, errBusiness} {
		ctx, outer, err := b.Begin(t.Context())
		must(t, err)
		_, part, err := b.Begin(ctx)
		must(t, err)
		wantErr(t, outer.End(ctx, outcome), outcome)
		if outcome == nil {
			must(t, part.End(ctx, nil))
		} else {
			wantErr(t, part.End(ctx, nil), scoped.ErrScopeEnded)
		}
	}
}
