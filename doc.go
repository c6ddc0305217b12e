// Package sqlscope has no code: it is the map of the module.
//
// sqlscope is a library of database sessions for services. A session is one
// unit of work: it takes a connection with its first statement, begins in the
// same round trip, and ends exactly once, whatever has become of the caller's
// context. A registry hands one session to each context, so that everything a
// request calls shares one transaction that nobody passes along.
//
// # What application code imports
//
//   - [github.com/sqlscope/sqlscope/session]: Engine, Session, Savepoint,
//     results, errors, RunSync. Begin here.
//   - [github.com/sqlscope/sqlscope/scoped]: Registry, the session of a context.
//   - [github.com/sqlscope/sqlscope/scoped/scopedhttp]: a transaction for each
//     HTTP request, ended before its answer. scoped/scopedgrpc, a module of its
//     own, is the same for gRPC.
//   - [github.com/sqlscope/sqlscope/scoped/scopedsql] and
//     [github.com/sqlscope/sqlscope/scoped/scopedpgx]: code that was written for
//     database/sql or pgx takes part in those transactions as it is.
//   - [github.com/sqlscope/sqlscope/scoped/scopedtest]: tests that undo what the
//     application commits.
//   - [github.com/sqlscope/sqlscope/drivers/sqlite],
//     [github.com/sqlscope/sqlscope/drivers/postgres] and
//     [github.com/sqlscope/sqlscope/drivers/mysql]: the drivers, which are
//     handed to session.Open as values. drivers/odbc, a module of its own, is for
//     whatever has an ODBC driver.
//   - [github.com/sqlscope/sqlscope/migrate]: changes of the schema, applied when
//     a service starts.
//
// # What drivers are made of
//
//   - [github.com/sqlscope/sqlscope/drivers]: the contract between a session and
//     a database, and the recipe for a driver of your own.
//   - [github.com/sqlscope/sqlscope/drivers/drivertest]: the suite that every
//     driver passes.
//   - [github.com/sqlscope/sqlscope/drivers/connpool],
//     [github.com/sqlscope/sqlscope/drivers/placeholder] and
//     [github.com/sqlscope/sqlscope/drivers/stdvalue]: what drivers share.
//
// # Which way imports point
//
// Down only; a test in internal/archtest fails when one does not:
//
//	examples
//	   |
//	scoped/scoped* -> scoped --.
//	                 migrate --+--> session --> drivers (standard library only)
//	                                               ^
//	      drivers/{sqlite,postgres,mysql,odbc} ----'   never to session or scoped
//
// The program in examples/quickstart shows all of it at work, on a database that
// needs no server:
//
//	go run ./examples/quickstart
package sqlscope
