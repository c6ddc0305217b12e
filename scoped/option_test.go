package scoped_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sqlscope/sqlscope/scoped"
	"github.com/sqlscope/sqlscope/session"
)

func TestEachPropagationInAScopeAndWithoutOne(t *testing.T) {
	type outcome struct {
		ran     bool
		scope   string // whose scope it ran in: "around", "own" or "none"
		refused error
	}
	around, own, none := outcome{true, "around", nil}, outcome{true, "own", nil}, outcome{true, "none", nil}
	for _, c := range []struct {
		as              scoped.Propagation
		inside, outside outcome
		afterEnd        outcome
	}{
		{scoped.Required, around, own, outcome{refused: scoped.ErrScopeEnded}},
		{scoped.RequiresNew, own, own, own},
		{scoped.Nested, around, own, outcome{refused: scoped.ErrScopeEnded}},
		{scoped.Mandatory, around, outcome{refused: scoped.ErrNoScope}, outcome{refused: scoped.ErrScopeEnded}},
		{scoped.Never, outcome{refused: scoped.ErrJoin}, none, none},
		{scoped.Supports, around, none, outcome{refused: scoped.ErrScopeEnded}},
	} {
		t.Run(c.as.String(), func(t *testing.T) {
			b := newBed(t, session.Options{})
			try := func(ctx context.Context, want outcome) {
				t.Helper()
				outer, _ := b.From(ctx)
				got := outcome{scope: ""}
				err := b.Do(ctx, func(ctx context.Context) error {
					got.ran = true
					switch s, err := b.From(ctx); {
					case err != nil:
						got.scope = "none"
					case s == outer:
						got.scope = "around"
					default:
						got.scope = "own"
					}
					return nil
				}, c.as)
				if got.ran != want.ran || got.scope != want.scope || !errors.Is(err, want.refused) {
					t.Errorf("ran: %v, in the scope %q, error: %v; want %+v", got.ran, got.scope, err, want)
				}
			}
			try(t.Context(), c.outside)
			var late context.Context
			must(t, b.Do(t.Context(), func(ctx context.Context) error {
				try(ctx, c.inside)
				late = ctx
				return nil
			}))
			try(late, c.afterEnd)
		})
	}
}

func TestARequiresNewIsCommittedWhateverBecomesOfTheScopeAround(t *testing.T) {
	b := newBed(t, session.Options{})
	err := b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		must(t, b.Do(ctx, func(ctx context.Context) error { return b.add(ctx, 2) }, scoped.RequiresNew))
		return errBusiness
	})
	wantErr(t, err, errBusiness)
	b.wantIDs(2)
}

func TestARequiresNewThatFailsDoesNotSpoilTheScopeAround(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		_ = b.Do(ctx, func(ctx context.Context) error {
			must(t, b.add(ctx, 2))
			return errBusiness
		}, scoped.RequiresNew)
		return nil
	}))
	b.wantIDs(1)
}

func TestARequiresNewThatTheScopeAroundKeepsFromItsConnectionIsRefusedAtOnce(t *testing.T) {
	b := newBed(t, session.Options{MaxConns: 1})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		err := b.Do(ctx, func(ctx context.Context) error { return b.add(ctx, 2) }, scoped.RequiresNew)
		wantErr(t, err, session.ErrWouldDeadlock)
		return nil
	}))
	b.wantIDs(1)
}

func TestARequiresNewNeedsOneConnectionIfTheScopeAroundHasNone(t *testing.T) {
	b := newBed(t, session.Options{MaxConns: 1})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.Do(ctx, func(ctx context.Context) error { return b.add(ctx, 1) }, scoped.RequiresNew))
		return b.add(ctx, 2)
	}))
	b.wantIDs(1, 2)
}

func TestANestedDoFailsAlone(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		wantErr(t, b.Do(ctx, func(ctx context.Context) error {
			must(t, b.add(ctx, 2))
			return errBusiness
		}, scoped.Nested), errBusiness)
		return b.Do(ctx, func(ctx context.Context) error { return b.add(ctx, 3) }, scoped.Nested)
	}))
	b.wantIDs(1, 3)
}

func TestASavepointWithoutAFunction(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		inner, part, err := b.Begin(ctx, scoped.Nested)
		must(t, err)
		must(t, b.add(inner, 2))
		_ = b.Do(inner, func(context.Context) error { return errBusiness })
		err = part.End(inner, nil)
		wantErr(t, err, scoped.ErrRollbackOnly)
		wantErr(t, err, errBusiness)
		wantErr(t, part.End(inner, nil), scoped.ErrScopeEnded)
		return b.add(ctx, 3)
	}))
	b.wantIDs(1, 3)
}

