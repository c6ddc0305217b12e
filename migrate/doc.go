// Package migrate brings the schema of a database to a version: from SQL files
// and functions in Go, in a service that starts twenty times at once as well as
// from a command line.
//
// # Where to begin
//
// [New] loads one [Source] or several; [Migrator.Up] applies what is pending, and is all
// that a service calls when it starts. [Migrator.Down], [Migrator.Redo] and
// [Migrator.Goto] go back. How files are named and what may stand in them says package
// source, which reads those of goose, golang-migrate, tern, dbmate and Flyway too.
//
// [Migrator.Status], [Migrator.Plan], [Migrator.Verify] and [Migrator.History] look and
// touch nothing. [Options.OnEvent] tells what goes on. Package lint warns of statements
// that are dangerous on a database in use.
//
// # What can be relied on
//
// The lock is on the connection that runs the migrations, so whoever has lost one has lost
// the other; nothing has to be cleaned up after a crash. Every pending file is read to its
// end before the first statement runs. Where the database can roll DDL back, a migration
// and its line in the history are one transaction. Where it cannot, and in files that ask
// for no transaction, a journal of statements lets the next run go on where one ended.
//
// What nobody can know is an [*AmbiguousError]: a statement was sent and its end was not
// written down. [Migrator.Resolve] records what a person has found out.
// [Migrator.Accept], [Migrator.Baseline] and [Migrator.Import] record other decisions.
//
// # Errors
//
// An [*Error] has file, line, column, statement and the database's code; a [*PlanError]
// lists why nothing was done; a session.LockTimeoutError says who has the lock. The
// [Result] that comes with an error says what was applied, what failed, and what was not
// tried.
//
// docs/migrate.md is the guide, and docs/behaviours.md lists what happens when things go
// wrong.
package migrate
