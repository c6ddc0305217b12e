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
// A part with options joins a scope that has what it asks for, or more, and is
// refused with [ErrJoin] otherwise: it may ask for a weaker isolation and not for
// a stricter one, to read where the scope writes and not the other way round. A
// part without options joins any scope. A [Propagation] among the options asks
// for something else than joining: [RequiresNew] for a transaction of its own,
// [Mandatory] for a scope that must be there.
//
// Each registry has its own scopes. Two registries, for two databases say, may
// both have a scope in one context and never see each other's.
//
// # The end
//
// With [session.Retry] Do runs its function again, in a new scope, after a
// deadlock and its like.
//
// After its end a scope refuses with [ErrScopeEnded]; so does the context that
// a goroutine kept for too long. [Registry.Outside] is the way out, for work
// that goes on after the end or must be kept whatever becomes of the scope.
//
// # Goroutines
//
// A scope has one session, and a session is not for concurrent use: two
// goroutines that use one scope at the same time get
// [session.ErrConcurrentUse] with both places. [Gather], [AsCompleted] and [Go]
// run functions concurrently, each in a scope of its own, and wait for them.
// [Registry.Fork] is for a goroutine that goes on by itself.
package scoped