func TestASavepointThatOutlivesItsScopeLearnsWhatBecameOfIt(t *testing.T) {
	b := newBed(t, session.Options{})
	for _, outcome := range []error{nil, errBusiness} {
		ctx, outer, err := b.Begin(t.Context())
		must(t, err)
		_, part, err := b.Begin(ctx, scoped.Nested)
		must(t, err)
		wantErr(t, outer.End(ctx, outcome), outcome)
		if outcome == nil {
			must(t, part.End(ctx, nil))
		} else {
			wantErr(t, part.End(ctx, nil), scoped.ErrScopeEnded)
		}
	}
}

func TestAPartWithoutAScopeEndsWithItsError(t *testing.T) {
	b := newBed(t, session.Options{})
	ctx, part, err := b.Begin(t.Context(), scoped.Supports)
	must(t, err)
	part.Explain("nobody asks")
	wantErr(t, b.add(ctx, 1), scoped.ErrNoScope)
	wantErr(t, part.End(ctx, errBusiness), errBusiness)
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	b := newBed(t, session.Options{})
	for want, opts := range map[string][]scoped.Option{
		"Propagation was given twice": {scoped.Mandatory, scoped.Nested},
		"TxOptions was given twice":   {session.TxOptions{}, session.TxOptions{}},
		"Retry was given twice":       {session.Retry{}, session.Retry{}},
		"there is no Propagation(9)":  {scoped.Propagation(9)},
		"strange is no option":        {strange{}},
		"must be positive":            {session.Retry{Wait: -1}},
	} {
		ran := false
		err := b.Do(t.Context(), func(context.Context) error { ran = true; return nil }, opts...)
		if err == nil || ran || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
	_, _, err := b.Begin(t.Context(), session.Retry{})
	if err == nil || !strings.Contains(err.Error(), "use Do") {
		t.Errorf("Begin with Retry: %v", err)
	}
}

type strange struct{}

func (strange) DoOption() {}

func TestDoValueReturnsWhatWasCommitted(t *testing.T) {
	b := newBed(t, session.Options{})
	read := func(ctx context.Context) ([]int64, error) {
		must(t, b.add(ctx, 1))
		return session.Collect[int64](ctx, b, "SELECT id FROM notes")
	}
	ids, err := scoped.DoValue(t.Context(), b.Registry, read)
	must(t, err)
	if !slices.Equal(ids, []int64{1}) {
		t.Errorf("the value is %v", ids)
	}
	b.wantIDs(1)
	ids, err = scoped.DoValue(t.Context(), b.Registry, func(ctx context.Context) ([]int64, error) {
		return []int64{7}, errBusiness
	})
	if err != errBusiness || ids != nil {
		t.Errorf("the value of what failed is %v, the error %v", ids, err)
	}
}

func TestUsingGivesScopesAnotherEngine(t *testing.T) {
	one, other := newBed(t, session.Options{}), newBed(t, session.Options{})
	ctx := one.Using(t.Context(), other.engine)
	must(t, one.Do(ctx, func(ctx context.Context) error {
		must(t, one.add(ctx, 1))
		must(t, one.Do(one.Outside(ctx), func(ctx context.Context) error { return one.add(ctx, 2) }))
		return one.Do(ctx, func(ctx context.Context) error { return one.add(ctx, 3) }, scoped.RequiresNew)
	}))
	one.wantIDs()
	other.wantIDs(1, 2, 3)
	if one.Engine(ctx) != other.engine || one.Engine(t.Context()) != one.engine {
		t.Error("Engine names another one")
	}
	want := "scoped: Using needs an engine, got nil"
	if p := panicOf(func() { one.Using(ctx, nil) }); p != want {
		t.Errorf("it panicked with %v, want %q", p, want)
	}
}

func TestUsingLeavesTheScopeAroundWithItsOwn(t *testing.T) {
	one, other := newBed(t, session.Options{}), newBed(t, session.Options{})
	must(t, one.Do(t.Context(), func(ctx context.Context) error {
		tenant := one.Using(ctx, other.engine)
		wantErr(t, one.add(tenant, 1), scoped.ErrNoScope)
		must(t, one.Do(tenant, func(ctx context.Context) error { return one.add(ctx, 2) }))
		return one.add(ctx, 3)
	}))
	one.wantIDs(3)
	other.wantIDs(2)
}
