// Package session is what application code holds: an [Engine] for each
// database and a [Session] for each unit of work.
//
// # Units of work
//
// Opening a session costs nothing. Its first statement takes a connection and
// carries BEGIN in the same round trip; [Session.Commit], [Session.Rollback]
// or [Session.Close] end the transaction exactly once, whatever has become of
// the caller's context. [Engine.Do] does all of it around a function: it
// commits when the function returns nil and rolls back when it returns an
// error or panics.
//
// # States
//
// A session is idle, active, failed or closed. A statement that fails on the
// server fails the innermost savepoint, or the whole transaction when there is
// none, on every database alike: what may fail alone goes into a savepoint. A
// failed session refuses statements with [ErrTxFailed] until it is rolled
// back, and its Commit never returns nil.
//
// # Flights
//
// Nothing is sent before a result is needed. BEGIN, SAVEPOINT, RELEASE and the
// statements given to [Session.Queue] wait and travel with the next statement,
// or with COMMIT. An error of a queued statement surfaces there.
//
// # Concurrency
//
// An Engine is safe for concurrent use. A Session is not: two goroutines in one
// session at once get [ErrConcurrentUse] with both places.
//
// # Errors
//
// Errors of the database are wrapped once, in [*Error], which has a [Kind] that
// is the same on every database and unwraps to the driver's own error. What
// the session itself refuses is one of the sentinels, such as [ErrClosed].
// [IsRetryable] says whether the whole unit of work may be run again.
package session
