// Package sqlite is the driver for SQLite, on modernc.org/sqlite: pure Go, no
// cgo, nothing to install.
//
//	engine, err := session.Open(ctx, "sqlite:///app.db", session.Options{}, sqlite.Driver)
//
// # URLs
//
// As in SQLAlchemy, what follows the third slash is the path:
//
//	sqlite:///app.db           app.db in the working directory at Open
//	sqlite:////var/lib/app.db  /var/lib/app.db
//	sqlite://:memory:          a database in memory, gone when the engine is closed
//	sqlite://                  the same
//
// In a path write ? as %3F, # as %23 and % as %25. The parameters are:
//
//	busy_timeout     how long a statement waits for another process's lock: a
//	                 duration, or milliseconds; default 5s
//	cache_size       PRAGMA cache_size: pages, or KiB when negative
//	foreign_keys     whether foreign keys are enforced; default on
//	journal_mode     WAL (default), DELETE, TRUNCATE, PERSIST, MEMORY or OFF
//	mode             rwc (default), rw: the file must exist, ro: read only
//	statement_cache  prepared statements kept per connection; default 128
//	synchronous      NORMAL (default), OFF, FULL or EXTRA
//
// Any other parameter, or one that is given twice, is an error.
//
// # One writer, many readers
//
// SQLite lets one transaction write at a time. The pool therefore has one
// connection for read-write transactions, which begin with BEGIN IMMEDIATE so
// that they never fail half-way because another writer was faster, and the
// others for read-only transactions, on which SQLite refuses every write. A
// database in memory has a single connection, which is never closed before the
// pool: [drivers.Conn.Destroy] rolls back and keeps it.
//
// # Cancellation
//
// A running statement is interrupted when its context ends, and so is a wait for
// a lock that another process holds. An interrupt cannot hit a later statement.
// SQLite rolls the whole transaction back when a write is interrupted;
// [drivers.Conn.State] says so, because it asks SQLite. COMMIT and ROLLBACK are
// never interrupted: their outcome is always known.
//
// # Values
//
// A time.Time is stored as text in UTC, "2006-01-02 15:04:05.999999999", which
// SQLite's own functions understand and which sorts. Columns declared DATE,
// DATETIME or TIMESTAMP are read as time.Time, and any text in one of SQLite's
// formats can be scanned into one. A bool is stored as 0 or 1.
//
// # What it takes from modernc.org/sqlite
//
// The driver reads two unexported fields of modernc's types, SQLite's own handles
// of a connection and of a statement; see handle.go for what that buys and how a
// change over there would show.
package sqlite
