// Package drivers is the contract between sqlscope and a database.
//
// Application code never sees it: it holds the concrete types of package
// session. A driver implements three small interfaces, [Driver], [Pool] and
// [Conn], hands over its capabilities as data, and proves itself with the
// suite in drivers/drivertest.
//
// # The flight
//
// What one trip to the server carries is a [Flight]: a list of steps such as
// BEGIN, two statements whose result nobody waits for, a SAVEPOINT, a query.
// The session only ever appends to the list; it is sent when a result is
// needed. A driver that can pipeline sends the whole list in one round trip;
// one that cannot runs the steps one after the other. Both stop at the first
// step that fails, and both report how far they came.
//
// # How to write a driver
//
//  1. Describe the database: a [Description] with its lexical rules, its
//     placeholder style and its [Capabilities]. Promise only what works; the
//     session refuses the rest with a typed error before it reaches you.
//  2. Implement [Driver]: the URL schemes you answer to, and Open, which checks
//     everything that can be checked without a connection and dials nothing.
//  3. Implement [Pool]. If your client library has no pool, use
//     drivers/connpool. The session never asks for more than the
//     MaxConns connections of your description at a time.
//  4. Implement [Conn.Run]: run the steps in order, stop at the first failure,
//     count [Flight.Sent] and [Flight.Done], fill in the results. Never send a
//     step twice; whether a lost flight may be repeated is the session's to say.
//  5. Tell the truth in [Conn.State]: read it from the server where the protocol
//     has it, otherwise derive it from what the database is known to do. Some
//     databases end a transaction without being asked (a deadlock, an
//     interrupted write); State must say [TxIdle] then, so that no later
//     statement runs outside the transaction.
//  6. Cancel on the server when the context of Run ends, wait for the server's
//     answer, and keep the connection; when the answer does not come within
//     [PoolOptions.CancelGrace], give the connection up and say [TxLost]. A
//     cancellation must never reach a later statement.
//  7. Classify errors in one file, errors.go: a table from your codes to [Kind].
//  8. Run drivertest.Run from a harness of a few lines. It reads your
//     Capabilities and checks both sides: what is declared works, what is not is
//     refused.
package drivers
