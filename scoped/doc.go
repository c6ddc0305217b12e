// Package scoped hands one session to each context: handlers, repositories and
// jobs share a transaction that nobody passes along.
//
// # Scopes
//
// A [Registry] is made once, at start-up, and given to whatever talks to the
// database. [Registry.Do] opens a scope: a session that the context carries.
// Every context derived from it shares the session. When the function returns
// nil the scope is committed; when it returns an error or panics it is rolled
// back.
//
//	registry := scoped.New(engine)
//	users := NewUsers(registry) // knows nothing of transactions
//
//	err := registry.Do(ctx, func(ctx context.Context) error {
//		if err := users.Create(ctx, "ada"); err != nil {
//			return err
//		}
//		return users.Welcome(ctx, "ada") // same transaction
//	})
//
// The registry is a [session.Querier] itself and finds the session of each call
// in its context, so [session.Collect], [session.One] and [session.Each] work
// with it, and so does a repository that was written for a session. Without a
// scope it refuses with [ErrNoScope]: no statement ever runs outside of the
// transaction it was meant for.
//
// A scope that runs no statement takes no connection and sends nothing.
//
// # Scopes in scopes
//
// Do inside Do joins the scope around it: one transaction, which the outermost
// Do ends. If a Do that has joined returns an error, half of its work may be
// there, so the scope can only be rolled back from then on, even when the
// function around it swallows the error: the outermost Do then returns
// [ErrRollbackOnly] with the first cause. What may fail alone goes into
// [Registry.Nested], a savepoint; a joined Do that fails inside of it spoils
// the savepoint and nothing else.
//
// Options cannot be joined: a Do with options other than those that the scope
// was opened with is refused with [ErrJoin]. A Do without options joins any
// scope.
//
// Each registry has its own scopes. Two registries, for two databases say, may
// both have a scope in one context and never see each other's.
//
// # The end
//
// After its end a scope refuses with [ErrScopeEnded]; so does the context that
// a goroutine kept for too long. [Registry.Outside] is the way out, for work
// that goes on after the end or must be kept whatever becomes of the scope.
//
// # Goroutines
//
// A scope has one session, and a session is not for concurrent use: two
// goroutines that use one scope at the same time get
// [session.ErrConcurrentUse] with both places. A goroutine that works for
// itself opens a scope of its own: registry.Do(registry.Outside(ctx), …).
package scoped
