// Package postgres drives PostgreSQL through pgx.
//
// Connections are kept by pgxpool, and the protocol is spoken by pgconn. What
// this package adds is the flight: BEGIN, the statements and COMMIT travel in
// one request each time the session has to wait for the server anyway.
//
// # URLs
//
// Open takes the URLs that libpq takes. Parameters that are neither libpq's nor
// a setting of the server are errors, and so are pgxpool's pool_* parameters:
// session.Options has them. Two of pgx's own parameters count:
//
//   - default_query_exec_mode says how statements reach the server.
//     cache_statement, the default, prepares each statement on each connection
//     once. cache_describe keeps descriptions only, describe_exec keeps nothing
//     and asks each time, exec sends arguments as text without asking.
//     simple_protocol is refused.
//   - statement_cache_capacity is how many statements a connection keeps; the
//     default is 512. With 0 none is kept, as with describe_exec.
//
// # Poolers
//
// Behind a pooler that shares server connections, such as PgBouncer in
// transaction mode, set default_query_exec_mode=cache_describe, or exec: both
// pass the whole conformance suite there. describe_exec does inside
// transactions, at one round trip more for each statement with arguments. The
// default fails with SQLSTATE 26000 unless the pooler keeps track of prepared
// statements, as PgBouncer does from 1.21 on with max_prepared_statements.
//
// What belongs to a server connection (LISTEN,
// SET without LOCAL, advisory locks of a session) ends up anywhere.
//
// # Tables that change
//
// A statement whose table got or lost a column since it was prepared is prepared
// again and runs, if it is alone or the first of its transaction or savepoint. In the
// middle of a transaction it fails with session.KindSerialization, which is
// retryable. A PgBouncer that keeps track of prepared statements does not prepare
// them again, so that they go on failing: after a migration it has to be told
// RECONNECT; cache_describe does without.
//
// # Columns that get another type
//
// An argument that the type which a column had when the statement was prepared
// cannot take is tried once more with the type that the column has now. An argument
// that is wrong costs a round trip, therefore, and fails its transaction.
//
// What the old type can take the server converts: it stores what the old type makes
// of it. After real to double precision, int to numeric, date to timestamp, or
// timestamp to timestamptz, a statement that only writes goes on to round, to cut off
// the fraction or the time of day, or to take the time for one of the server's zone,
// until any connection of the pool has noticed the change: by an argument that was
// refused, or by a statement that returns the column. The server does not tell. Add a
// column instead of such a change, or replace the pools of those that write.
//
// # TLS
//
// Before a first flight and before COMMIT a look at the socket tells whether
// the server has ended the connection; behind TLS that works on Linux only.
// Elsewhere the loss is found with the answer: a first flight fails with a lost
// connection, and a COMMIT has an unknown outcome. PrePing avoids the former.
//
// # Round trips
//
// A flight takes one round trip, and one more for each statement in it that the
// connection does not know yet and that has arguments. Such a statement is
// prepared behind the steps before it, so it sees their effects. A statement
// outside a transaction takes a round trip of its own: the server would
// otherwise undo the ones before it when it fails.
//
// # Cancellation
//
// When the context of a flight ends, the server is asked to cancel and the
// connection survives; see PoolOptions.CancelGrace for a server that does not
// answer.
package postgres
