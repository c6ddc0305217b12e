// Package scopedtest is for tests of what works with a [scoped.Registry].
//
//	func TestASignUpIsOneTransaction(t *testing.T) {
//		t.Parallel()
//		ctx := scopedtest.Sandbox(t, registry)
//		if err := users.SignUp(ctx, "ada"); err != nil {
//			t.Fatal(err)
//		}
//		scopedtest.Committed(t, ctx, 1)
//	}
//
// # The sandbox
//
// Everything that code does through the registry under the sandbox's context,
// what it commits included, happens in one transaction that is rolled back when
// the test ends. Scopes commit and roll back as they always do, as savepoints of
// it: they see what was committed before, hooks run, retries retry, the HTTP
// middleware answers. Other tests see nothing of it, and may run at the same
// time on the same database.
//
// On a database with a single writer, such as SQLite, one sandbox at a time is
// open: the others wait.
//
// # What a sandbox cannot show
//
// It has one transaction on one connection. Scopes that would be concurrent run
// one after the other, so a test of what they do to each other, locks and
// isolation and deadlocks, does without it. A scope that is opened inside of
// another one, with scoped.RequiresNew, Outside or Gather, lies inside of it,
// sees what that has not committed, and while it is open the other one waits. If
// the scope around is rolled back after that, the test fails with an error that
// says so, for outside of a sandbox the inner one would stay.
//
// Isolation and timeouts of [session.TxOptions] have no effect; ReadOnly refuses
// statements by their first word; Settings hold as usual. Constraints that the
// database checks at COMMIT are not checked. COMMIT and its like as a statement
// are refused with [session.ErrUnsupported], and so are, on databases that cannot
// roll it back, DDL and RunSync.
//
// What goes to the engine itself and not through the registry is not in the
// sandbox; [scoped.Registry.Engine] with the sandbox's context is the engine that
// is. Scopes that were open before stay outside.
package scopedtest
