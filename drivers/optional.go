package drivers

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"reflect"
	"time"
)

// The interfaces below are optional: a driver implements those that fit. They
// are probed in one file of package session.

// Sharer is implemented by a [Pool] that others use too, such as a user's own
// pool that was handed in: Acquire may then have to wait for them, and the
// session limits that wait.
type Sharer interface {
	// Shared reports whether connections are handed out to others as well.
	Shared() bool
}

// Nester is implemented by a [Pool] whose connections can be open one inside of
// another, beyond its limit.
type Nester interface {
	// Nests reports that whoever runs inside of all those that hold a connection
	// gets one as well.
	Nests() bool
}

// Committer is implemented by a [Pool] whose database has statements that commit
// the transaction around them before they do their work.
type Committer interface {
	// Commits reports whether the statement is one of them. It is asked about
	// statements that have failed, and in doubt it says yes.
	Commits(sql string) bool
}

// Aborter is implemented by [Rows] that can be given up without reading the
// rest. Without it a session that ends with open rows destroys its connection.
type Aborter interface {
	// Abort stops the query on the server and finishes the flight. The
	// transaction counts as failed afterwards.
	Abort() error
}

// Locker is implemented by a [Conn] whose database keeps locks that have names,
// for Capabilities.Locks. Without it the session keeps leases in a table.
//
// The lock lives on the very connection that works
// under it: whatever becomes of the client, the server does not give the lock
// to another before the statement that it is still running has ended.
type Locker interface {
	// TryLock takes the lock for this connection, unless another one has it,
	// and never waits for it. What it cannot promise it refuses with
	// [ErrNotKept], having taken nothing.
	TryLock(ctx context.Context, l Lock) (bool, error)
	// Unlock gives up a lock that is not of a transaction and undoes what
	// TryLock did to the connection. After an error the connection is to be
	// destroyed, which ends the lock too.
	Unlock(ctx context.Context, l Lock) error
	// Holder tells who has the lock now, as far as the database knows; nil
	// when nobody has it. It takes no lock and changes nothing.
	Holder(ctx context.Context, name string) (*Holder, error)
}

// ErrNotKept refuses a lock that would not stay with its connection: a pooler
// hands the server's connection to others between two transactions.
var ErrNotKept = errors.New("the lock would not stay with the connection: a pooler " +
	"shares the server's connections between transactions")

// Lock is a lock that one connection at a time can have.
type Lock struct {
	// Name is any text; locks of other names are other locks.
	Name string
	// InTx: the lock is the open transaction's and goes with it. Otherwise it is the
	// connection's until Unlock.
	InTx bool
	// Peer is how soon the server shall notice that the client's machine or
	// the network is gone; where the server can tell that only by silence, it
	// is also how long the connection may be idle.
	Peer time.Duration
}

// Holder is who has a lock. Fields that the database does not tell are empty.
type Holder struct {
	// Connection is the database's number for the holder's connection, or the
	// number of its process.
	Connection string
	// User is the database's user.
	User string
	// Host is where the holder runs.
	Host string
	// Application is what the holder calls itself.
	Application string
	// Since is when the holder connected or, where it is known, took the lock.
	Since time.Time
}

// Copier is implemented by a [Conn] that can send a COPY … FROM STDIN.
type Copier interface {
	// CopyIn runs the statement and feeds it what it reads from data, as it is.
	// It returns the number of rows. Like a statement, it is of the open
	// transaction.
	CopyIn(ctx context.Context, sql string, data io.Reader) (int64, error)
}

// ValueReader is implemented by [Rows] that can give a row as the database/sql
// driver of the same database gives it. Without it what [Rows.Values] returns
// is taken, as far as it is driver values.
type ValueReader interface {
	// ReadValues stores the current row in dest, one value a column. A []byte
	// may be valid only until the next call of a method.
	ReadValues(dest []driver.Value) error
}

// ColumnTyper is implemented by [Rows] that know the types of their columns.
type ColumnTyper interface {
	// ColumnType tells what is known of the i-th column, from 0.
	ColumnType(i int) ColumnType
}

// ColumnType is what is known of a column's type.
type ColumnType struct {
	// Name is the database's name of the type, in upper case and without a
	// length; empty if it is not known.
	Name string
	// Scan is a Go type that values go into; nil if it is not known.
	Scan reflect.Type
	// Length is that of a type of variable length.
	Length int64
	// HasLength tells whether Length is known.
	HasLength bool
	// Nullable tells whether there may be NULLs, and HasNullable whether that is
	// known.
	Nullable, HasNullable bool
	// Precision and Scale are those of a decimal type.
	Precision, Scale int64
	// HasDecimal tells whether Precision and Scale are known.
	HasDecimal bool
}

// Watcher is implemented by a [Conn] that can cancel on the server what native
// code runs on its connection, and keep the connection.
type Watcher interface {
	// Watch watches ctx until the function that it returns is called, which
	// must be once, when the server has answered. That one waits for a
	// cancellation that is under way, and returns what has become of the
	// native code's error.
	Watch(ctx context.Context) (land func(err error) error)
}
