// Package odbc is the driver for every database that has an ODBC driver. It is a
// module of its own, since it needs cgo and unixODBC.
//
//	url := "odbc:Driver={ODBC Driver 17 for SQL Server};Server=db.example.com;" +
//		"Database=shop;Uid=app;Pwd={se;cret}"
//	engine, err := session.Open(ctx, url, session.Options{}, odbc.Driver)
//
// The suite runs on psqlODBC 13.02, MariaDB's ODBC driver 3.1.15 and sqliteodbc
// 0.9998, with unixODBC 2.3.11. What is said of SQL Server, Oracle and MySQL
// follows their documentation; they have not been run.
//
// # Building
//
// On Linux, macOS and FreeBSD, with a C compiler and unixODBC's headers
// (unixodbc-dev on Debian). Without the headers the compiler says so in one
// sentence, beside what it says of the library below; with CGO_ENABLED=0 the
// package compiles and Open returns an error that says what to do.
//
// # Connection strings
//
// What follows "odbc:" is an ODBC connection string, as SQLDriverConnect takes
// it: keyword=value;…, with Driver=…, DSN=… or FILEDSN=…, and braces around values that
// hold a semicolon; a closing brace in such a value is written twice. Nothing is
// percent-encoded. Keywords are the ODBC driver's business, but for these:
//
//	sqlscope.MaxAbandoned  see Cancellation; default: MaxConns
//
// No error, log or description carries a connection string; what is shown is
// the server, the port and the database.
//
// # Dialects
//
// How to speak to a database follows from the name of its ODBC driver or of the
// driver's library, so that Open dials nothing; the first connection checks it
// against SQL_DBMS_NAME. When the name says nothing, Open connects once to ask.
//
//	postgres   psqlODBC. Savepoints, all options of transactions, RETURNING
//	mysql      MySQL and MariaDB: what both can do; see package drivers/mysql for more
//	sqlite     sqliteodbc: one writer and several readers, BEGIN IMMEDIATE, WAL;
//	           one connection for :memory:
//	sqlserver  Microsoft's driver and FreeTDS. Savepoints, no read-only transactions
//	oracle     Savepoints, read-only transactions
//	generic    anything else: transactions, and the isolation levels that
//	           SQLGetInfo tells. After an error the transaction is rolled back,
//	           since nobody says whether it goes on
//
// Some options are forced, and a connection string that asks for the opposite is
// refused with the reason:
//
//   - psqlODBC: UseServerSidePrepare=0 and Protocol=7.4-0, or its own savepoints
//     destroy those of the session and a COMMIT after an error reports success;
//     UseDeclareFetch=0, or a cancelled query leaves an aborted transaction to
//     the next user: a result is therefore read whole by psqlODBC, before its
//     first row; BoolsAsChar=0, TrueIsMinus1=0, LFConversion=0, and
//     ByteaAsLongVarBinary=1. The ANSI variant of psqlODBC is refused.
//   - MySQL and MariaDB: CHARSET=utf8mb4; the bit for matched rows in OPTION;
//     neither automatic reconnection nor several statements in one text.
//   - sqliteodbc: BigInt=1, or integers are cut to 32 bits; NoTXN=0; StepAPI=0.
//     FKSupport=1, JournalMode=WAL, SyncPragma=NORMAL and Timeout=5000 are
//     defaults.
//
// The driver manager's own pooling (Pooling in odbcinst.ini, and CPTimeout for
// the driver) is refused: what is closed there is not, and comes back with
// whatever its last user has set. Threading must be 0 or 1 in odbcinst.ini, as
// it is by default; 2 and 3 let one call wait for another.
//
// # Transactions
//
// Connections have autocommit off, so that BEGIN travels with the first
// statement; RunSync, whose statements stand alone, switches it on. On SQLite
// transactions begin and end by SQL. The state of a transaction is known or
// asked for, never hoped for: where an error may have ended it, MariaDB, SQL
// Server and SQLite are asked, and on others it is rolled back, so that the
// session's refusal to go on is true.
//
// On Linux the socket below a connection is looked at before it is used again
// and before COMMIT, so that a connection that died in the pool is replaced; see
// there_linux.go. Elsewhere use Options.PrePing. On Linux the kernel also looks
// for a server that is gone, after 15 s without a word and then 9 times every 15
// s, as it does for connections of Go, unless the connection string sets a time.
//
// # Cancellation and threads
//
// ODBC calls block, so each connection has a goroutine, and while it works a
// thread, of its own. When the context of a statement ends, SQLCancel is called
// from the side; connection and transaction survive. When a call has not
// returned after PoolOptions.CancelGrace, it is given up: the caller gets its
// context's error and [ErrAbandoned], and the connection is closed when the call
// returns. PoolStats.Abandoned counts such calls.
//
// A network that has forgotten its connections lets such a call wait for hours. So
// on Linux (amd64, arm64) the socket that it waits for is shut: after a minute,
// when MaxAbandoned is reached and somebody needs a new connection, and when the
// pool is closed. A call that waits for something else, or elsewhere, is left; and
// at MaxAbandoned such calls new connections are refused with
// [ErrTooManyAbandoned], so that there are never more threads than MaxConns,
// MaxAbandoned and the cancellations under way.
// Connecting is given up after ConnectTimeout in the same way.
//
// # Values
//
// Text is Unicode of any length, DECIMAL and TIME are strings, times are UTC on
// both sides, a GUID is a string in lower case. A value that is longer than its
// buffer is read again, whole. A NUL in a text is kept or, where the driver or
// the database cuts there, refused. sqliteodbc reads every REAL with 15 digits.
// BIGINT UNSIGNED is a uint64 where it does not fit an int64.
//
// psqlODBC reads no date or timestamp outside the years 1 to 9999: what it makes
// of one is a text that is no time, which a time.Time refuses. But an infinite
// timestamp is the last second of 9999, and a date before Christ has lost its BC.
//
// sqliteodbc goes by the declared type of a column: a text in an INTEGER column is
// read as NULL, and bytes in a TEXT column as the text X'00FF'. It knows no query but
// SELECT, WITH, PRAGMA and EXPLAIN: VALUES and RETURNING have no rows, and the rows that
// WITH … INSERT has written are not counted. And it takes a question mark in a name in
// backticks or brackets for a parameter.
//
// Of several results of a statement, such as CALL may have, the first is read; an
// error behind it is the statement's.
//
// A question mark in SQL is always a parameter to ODBC, so that Postgres'
// operators ?, ?| and ?& need their functions (jsonb_exists).
//
// # The command line
//
// cmd/sqlscope-odbc is the program sqlscope with this driver beside the others. In
// a checkout, in the folder of this module:
//
//	go install ./cmd/sqlscope-odbc
//
// doctor examines Postgres, MySQL, MariaDB and SQLite with the questions that
// their own drivers ask; whether the connection is encrypted it cannot tell.
//
// # Locks between processes
//
// RunSync takes the database's own lock on the connection that it works on, the
// same as the native driver of the database takes, so that a program that uses
// ODBC and one that does not exclude each other:
//
//	postgres   an advisory lock. Behind a pooler it is the transaction's: psqlODBC
//	           does not tell the number of the server's process, so the connection
//	           gives itself a name as it connects (fallback_application_name in
//	           pqopt, unless there is one), and is direct if the server has got
//	           that as a client's. A SET application_name takes that away
//	mysql      GET_LOCK
//	sqlite     the file beside the database; two libraries of SQLite in one process,
//	           sqliteodbc's and that of drivers/sqlite, do not see each other's locks
//	sqlserver  sp_getapplock, of the session
//
// Oracle and unknown databases have none: there the lock is a lease in a table, see
// session.SyncOptions.LeaseTable.
//
// ExecMany sends parameter arrays. LastInsertID is not known; use RETURNING or
// the database's function.
//
// Conn.Native is the connection's handle, an api.SQLHDBC of
// github.com/alexbrainman/odbc; leave the transaction as it was.
package odbc
