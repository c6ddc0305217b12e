// Package sandbox is a pool whose connections share one: their transactions are
// savepoints in one transaction of it, which is rolled back in the end. It is
// what session.Engine.Sandbox hands to an engine.
//
// The savepoints are a stack. A transaction that is begun while another one is
// open lies inside of it, and until it has ended the other one cannot do
// anything; who tries waits, for a while. The session's gate sees to it that
// only what runs inside of a session begins while that session's transaction is
// open.
//
// What the shared transaction would not survive, such as COMMIT as a statement,
// is refused before it is sent. What cannot be shown as it would be is reported:
// it makes the test fail.
package sandbox
