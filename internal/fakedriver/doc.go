// Package fakedriver is a database in memory with a script, for tests.
//
// A [DB] stands for the server. It keeps tables of rows with a committed state,
// an overlay for each transaction and a stack of savepoints, takes row and key
// locks and detects deadlocks, and understands the handful of statements that
// the conformance suite uses: CREATE TABLE, ALTER TABLE … ADD and DROP COLUMN, DROP TABLE, INSERT,
// SELECT, UPDATE and DELETE in their simplest forms, and the functions slow(milliseconds) and
// fail(), which take their time and go wrong, and setting(name).
//
//	db := fakedriver.New(fakedriver.Options{})
//	engine, err := session.Open(ctx, "fake://test", session.Options{}, db.Driver())
//
// [DB.OnRun] puts a hook before each step: it may fail it, delay it or cut the
// connection before, during or after its effect. [DB.Log], [DB.Flights] and
// [DB.Counts] tell what reached the server, and [DB.Violations] tells where the
// caller broke the contract of package drivers.
//
// It behaves like a server where any failed statement makes the transaction
// fail; [Options] make it behave like the others. Everything that waits does so
// on channels and timers, so it works in a bubble of testing/synctest.
package fakedriver
