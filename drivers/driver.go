package drivers

import (
	"context"
	"log/slog"
)

// Driver opens databases of one kind. It is a value that is handed to
// session.Open; there is no global registry.
type Driver interface {
	// Schemes lists the URL schemes the driver answers to, the usual one first.
	Schemes() []string
	// Open checks the configuration and returns a pool that has not dialled
	// yet. Everything that can be found wrong without a connection is an error
	// here, unknown URL parameters included.
	Open(ctx context.Context, cfg Config) (Pool, error)
}

// Config is what a driver gets to open a database.
type Config struct {
	// URL is the database URL as the user gave it, scheme included.
	URL string
	// Pool has every default filled in by the session.
	Pool PoolOptions
	// Logger is never nil.
	Logger *slog.Logger
}

// Pool keeps the connections of one database. It is safe for concurrent use.
//
// The session limits how many connections are out at a time, queues those who
// wait and times them out; a Pool only keeps connections: it dials, pings,
// reuses and retires them.
type Pool interface {
	// Describe returns the same description on every call.
	Describe() *Description
	// Acquire returns a connection in state TxIdle: a kept one or a new one.
	Acquire(ctx context.Context, need Need) (Conn, error)
	// Classify tells what an error of this driver means. An error that the
	// driver does not know has Kind KindUnknown.
	Classify(err error) Fault
	// Stats is a snapshot.
	Stats() PoolStats
	// Close closes idle connections at once and others when they are released.
	// It returns when every goroutine of the pool has ended or ctx has.
	Close(ctx context.Context) error
}

// Need says what a connection will be used for.
type Need struct {
	// ReadOnly asks for a connection for a transaction that writes nothing.
	ReadOnly bool
	// Verified asks for a connection that answered a ping just now or was just
	// opened. Kept connections that fail the ping are closed.
	Verified bool
}

// PoolStats is a snapshot of a pool's counters since it was opened.
type PoolStats struct {
	// Open is the number of connections now open, idle or in use.
	Open int
	// Idle is the number of open connections that nobody uses.
	Idle int
	// Opened and Closed count connections since the pool was opened.
	Opened, Closed int64
	// Abandoned is the number of calls that were given up and have not returned,
	// each with a thread and a connection of its own. Only drivers whose client
	// library cannot be interrupted have any.
	Abandoned int
}

// Conn is one connection. It is used by one goroutine at a time.
type Conn interface {
	// Run sends the steps of f in order and stops at the first that fails. It
	// returns rows if and only if the last step is OpQuery and no step failed;
	// the connection is then busy until the rows are closed. The context
	// covers the rows too: when it ends the driver cancels on the server.
	//
	// The error is the driver's own, never wrapped by words; when the context
	// ended the work, errors.Is(err, ctx.Err()) holds. When a step failed on
	// the server f.Done is its index. A query that has returned rows counts as
	// done, whatever becomes of the rows.
	//
	// A kept connection that is found dead before anything was sent leaves
	// f.Sent at 0: only then may the session send the flight again.
	//
	// Without OpBegin, on an idle connection, every statement is a transaction
	// of its own. After a step that ends the transaction without being asked, as
	// DDL does on some databases, Run sends no further step.
	Run(ctx context.Context, f *Flight) (Rows, error)
	// State is the state of the transaction after the last Run or the closing
	// of its rows. A connection that was lost is TxLost as soon as the Run that
	// lost it has returned.
	State() TxState
	// Release gives the connection back to its pool, which keeps it if its
	// state is TxIdle and it is healthy and closes it otherwise.
	Release()
	// Destroy closes the connection without waiting for the server. A database
	// that lives in its connection is rolled back and kept instead.
	Destroy()
	// Native is the client library's own connection.
	Native() any
}

// Rows streams the result of a query. It is used by one goroutine at a time.
type Rows interface {
	// Columns names the columns, in order. The slice must not be changed.
	Columns() []string
	// Next goes to the next row. At the end, and on an error, it finishes the
	// flight as Close does and returns false.
	Next() bool
	// Scan converts the current row into dest, one pointer a column. It never
	// truncates: a value that does not fit is an error that names the column.
	Scan(dest ...any) error
	// Values returns the current row as the driver's natural Go values.
	Values() ([]any, error)
	// Err is the error that ended the rows early, if any.
	Err() error
	// Close discards what has not been read and returns Err. It may be called
	// more than once.
	Close() error
}
