package scoped_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sqlscope/sqlscope/drivers/sqlite"
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

// The first asks for no more than the second has: each row says which way round.
func TestAScopeMustHaveWhatAPartAsksFor(t *testing.T) {
	level := func(l session.Isolation) session.TxOptions { return session.TxOptions{Isolation: l} }
	limit := func(d time.Duration) session.TxOptions { return session.TxOptions{StatementTimeout: d} }
	tenant := func(name string) session.TxOptions {
		return session.TxOptions{Settings: session.Setting("app.tenant", name)}
	}
	calm := session.TxOptions{Isolation: session.Serializable, ReadOnly: true, Deferrable: true}
	for _, c := range []struct {
		name      string
		scope     session.TxOptions
		part      session.TxOptions
		why       string // it is refused; empty: it joins
		noneGiven bool   // to the scope
	}{
		{"the same", level(session.Serializable), level(session.Serializable), "", false},
		{"a weaker level", level(session.Serializable), level(session.ReadCommitted), "", false},
		{"a stricter level", level(session.ReadCommitted), level(session.RepeatableRead),
			"isolation repeatable read", false},
		{"any level", level(session.Serializable), session.TxOptions{}, "", false},
		{"the weakest level in the default", session.TxOptions{}, level(session.ReadUncommitted), "", false},
		{"a level in an unknown default", session.TxOptions{}, level(session.ReadCommitted),
			"isolation read committed", false},
		{"a level in none", session.TxOptions{}, level(session.Serializable), "isolation serializable", true},
		{"to read where it can write", session.TxOptions{}, session.TxOptions{ReadOnly: true}, "", true},
		{"to write where it can only read", session.TxOptions{ReadOnly: true}, session.TxOptions{}, "to write", false},
		{"to wait for calm", session.TxOptions{Isolation: session.Serializable, ReadOnly: true}, calm,
			"deferrable", false},
		{"not to wait for calm", calm, session.TxOptions{ReadOnly: true}, "", false},
		{"a longer limit", limit(time.Second), limit(time.Minute), "", false},
		{"a shorter limit", limit(time.Minute), limit(time.Second), "statement timeout of 1s", false},
		{"a limit in none", limit(0), limit(time.Second), "statement timeout of 1s", false},
		{"no limit in one", limit(time.Second), limit(0), "", false},
		{"a limit for locks", session.TxOptions{}, session.TxOptions{LockTimeout: time.Second}, "lock timeout", false},
		{"the same tenant", tenant("acme"), tenant("acme"), "", false},
		{"no tenant", tenant("acme"), session.TxOptions{}, "", false},
		{"another tenant", tenant("acme"), tenant("bolt"), "setting of app.tenant", false},
		{"a tenant in none", session.TxOptions{}, tenant("acme"), "setting of app.tenant", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBed(t, session.Options{})
			var given []scoped.Option
			if !c.noneGiven {
				given = append(given, c.scope)
			}
			for _, as := range []scoped.Propagation{scoped.Required, scoped.Mandatory, scoped.Supports, scoped.Nested} {
				ran := false
				var inner error
				outer := b.Do(t.Context(), func(ctx context.Context) error {
					inner = b.Do(ctx, func(context.Context) error { ran = true; return nil }, as, c.part)
					return nil
				}, given...)
				if c.why == "" {
					must(t, inner)
					must(t, outer)
				} else {
					wantErr(t, inner, scoped.ErrJoin)
					if !strings.Contains(inner.Error(), c.why) {
						t.Errorf("%v does not say %q: %v", as, c.why, inner)
					}
				}
				if ran != (c.why == "") {
					t.Errorf("%v: ran: %v", as, ran)
				}
			}
		})
	}
}

func TestAPartWithoutOptionsAsksForNothing(t *testing.T) {
	b := newBed(t, session.Options{})
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		return b.Do(ctx, func(ctx context.Context) error { return nil })
	}, session.TxOptions{ReadOnly: true, Isolation: session.Serializable}))
}

// The engine's Options.Tx are what a scope without options has.
func TestAPartIsComparedWithTheEnginesOptions(t *testing.T) {
	b := newBed(t, session.Options{Tx: session.TxOptions{Isolation: session.RepeatableRead}})
	for level, want := range map[session.Isolation]error{
		session.ReadCommitted: nil, session.RepeatableRead: nil, session.Serializable: scoped.ErrJoin} {
		_ = b.Do(t.Context(), func(ctx context.Context) error {
			err := b.Do(ctx, func(context.Context) error { return nil }, session.TxOptions{Isolation: level})
			wantErr(t, err, want)
			return nil
		})
	}
}

// On SQLite every transaction is serializable, so the default is known.
func TestTheOnlyLevelIsTheDefault(t *testing.T) {
	engine, err := session.Open(t.Context(), "sqlite://:memory:", session.Options{}, sqlite.Driver)
	must(t, err)
	b := newBedOn(t, engine)
	must(t, b.Do(t.Context(), func(ctx context.Context) error {
		return b.Do(ctx, func(context.Context) error { return nil },
			session.TxOptions{Isolation: session.Serializable})
	}))
}

func TestARefusedPartIsAMissingPart(t *testing.T) {
	b := newBed(t, session.Options{})
	err := b.Do(t.Context(), func(ctx context.Context) error {
		must(t, b.add(ctx, 1))
		_ = b.Do(ctx, nil, session.TxOptions{Isolation: session.Serializable})
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
