// Package drivertest is the suite that every driver passes.
//
// It talks to the driver through package session, since that is what users get,
// and knows no database by name: what a case needs is a capability, a spelling
// or a hook of the [Harness]. What a driver declares must work, and what it does
// not declare must be refused.
//
//	func TestConformance(t *testing.T) {
//		drivertest.Run(t, drivertest.Harness{
//			Open: func(t testing.TB, opts session.Options) *session.Engine {
//				engine, err := session.Open(t.Context(), url, opts, mydriver.Driver)
//				if err != nil {
//					t.Fatal(err)
//				}
//				t.Cleanup(func() { engine.Close(context.Background()) })
//				return engine
//			},
//			Spelling: drivertest.Spelling{Blob: "BYTES", Slow: sleep},
//		})
//	}
//
// Each [Case] has a name, which is a sentence, and the rule it checks, which is
// printed when it fails. The suite is itself tested with broken drivers, each
// of which must fail the case that is its own.
package drivertest
