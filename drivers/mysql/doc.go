// Package mysql is the driver for MySQL and MariaDB, on the connections of
// github.com/go-sql-driver/mysql, without database/sql and its pool.
//
//	engine, err := session.Open(ctx, "mysql://user:password@db.example.com/shop",
//		session.Options{}, mysql.Driver)
//
// Tested with MariaDB 10.11. For MySQL 8 it follows the documentation.
//
// # URLs
//
// The scheme is mysql, for either database and what both can do, or mariadb.
// The latter promises INSERT … RETURNING and statement timeouts as well;
// connecting to anything but MariaDB then fails. Without a host it is
// 127.0.0.1, without a port 3306. The parameters are those of the library, under
// its names, and some of our own:
//
//	allowCleartextPasswords  send the password as it is, for PAM and the like
//	allowNativePasswords     mysql_native_password; default true
//	cancel                   kill (default) or close; see Cancellation
//	collation                a collation of utf8mb4; default: the server's
//	compress                 compress the protocol
//	connectionAttributes     name:value,… for performance_schema
//	readTimeout              how long the server may be silent, during a statement too
//	serverPubKey             a name of the library's RegisterServerPubKey
//	set.<variable>           a variable of the server, for all connections
//	socket                   the path of a Unix socket, instead of a host
//	tls                      true, skip-verify, preferred, or a name of RegisterTLSConfig
//	writeTimeout             how long a write may take
//
// Any other parameter, or one that is given twice, is an error. [New] takes a
// configuration of the library's instead, with BeforeConnect for passwords that
// rotate. Networks of the library's RegisterDialContext are not known here; use
// Config.DialFunc.
//
// # Transactions
//
// Connections have autocommit off, so that a transaction begins with its first
// statement and BEGIN is never sent; RunSync, whose statements stand alone,
// switches it on. Isolation level, read-only and timeouts take a round trip
// more. LockTimeout is rounded up to whole seconds, which is how the server
// counts. Arguments travel in the statement's text, put there by the library,
// so that a statement takes one round trip and leaves nothing on the server.
//
// DDL and some other statements commit what came before them and cannot be
// undone. They end a session's transaction, and the session says so; use
// RunSync. Whether a transaction goes on after an error is not guessed: the server
// tells with every answer. CALL, EXECUTE and MariaDB's blocks may commit and begin
// anew; in a transaction they take two round trips more, for a savepoint that
// would be gone. Native code that does so is not noticed. Of the results of a CALL,
// Query returns the first; the others are read and dropped.
//
// What a statement changes of its connection stays for its next users: SET,
// temporary tables, GET_LOCK. Only a connection that ran LOCK TABLES or FLUSH has
// none: it is closed.
//
// # Many rows
//
// ExecMany of a plain INSERT or REPLACE, whose one row has placeholders and
// constants, travels as one statement of many rows, of as many as fit into
// max_allowed_packet; anything else as one statement for each row. Without
// strict mode the server takes NULL for a NOT NULL column in the former and not in the
// latter. LOAD DATA needs session.Native and the library's RegisterReaderHandler.
//
// # Cancellation
//
// When the context of a statement ends, KILL QUERY is sent on a connection of
// its own, of which a pool has up to four beside MaxConns, and keeps them for ten
// seconds after the last. The connection and the transaction survive; a KILL never
// hits a later statement. COMMIT and ROLLBACK are not killed. See
// PoolOptions.CancelGrace for a server that does not answer.
//
// A KILL goes to the address that the connection has. Where a load balancer
// leads connections of one address to several servers, and where a proxy makes
// up connection ids, use cancel=close: the connection is closed and the server
// may go on with the statement. A KILL that would go to another server is
// noticed where its ids are lower, and not sent.
//
// # Values
//
// Times are UTC on both sides and are cut off to microseconds. DECIMAL, TIME,
// JSON and ENUM are strings, BIT is an integer, BIGINT UNSIGNED a uint64 and a
// zero date the zero time.Time. A date with a month or a day that is 0, such as
// 2024-00-10, cannot be a time.Time: the library reads another date, also into a
// string. Select it as CAST(d AS CHAR). RowsAffected counts the rows that an UPDATE
// matched, whether it changed them or not.
//
// Text is utf8mb4, which each connection sets whatever the server would choose.
// Never change that by hand: where a backslash can be a part of another character,
// as after SET NAMES gbk, an argument can leave its quotes.
//
// The mode NO_BACKSLASH_ESCAPES is safe for arguments, but not known to the
// session when it looks for question marks in literals; do not use it.
//
// # What it takes from the library
//
// The driver reads one unexported field of the library's, the server's status
// flags; see status.go for what that buys and how a change would show.
package mysql
